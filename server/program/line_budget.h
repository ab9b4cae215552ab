#ifndef CBM_SERVER_PROGRAM_LINE_BUDGET_H_
#define CBM_SERVER_PROGRAM_LINE_BUDGET_H_

#include <cstdint>
#include <optional>
#include <utility>

#include "core/base/mutex.h"
#include "server/gate/budget.h"

namespace cbm {

// How many lines of the log others can cause: 100 at once, and 10 a second. Thread-safe.
class LineBudget {
 public:
  // How many lines were left out since the last, if one may be written at `now`; nothing if it is
  // left out too.
  std::optional<uint64_t> Take(SteadyTime now) {
    const MutexLock lock(mutex_);
    if (!lines_.Take(now)) {
      ++left_out_;
      return std::nullopt;
    }
    return std::exchange(left_out_, 0);
  }

 private:
  Mutex mutex_;
  Budget lines_ ABSL_GUARDED_BY(mutex_){Rate{.burst = 100, .per_second = 10}};
  uint64_t left_out_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_LINE_BUDGET_H_
