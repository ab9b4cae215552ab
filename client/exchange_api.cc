#include "client/exchange_api.h"

#include "absl/strings/cord.h"

namespace cbm {
namespace {

constexpr char kUnansweredUrl[] = "cbm/unanswered";

}  // namespace

absl::Status Unanswered(absl::Status failure) {
  failure.SetPayload(kUnansweredUrl, absl::Cord());
  return failure;
}

bool IsUnanswered(const absl::Status& failure) {
  return failure.GetPayload(kUnansweredUrl).has_value();
}

}  // namespace cbm
