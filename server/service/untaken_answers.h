#ifndef CBM_SERVER_SERVICE_UNTAKEN_ANSWERS_H_
#define CBM_SERVER_SERVICE_UNTAKEN_ANSWERS_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "core/base/mutex.h"
#include "server/service/rate_limiter.h"

namespace cbm {

// Counts the bytes of answers that were made and are not sent yet, because their callers take
// nothing: HTTP/2 lets a client ask for much and keep all of it waiting in the server's memory.
//
// Thread-safe.
class UntakenAnswers {
 public:
  // `state_max` of one State together, half of it of one office.
  explicit UntakenAnswers(size_t state_max) : state_max_(state_max) {}

  // Whether one more answer may be made. RESOURCE_EXHAUSTED if as much waits as may. It is asked
  // before, so that nothing is read for an answer that cannot be kept: what waits may be more by
  // the answers that are being made, however large.
  absl::Status CheckRoom(const RatePayer& payer);

  // An answer was made.
  void Add(const RatePayer& payer, size_t bytes);

  // It was sent, or its call has ended.
  void GiveBack(const RatePayer& payer, size_t bytes);

 private:
  size_t BytesOf(std::string_view who) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t state_max_;
  Mutex mutex_;
  // By State, and by State and office; none without bytes.
  std::map<std::string, size_t, std::less<>> bytes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_UNTAKEN_ANSWERS_H_
