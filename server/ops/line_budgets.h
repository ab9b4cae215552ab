#ifndef CBM_SERVER_OPS_LINE_BUDGETS_H_
#define CBM_SERVER_OPS_LINE_BUDGETS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/mutex.h"

namespace cbm {

// How many lines of the log each of many can cause: 100 at once, and 10 a second, whatever the
// others cause.
//
// It remembers 1,024 of them at most, and forgets for another whoever could cause 100 again. Where
// there is none such, those whom it does not remember share what one has. Thread-safe.
class LineBudgets {
 public:
  static constexpr size_t kMost = 1'024;

  // How many lines of `who` were left out since his last, if he may cause one at `now`, a time
  // since whatever instant; nothing if it is left out too. A `now` before an earlier one gives
  // nothing.
  //
  // What was left out of one who was forgotten, or has no budget of his own, is said with the next
  // line of those who share.
  std::optional<uint64_t> Take(std::string_view who, std::chrono::nanoseconds now);

 private:
  struct Budget {
    double left = 0;
    std::chrono::nanoseconds filled = {};
    uint64_t left_out = 0;
  };

  static void Fill(Budget& budget, std::chrono::nanoseconds now);
  Budget& Find(std::string_view who, std::chrono::nanoseconds now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetFull(std::chrono::nanoseconds now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  std::map<std::string, Budget, std::less<>> budgets_ ABSL_GUARDED_BY(mutex_);
  std::optional<Budget> shared_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cbm

#endif  // CBM_SERVER_OPS_LINE_BUDGETS_H_
