#include "client/exchange_api.h"

#include "absl/strings/cord.h"

namespace cbm {
namespace {

constexpr char kUnansweredUrl[] = "cbm/unanswered";  // Empty where the request stayed.

}  // namespace

absl::Status Unanswered(absl::Status failure, RequestFate fate) {
  failure.SetPayload(kUnansweredUrl, absl::Cord(fate == RequestFate::kLeft ? "sent" : ""));
  return failure;
}

bool IsUnanswered(const absl::Status& failure) {
  return failure.GetPayload(kUnansweredUrl).has_value();
}

bool MayBeDone(const absl::Status& failure) {
  const auto unanswered = failure.GetPayload(kUnansweredUrl);
  return unanswered.has_value() && !unanswered->empty();
}

}  // namespace cbm
