#include "server/store/permits.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace cbm {
namespace {

constexpr absl::Duration kWaitMax = absl::Hours(1);  // What system clocks can add without wrapping.

}  // namespace

bool Permits::Take(absl::Time deadline) {
  const absl::Time latest = std::min(deadline, absl::Now() + kWaitMax);
  const MutexLock lock(mutex_);
  while (free_ == 0) {
    if (changed_.wait_until(mutex_, absl::ToChronoTime(latest)) == std::cv_status::timeout &&
        free_ == 0) {
      return false;
    }
  }
  --free_;
  return true;
}

void Permits::Give() {
  const MutexLock lock(mutex_);
  ++free_;
  changed_.notify_one();
}

}  // namespace cbm
