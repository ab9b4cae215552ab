#include "server/program/gate_log.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cbm/v1/directory.pb.h"
#include "core/base/hex.h"
#include "fmt/format.h"

namespace cbm {
namespace {

std::string_view NameOf(Http2Error error) {
  switch (error) {
    case Http2Error::kNoError:
      return "NO_ERROR";
    case Http2Error::kProtocolError:
      return "PROTOCOL_ERROR";
    case Http2Error::kFrameSizeError:
      return "FRAME_SIZE_ERROR";
    case Http2Error::kEnhanceYourCalm:
      return "ENHANCE_YOUR_CALM";
    case Http2Error::kInadequateSecurity:
      return "INADEQUATE_SECURITY";
  }
  return "";
}

// Whose it is; nothing if it is nobody's, or that cannot be told now.
std::optional<v1::CredentialRecord> HolderOf(const Certificate& certificate,
                                             HolderLookup& holders) {
  const absl::StatusOr<std::optional<std::string>> value = holders.Find(certificate.fingerprint());
  v1::CredentialRecord record;
  if (!value.ok() || !value->has_value() || !record.ParseFromString(**value)) {
    return std::nullopt;
  }
  return record;
}

// Whose budget a line is of.
constexpr std::string_view kTrouble = "trouble";
constexpr std::string_view kStrangers = "strangers";

std::string PayerOf(std::string_view what, const Certificate& certificate) {
  return fmt::format("{} {}", what, ToHex(BytesOf(certificate.fingerprint())));
}

}  // namespace

void GateLog::Write(const GateEvent& event, SteadyTime now) {
  const bool is_trouble = event.kind == GateEvent::Kind::kTrouble;
  if (!is_trouble && event.certificate.has_value()) {
    WriteOf(event, *event.certificate, now);
    return;
  }
  const std::optional<uint64_t> left_out =
      lines_.Take(is_trouble ? kTrouble : kStrangers, now.time_since_epoch());
  if (!left_out.has_value()) {
    return;
  }
  if (is_trouble) {
    log_.Error("gate_trouble", {{"reason", event.reason}, {"lines_left_out", *left_out}});
    return;
  }
  log_.Warning(
      event.kind == GateEvent::Kind::kRefused ? LogKey("gate_refused") : LogKey("gate_ended"),
      {{"reason", event.reason}, {"source", event.source}, {"lines_left_out", *left_out}});
}

void GateLog::WriteOf(const GateEvent& event, const Certificate& certificate, SteadyTime now) {
  const bool is_refused = event.kind == GateEvent::Kind::kRefused;
  std::optional<v1::CredentialRecord> found;
  if (is_refused) {
    found = HolderOf(certificate, holders_);
  }
  const std::string payer = !is_refused         ? PayerOf("ended", certificate)
                            : found.has_value() ? PayerOf("refused", certificate)
                                                : std::string(kStrangers);
  const std::optional<uint64_t> left_out = lines_.Take(payer, now.time_since_epoch());
  if (!left_out.has_value()) {
    return;
  }
  if (!is_refused) {
    found = HolderOf(certificate, holders_);  // Only for a line that is written.
  }
  const v1::CredentialRecord holder = found.value_or(v1::CredentialRecord());
  log_.Warning(is_refused ? LogKey("gate_refused") : LogKey("gate_ended"),
               {{"reason", event.reason},
                {"http2_error", is_refused ? std::string_view() : NameOf(event.error)},
                {"source", event.source},
                {"party", holder.party()},
                {"office", holder.office()},
                {"issuer", certificate.issuer()},
                {"serial", certificate.serial()},
                {"certificate", ToHex(BytesOf(certificate.fingerprint()))},
                {"lines_left_out", *left_out}});
}

}  // namespace cbm
