#ifndef CBM_SERVER_GATE_BUDGET_H_
#define CBM_SERVER_GATE_BUDGET_H_

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace cbm {

// A clock that nobody sets: what the gate measures patience and rates with.
using SteadyTime = std::chrono::steady_clock::time_point;

// How often something may happen: `burst` times at once, and `per_second` in the long run.
struct Rate {
  uint32_t burst = 0;
  uint32_t per_second = 0;
};

// What is left of a rate. It starts full. Not thread-safe.
class Budget {
 public:
  explicit Budget(Rate rate) : rate_(rate), left_(rate.burst) {}

  // Whether it may happen once more at `now`. A `now` before an earlier one gives nothing back.
  bool Take(SteadyTime now) {
    if (now > refilled_) {
      if (refilled_ != SteadyTime()) {
        const std::chrono::duration<double> passed = now - refilled_;
        left_ =
            std::min(left_ + passed.count() * rate_.per_second, static_cast<double>(rate_.burst));
      }
      refilled_ = now;
    }
    if (left_ < 1) {
      return false;
    }
    left_ -= 1;
    return true;
  }

 private:
  Rate rate_;
  double left_;
  SteadyTime refilled_ = {};
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_BUDGET_H_
