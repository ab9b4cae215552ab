#include "server/program/gate_log.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cbm/v1/directory.pb.h"
#include "core/base/hex.h"

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

// Whose it is; empty if it is nobody's, or that cannot be told now.
v1::CredentialRecord HolderOf(const Certificate& certificate, HolderLookup& holders) {
  const absl::StatusOr<std::optional<std::string>> value = holders.Find(certificate.fingerprint());
  v1::CredentialRecord record;
  if (!value.ok() || !value->has_value() || !record.ParseFromString(**value)) {
    record.Clear();
  }
  return record;
}

}  // namespace

void GateLog::Write(const GateEvent& event, SteadyTime now) {
  const std::optional<uint64_t> may_write = lines_.Take(now);
  if (!may_write.has_value()) {
    return;
  }
  const uint64_t left_out = *may_write;
  if (event.kind == GateEvent::Kind::kTrouble) {
    log_.Error("gate_trouble", {{"reason", event.reason}, {"lines_left_out", left_out}});
    return;
  }
  const bool is_refused = event.kind == GateEvent::Kind::kRefused;
  if (!event.certificate.has_value()) {
    log_.Warning(
        is_refused ? LogKey("gate_refused") : LogKey("gate_ended"),
        {{"reason", event.reason}, {"source", event.source}, {"lines_left_out", left_out}});
    return;
  }
  const Certificate& certificate = *event.certificate;
  const v1::CredentialRecord holder = HolderOf(certificate, holders_);
  log_.Warning(is_refused ? LogKey("gate_refused") : LogKey("gate_ended"),
               {{"reason", event.reason},
                {"http2_error", is_refused ? std::string_view() : NameOf(event.error)},
                {"source", event.source},
                {"party", holder.party()},
                {"office", holder.office()},
                {"issuer", certificate.issuer()},
                {"serial", certificate.serial()},
                {"certificate", ToHex(BytesOf(certificate.fingerprint()))},
                {"lines_left_out", left_out}});
}

}  // namespace cbm
