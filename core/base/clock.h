#ifndef CBM_CORE_BASE_CLOCK_H_
#define CBM_CORE_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace cbm {

// Where the time comes from. Tests use a clock that moves when they say so.
//
// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // The present instant, UTC. It may step backwards: what must rise has to see to it itself.
  virtual absl::Time Now() = 0;

  // Returns once `duration` has passed on this clock.
  virtual void Wait(absl::Duration duration) = 0;

  // The machine's own clock.
  static Clock& System();
};

}  // namespace cbm

#endif  // CBM_CORE_BASE_CLOCK_H_
