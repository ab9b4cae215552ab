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

// By default those of a State's acts.
struct RateLimits {
  double per_second = 20;  // Calls, sustained.
  double burst = 200;      // Calls at once.
  double bytes_per_second = 4e6;
  double bytes_burst = 8e6;
  double office_share = 0.5;  // Of all four, that one office may use: above 0, at most 1.
  size_t buckets_max = 8'192;

  friend bool operator==(const RateLimits&, const RateLimits&) = default;
};

// Who calls: an office, and the party whose allowance it draws on.
struct RatePayer {
  std::string_view party;
  std::string_view office;
};

// Gives each party its rate of calls and bytes, of which one office may use a share: a runaway
// integration leaves its State the rest. No party's calls cost another anything.
//
// Bytes may be owed: how many an answer has is known when it is there. Who owes makes no call.
//
// Thread-safe.
class RateLimiter {
 public:
  // The clock must outlive it.
  RateLimiter(Clock& clock, RateLimits limits) : clock_(clock), limits_(limits) {}

  // Takes one call, of so many bytes, from the allowances of the party and the office.
  //
  // RESOURCE_EXHAUSTED if one of them is used up, and then nothing is taken; or if there are more
  // payers at once than it remembers.
  absl::Status Take(const RatePayer& payer, size_t bytes = 0);

  // Takes bytes for a call that was taken.
  void Charge(const RatePayer& payer, size_t bytes);

 private:
  // What is left of an allowance, and what it is filled up to.
  struct Tokens {
    double left;
    double most;
    double per_second;
  };
  struct Bucket {
    Tokens calls;
    Tokens bytes;
    absl::Time filled;
  };

  // Null if there is no room for another.
  Bucket* Find(std::string name, double share, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetFull(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void Fill(Bucket& bucket, absl::Time now);
  static bool IsFull(const Bucket& bucket);
  // Why `payer`, a word for it, may not call now; OK if it may.
  static absl::Status Check(const Bucket& bucket, std::string_view payer);

  Clock& clock_;
  const RateLimits limits_;

  Mutex mutex_;
  // By "party" and "party/office". A full one is as good as none.
  std::map<std::string, Bucket> buckets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_RATE_LIMITER_H_
