#include "server/service/rate_limiter.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

namespace cbm {
namespace {

constexpr double kShareOfParty = 1.0;

}  // namespace

absl::Status RateLimiter::Take(const RatePayer& payer) {
  const absl::Time now = clock_.Now();
  const MutexLock lock(mutex_);
  if (buckets_.size() + 2 > limits_.buckets_max) {
    ForgetFull(now);
  }
  Bucket* const party = Find(std::string(payer.party), kShareOfParty, now);
  Bucket* const office =
      Find(fmt::format("{}/{}", payer.party, payer.office), limits_.office_share, now);
  if (party == nullptr || office == nullptr) {
    return absl::ResourceExhaustedError("too many offices call at once: try again in a second");
  }
  if (party->tokens < 1) {
    return absl::ResourceExhaustedError(
        fmt::format("your party's rate is used up: at most {} calls a second, {} at once",
                    party->per_second, party->tokens_max));
  }
  if (office->tokens < 1) {
    return absl::ResourceExhaustedError(
        fmt::format("your office's rate is used up: at most {} calls a second, {} at once",
                    office->per_second, office->tokens_max));
  }
  party->tokens -= 1;
  office->tokens -= 1;
  return absl::OkStatus();
}

RateLimiter::Bucket* RateLimiter::Find(std::string name, double share, absl::Time now) {
  auto found = buckets_.find(name);
  if (found == buckets_.end()) {
    if (buckets_.size() >= limits_.buckets_max) {
      return nullptr;
    }
    const double burst = std::max(limits_.burst * share, 1.0);  // Else none could ever call.
    const Bucket full{.tokens = burst,
                      .tokens_max = burst,
                      .per_second = limits_.per_second * share,
                      .filled = now};
    found = buckets_.emplace(std::move(name), full).first;
  }
  Fill(found->second, now);
  return &found->second;
}

void RateLimiter::ForgetFull(absl::Time now) {
  for (auto one = buckets_.begin(); one != buckets_.end();) {
    Fill(one->second, now);
    one = one->second.tokens >= one->second.tokens_max ? buckets_.erase(one) : std::next(one);
  }
}

void RateLimiter::Fill(Bucket& bucket, absl::Time now) {
  const double seconds = absl::ToDoubleSeconds(now - bucket.filled);
  if (seconds > 0) {  // A clock that steps backwards gives nothing, and takes nothing.
    bucket.tokens = std::min(bucket.tokens_max, bucket.tokens + seconds * bucket.per_second);
  }
  bucket.filled = now;
}

}  // namespace cbm
