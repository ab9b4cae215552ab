#include "server/identity/identity.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/rules/facts.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// How gRPC writes a UNIX socket's abstract name, which here is the name of a session.
constexpr std::string_view kSessionPeer = "unix-abstract:";

// Enough to tell a person's certificates apart.
constexpr size_t kFingerprintCharactersShown = 16;

std::string Shown(const Digest& credential) {
  return fmt::format("this certificate (SHA-256 {}…)",
                     ToHex(BytesOf(credential)).substr(0, kFingerprintCharactersShown));
}

std::string ShownTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

// What the certificate may be used for, and from when to when.
absl::Status CheckActive(const v1::CredentialRecord& record, const Digest& credential,
                         absl::Time now) {
  const auto& purposes = record.purposes();
  if (std::find(purposes.begin(), purposes.end(), v1::CREDENTIAL_PURPOSE_CONNECT) ==
      purposes.end()) {
    return absl::UnauthenticatedError(fmt::format(
        "{} is registered to {}/{}, but not to connect: connect with one of that office that has "
        "the purpose CONNECT",
        Shown(credential), record.party(), record.office()));
  }
  const absl::Time not_before = rules::FromTimestamp(record.not_before());
  const absl::Time not_after = rules::FromTimestamp(record.not_after());
  if (now < not_before) {
    return absl::UnauthenticatedError(
        fmt::format("{} of {}/{} holds from {} on, and not yet: connect with another, or wait",
                    Shown(credential), record.party(), record.office(), ShownTime(not_before)));
  }
  if (now >= not_after) {
    return absl::UnauthenticatedError(fmt::format(
        "{} of {}/{} ended at {}: call the secretariat, who enrols an office with a new one",
        Shown(credential), record.party(), record.office(), ShownTime(not_after)));
  }
  return absl::OkStatus();
}

LedgerId LedgerOf(const v1::CredentialRecord& record) {
  return record.type() == v1::OFFICE_TYPE_INTEGRATION
             ? LedgerId::Integration(record.party(), record.office())
             : LedgerId::OfParty(record.party(), record.office());
}

}  // namespace

absl::StatusOr<Caller> Identity::Identify(const grpc::ServerContextBase& context) const {
  const std::string peer = context.peer();
  if (!peer.starts_with(kSessionPeer)) {
    return absl::UnauthenticatedError("no client certificate");
  }
  const std::shared_ptr<const SessionFacts> session =
      sessions_.Find(std::string_view(peer).substr(kSessionPeer.size()));
  if (session == nullptr) {
    return absl::UnauthenticatedError("no client certificate");
  }
  CBM_RETURN_IF_ERROR(trust_.CheckStill(session->certificate));
  return IdentifyCredential(session->certificate.fingerprint());
}

absl::StatusOr<Caller> Identity::IdentifyCredential(const Digest& credential) const {
  CBM_ASSIGN_OR_RETURN(const std::optional<std::string> value, store_.FindCredential(credential));
  if (!value.has_value()) {
    return absl::UnauthenticatedError(
        fmt::format("{} belongs to no office of the exchange: have it registered; call the "
                    "secretariat",
                    Shown(credential)));
  }
  v1::CredentialRecord record;
  if (!record.ParseFromString(*value)) {
    return absl::DataLossError("a stored credential cannot be read");
  }
  CBM_RETURN_IF_ERROR(CheckActive(record, credential, clock_.Now()));
  LedgerId ledger = LedgerOf(record);
  return Caller{.credential = credential, .record = std::move(record), .ledger = std::move(ledger)};
}

}  // namespace cbm
