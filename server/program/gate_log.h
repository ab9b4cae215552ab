#ifndef CBM_SERVER_PROGRAM_GATE_LOG_H_
#define CBM_SERVER_PROGRAM_GATE_LOG_H_

#include "server/gate/budget.h"
#include "server/gate/gate_event.h"
#include "server/ops/line_budgets.h"
#include "server/ops/log.h"
#include "server/program/holder_lookup.h"

namespace cbm {

// Writes what the gate reports into the log: whose certificate it was, by issuer and serial, and
// the party and office that it is registered to, if it is and the store says so soon.
//
// Who is refused can come again at once: 100 lines at once and 10 a second are written of each of
// the following, and the next line of the same then says how many were left out:
// * all that show no certificate, or, when they are refused, one that is registered to nobody;
// * each registered certificate, when it is refused: anybody may show it before he is asked for its
//   key, so that this hides nothing of the next;
// * each certificate, when its session is ended: it has shown its key, and was believed;
// * the server's own trouble.
// Of 1,024 of them at once, that is; more share what one has. Thread-safe.
class GateLog {
 public:
  // Both must outlive it.
  GateLog(Log& log, HolderLookup& holders) : log_(log), holders_(holders) {}

  void Write(const GateEvent& event, SteadyTime now);

 private:
  void WriteOf(const GateEvent& event, const Certificate& certificate, SteadyTime now);

  Log& log_;
  HolderLookup& holders_;
  LineBudgets lines_;
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_GATE_LOG_H_
