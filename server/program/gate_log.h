#ifndef CBM_SERVER_PROGRAM_GATE_LOG_H_
#define CBM_SERVER_PROGRAM_GATE_LOG_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <thread>

#include "core/base/mutex.h"
#include "server/gate/budget.h"
#include "server/gate/gate_event.h"
#include "server/gate/holder_name.h"
#include "server/ops/line_budgets.h"
#include "server/ops/log.h"
#include "server/store/store.h"

namespace cbm {

// Writes what the gate reports into the log: whose certificate it was, by issuer and serial, and
// the party and office that it is registered to. The gate knows those of whoever it let in. For who
// was refused before, the store is asked, on a thread of its own, however long it takes: the gate's
// threads may not wait for it. Where it does not say, no party and office are named.
//
// Who is refused can come again at once: 100 lines at once and 10 a second are written of each of
// the following, and the next line of the same then says how many were left out:
// * all that show no certificate, or, when they are refused, one that is registered to nobody;
// * each registered certificate, when it is refused before it was let in: anybody may show it, and
//   is asked for its key only then, so that this hides nothing of the next two;
// * each certificate, when it was let in but is kept out for a while or finds no place;
// * each certificate, when its session is ended;
// * the server's own trouble.
// Of 1,024 of the first two and 1,024 of the others at once, that is; more share what one has.
//
// 256 lines wait for the store, whosever they are; what comes then is left out too, and said by the
// next line of those who show no certificate or a stranger's. Thread-safe.
class GateLog {
 public:
  static constexpr size_t kWaitingMax = 256;

  // Both must outlive it.
  GateLog(Log& log, const Store& store);
  // Stops, and waits for what the store is asked just now.
  ~GateLog();
  GateLog(const GateLog&) = delete;
  GateLog& operator=(const GateLog&) = delete;

  // Never waits for the store. Trouble, the end of a session, and what the gate says the holder of
  // are written before this returns, whatever waits.
  void Write(const GateEvent& event, SteadyTime now);

  // The store is not asked any more: what waits for it is written without names before this
  // returns, and so is what comes later, at once. The line that it is asked for just now is still
  // written once it answers, and waited for by nobody yet.
  void Stop();

  // Returns once nothing waits or is being written, however long the store takes.
  void Flush();

 private:
  struct Line {
    GateEvent event;
    SteadyTime at;
  };
  using Holder = std::optional<HolderName>;

  void Run();
  std::optional<Line> Next();
  Holder HolderOf(const GateEvent& event) const;
  void WriteAtOnce(const GateEvent& event, SteadyTime now);
  // With whose it is; nothing if it is nobody's, or that cannot be told.
  void WriteWaiting(const Line& line, const Holder& holder);
  void WriteLine(const GateEvent& event, const Holder& holder, uint64_t left_out);

  Log& log_;
  const Store& store_;
  // Two, since a budget wants times that do not go back, and one's lines wait.
  LineBudgets lines_at_once_;
  LineBudgets lines_that_waited_;
  Mutex mutex_;
  Condition came_;
  Condition done_;
  std::deque<Line> waiting_ ABSL_GUARDED_BY(mutex_);
  uint64_t had_no_room_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // The last, since it uses the rest.
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_GATE_LOG_H_
