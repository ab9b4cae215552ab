#include "core/base/clock.h"

#include <chrono>
#include <thread>

namespace cbm {
namespace {

class SystemClock final : public Clock {
 public:
  // Not absl::Now, which for speed goes by the processor's counter, and so notices only seconds
  // later that the clock was set.
  absl::Time Now() override { return absl::FromChrono(std::chrono::system_clock::now()); }
  void Wait(absl::Duration duration) override {
    std::this_thread::sleep_for(absl::ToChronoNanoseconds(duration));
  }
};

}  // namespace

Clock& Clock::System() {
  static SystemClock clock;
  return clock;
}

}  // namespace cbm
