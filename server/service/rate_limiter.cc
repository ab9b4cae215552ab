#include "server/service/rate_limiter.h"

#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr double kShareOfParty = 1.0;

std::string NameOfOffice(const RatePayer& payer) {
  return fmt::format("{}/{}", payer.party, payer.office);
}

}  // namespace

absl::Status RateLimiter::Take(const RatePayer& payer, size_t bytes) {
  const absl::Time now = clock_.Now();
  const MutexLock lock(mutex_);
  if (buckets_.size() + 2 > limits_.buckets_max) {
    ForgetFull(now);
  }
  Bucket* const party = Find(std::string(payer.party), kShareOfParty, now);
  Bucket* const office = Find(NameOfOffice(payer), limits_.office_share, now);
  if (party == nullptr || office == nullptr) {
    return absl::ResourceExhaustedError("too many offices call at once: try again in a second");
  }
  CBM_RETURN_IF_ERROR(Check(*party, "party"));
  CBM_RETURN_IF_ERROR(Check(*office, "office"));
  for (Bucket* const bucket : {party, office}) {
    bucket->calls.left -= 1;
    bucket->bytes.left -= static_cast<double>(bytes);
  }
  return absl::OkStatus();
}

void RateLimiter::Charge(const RatePayer& payer, size_t bytes) {
  const absl::Time now = clock_.Now();
  const MutexLock lock(mutex_);
  for (Bucket* const bucket : {Find(std::string(payer.party), kShareOfParty, now),
                               Find(NameOfOffice(payer), limits_.office_share, now)}) {
    if (bucket != nullptr) {
      bucket->bytes.left -= static_cast<double>(bytes);
    }
  }
}

absl::Status RateLimiter::Check(const Bucket& bucket, std::string_view payer) {
  if (bucket.calls.left < 1) {
    return absl::ResourceExhaustedError(
        fmt::format("your {}'s rate is used up: at most {} calls a second, {} at once", payer,
                    bucket.calls.per_second, bucket.calls.most));
  }
  if (bucket.bytes.left <= 0) {
    return absl::ResourceExhaustedError(
        fmt::format("your {}'s rate is used up: at most {} bytes a second, {} at once", payer,
                    bucket.bytes.per_second, bucket.bytes.most));
  }
  return absl::OkStatus();
}

RateLimiter::Bucket* RateLimiter::Find(std::string name, double share, absl::Time now) {
  auto found = buckets_.find(name);
  if (found == buckets_.end()) {
    if (buckets_.size() >= limits_.buckets_max) {
      return nullptr;
    }
    const auto full = [share](double burst, double per_second) {
      const double most = std::max(burst * share, 1.0);  // Else none could ever call.
      return Tokens{.left = most, .most = most, .per_second = per_second * share};
    };
    const Bucket fresh{.calls = full(limits_.burst, limits_.per_second),
                       .bytes = full(limits_.bytes_burst, limits_.bytes_per_second),
                       .filled = now};
    found = buckets_.emplace(std::move(name), fresh).first;
  }
  Fill(found->second, now);
  return &found->second;
}

void RateLimiter::ForgetFull(absl::Time now) {
  for (auto one = buckets_.begin(); one != buckets_.end();) {
    Fill(one->second, now);
    one = IsFull(one->second) ? buckets_.erase(one) : std::next(one);
  }
}

bool RateLimiter::IsFull(const Bucket& bucket) {
  return bucket.calls.left >= bucket.calls.most && bucket.bytes.left >= bucket.bytes.most;
}

void RateLimiter::Fill(Bucket& bucket, absl::Time now) {
  const double seconds = absl::ToDoubleSeconds(now - bucket.filled);
  if (seconds > 0) {  // A clock that steps backwards gives nothing, and takes nothing.
    for (Tokens* const tokens : {&bucket.calls, &bucket.bytes}) {
      tokens->left = std::min(tokens->most, tokens->left + seconds * tokens->per_second);
    }
  }
  bucket.filled = now;
}

}  // namespace cbm
