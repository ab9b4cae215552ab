#include "client/exit_code.h"

#include <utility>

#include "absl/strings/cord.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// Marks a status that did not come from the exchange.
constexpr char kOriginUrl[] = "cbm/origin";
constexpr char kUsage[] = "USAGE";
constexpr char kHere[] = "FAILED_HERE";

constexpr char kTextUrl[] = "cbm/text";

absl::Status WithOrigin(absl::StatusCode code, const std::string& message, const char* origin) {
  absl::Status status(code, message);
  status.SetPayload(kOriginUrl, absl::Cord(origin));
  return status;
}

absl::Status WithMessage(const absl::Status& status, const std::string& message) {
  absl::Status changed(status.code(), message);
  status.ForEachPayload(
      [&](auto url, const absl::Cord& payload) { changed.SetPayload(url, payload); });
  return changed;
}

}  // namespace

absl::Status UsageError(const std::string& message) {
  return WithOrigin(absl::StatusCode::kInvalidArgument, message, kUsage);
}

absl::Status HereError(const std::string& message) {
  return WithOrigin(absl::StatusCode::kFailedPrecondition, message, kHere);
}

ExitCode ExitCodeOf(const absl::Status& status) {
  if (const auto origin = status.GetPayload(kOriginUrl); origin.has_value()) {
    return *origin == kUsage ? ExitCode::kUsage : ExitCode::kFailedHere;
  }
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kDone;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kDataLoss:
      return ExitCode::kEvidence;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kUnimplemented:
      return ExitCode::kRefused;
    default:
      return ExitCode::kTryAgain;
  }
}

std::string CodeNameOf(const absl::Status& status) {
  if (const auto origin = status.GetPayload(kOriginUrl); origin.has_value()) {
    return std::string{*origin};
  }
  return absl::StatusCodeToString(status.code());
}

absl::Status Prefix(std::string_view before, const absl::Status& status) {
  return WithMessage(status, fmt::format("{}: {}", before, MessageOf(status)));
}

absl::Status Suffix(const absl::Status& status, std::string_view after) {
  return WithMessage(status, fmt::format("{}; {}", MessageOf(status), after));
}

absl::Status WithText(absl::Status status, std::string_view text) {
  status.SetPayload(kTextUrl, absl::Cord(std::string(text)));
  return status;
}

std::string TextOf(const absl::Status& status) {
  return std::string(status.GetPayload(kTextUrl).value_or(absl::Cord()));
}

std::string MessageOf(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

}  // namespace cbm
