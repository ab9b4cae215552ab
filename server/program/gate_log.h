#ifndef CBM_SERVER_PROGRAM_GATE_LOG_H_
#define CBM_SERVER_PROGRAM_GATE_LOG_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <thread>

#include "cbm/v1/directory.pb.h"
#include "core/base/mutex.h"
#include "server/gate/budget.h"
#include "server/gate/gate_event.h"
#include "server/ops/line_budgets.h"
#include "server/ops/log.h"
#include "server/store/store.h"

namespace cbm {

// Writes what the gate reports into the log: whose certificate it was, by issuer and serial, and
// the party and office that it is registered to, if it is and the store says so. The store is asked
// on a thread of its own, however long it takes: the gate's threads may not wait for it.
//
// Who is refused can come again at once: 100 lines at once and 10 a second are written of each of
// the following, and the next line of the same then says how many were left out:
// * all that show no certificate, or, when they are refused, one that is registered to nobody;
// * each registered certificate, when it is refused: anybody may show it before he is asked for its
//   key, so that this hides nothing of the next;
// * each certificate, when its session is ended: it has shown its key, and was believed;
// * the server's own trouble.
// Of 1,024 of the refused and 1,024 of the others at once, that is; more share what one has.
//
// Lines that wait for the store: of sessions that were ended before those of who was refused. Of
// the latter 256 wait, whosever they are; what comes then is left out too, and said by the next
// line of those who show no certificate or a stranger's. Thread-safe.
class GateLog {
 public:
  static constexpr size_t kEndedWaitingMax = 1'024;
  static constexpr size_t kRefusedWaitingMax = 256;

  // Both must outlive it.
  GateLog(Log& log, const Store& store);
  // Stops, and waits for what the store is asked just now.
  ~GateLog();
  GateLog(const GateLog&) = delete;
  GateLog& operator=(const GateLog&) = delete;

  // Never waits for the store. Trouble is written at once; so is, without a name, the end of a
  // session where kEndedWaitingMax of them wait.
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
    uint64_t left_out = 0;  // Before it, where that is known already.
  };
  using Holder = std::optional<v1::CredentialRecord>;

  void Run();
  std::optional<Line> Next();
  Holder HolderOf(const Line& line) const;
  // With whose it is; nothing if it is nobody's, or that cannot be told.
  void WriteWaiting(const Line& line, const Holder& holder);
  void WriteLine(const Line& line, const Holder& holder, uint64_t left_out);

  Log& log_;
  const Store& store_;
  // Two, since a budget wants times that do not go back, and one's lines wait.
  LineBudgets lines_at_once_;  // Taken when they come: of ended sessions, and of trouble.
  LineBudgets lines_of_refused_;
  Mutex mutex_;
  Condition came_;
  Condition done_;
  std::deque<Line> ended_ ABSL_GUARDED_BY(mutex_);  // With a certificate, each within its budget.
  std::deque<Line> others_ ABSL_GUARDED_BY(mutex_);
  uint64_t others_left_out_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // The last, since it uses the rest.
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_GATE_LOG_H_
