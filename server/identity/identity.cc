#include "server/identity/identity.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "grpcpp/security/auth_context.h"

namespace cbm {
namespace {

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
  const std::shared_ptr<const grpc::AuthContext> auth = context.auth_context();
  if (auth == nullptr) {
    return absl::UnauthenticatedError("no client certificate");
  }
  const std::vector<grpc::string_ref> certificates = auth->FindPropertyValues("x509_pem_cert");
  if (certificates.size() != 1) {
    return absl::UnauthenticatedError("no client certificate");
  }
  const absl::StatusOr<Digest> credential =
      certificates_.Fingerprint({certificates[0].data(), certificates[0].size()});
  if (!credential.ok()) {
    return absl::UnauthenticatedError("no client certificate");
  }
  return IdentifyCredential(*credential);
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
