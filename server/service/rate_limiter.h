#ifndef CBM_SERVER_SERVICE_RATE_LIMITER_H_
#define CBM_SERVER_SERVICE_RATE_LIMITER_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"

namespace cbm {

struct RateLimits {
  double per_second = 20;     // Sustained.
  double burst = 200;         // At once.
  double office_share = 0.5;  // Of both, that one office may use: above 0, at most 1.
  size_t buckets_max = 8'192;
};

// Who calls: an office, and the party whose allowance it draws on.
struct RatePayer {
  std::string_view party;
  std::string_view office;
};

// Gives each party its rate, of which one office may use a share: a runaway integration leaves its
// State the rest. No party's calls cost another anything.
//
// Thread-safe.
class RateLimiter {
 public:
  // The clock must outlive it.
  RateLimiter(Clock& clock, RateLimits limits) : clock_(clock), limits_(limits) {}

  // Takes one call from the allowances of the party and the office.
  //
  // RESOURCE_EXHAUSTED if either is used up, and then nothing is taken; or if there are more payers
  // at once than it remembers.
  absl::Status Take(const RatePayer& payer);

 private:
  struct Bucket {
    double tokens;
    double tokens_max;
    double per_second;
    absl::Time filled;
  };

  // Null if there is no room for another.
  Bucket* Find(std::string name, double share, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetFull(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void Fill(Bucket& bucket, absl::Time now);

  Clock& clock_;
  const RateLimits limits_;

  Mutex mutex_;
  // By "party" and "party/office". A full one is as good as none.
  std::map<std::string, Bucket> buckets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_RATE_LIMITER_H_
