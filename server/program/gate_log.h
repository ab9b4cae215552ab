#ifndef CBM_SERVER_PROGRAM_GATE_LOG_H_
#define CBM_SERVER_PROGRAM_GATE_LOG_H_

#include "server/gate/budget.h"
#include "server/gate/gate_event.h"
#include "server/ops/log.h"
#include "server/program/holder_lookup.h"
#include "server/program/line_budget.h"

namespace cbm {

// Writes what the gate reports into the log: whose certificate it was, by issuer and serial, and
// the party and office that it is registered to, if it is and the store says so soon.
//
// Who is refused can come again at once: 100 lines at once and 10 a second are written, and the
// next line then says how many were left out. Thread-safe.
class GateLog {
 public:
  // Both must outlive it.
  GateLog(Log& log, HolderLookup& holders) : log_(log), holders_(holders) {}

  void Write(const GateEvent& event, SteadyTime now);

 private:
  Log& log_;
  HolderLookup& holders_;
  LineBudget lines_;
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_GATE_LOG_H_
