#ifndef CBM_TESTS_SUPPORT_FAKE_CLOCK_H_
#define CBM_TESTS_SUPPORT_FAKE_CLOCK_H_

#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"

namespace cbm::test {

// A clock that moves only when told, or when somebody waits on it: a wait returns at once and moves
// the clock by its length. Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(absl::Time now = absl::FromUnixSeconds(1'773'180'000)) : now_(now) {}

  absl::Time Now() override {
    const MutexLock lock(mutex_);
    return now_;
  }
  void Wait(absl::Duration duration) override { Advance(duration); }

  void Advance(absl::Duration duration) {
    const MutexLock lock(mutex_);
    now_ += duration;
  }
  void Set(absl::Time now) {
    const MutexLock lock(mutex_);
    now_ = now;
  }

 private:
  Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_FAKE_CLOCK_H_
