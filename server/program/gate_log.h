#ifndef CBM_SERVER_PROGRAM_GATE_LOG_H_
#define CBM_SERVER_PROGRAM_GATE_LOG_H_

#include <cstdint>
#include <functional>

#include "core/base/mutex.h"
#include "server/gate/budget.h"
#include "server/gate/gate_event.h"
#include "server/ops/log.h"
#include "server/store/store.h"

namespace cbm {

// Writes what the gate reports into the log: whose certificate it was, by issuer and serial, and
// the party and office that it is registered to, if it is.
//
// Who is refused can come again at once: 100 lines at once and 10 a second are written, and the
// next line then says how many were left out. Thread-safe.
class GateLog {
 public:
  // Both must outlive it.
  GateLog(Log& log, const Store& store) : log_(log), store_(store) {}

  void Write(const GateEvent& event, SteadyTime now);

 private:
  Log& log_;
  const Store& store_;
  Mutex mutex_;
  Budget lines_ ABSL_GUARDED_BY(mutex_){Rate{.burst = 100, .per_second = 10}};
  uint64_t left_out_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_GATE_LOG_H_
