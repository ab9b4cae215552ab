#include "server/identity/identity.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "core/base/hex.h"
#include "core/base/renewal.h"
#include "core/base/status_macros.h"
#include "core/rules/credentials.h"
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

// "key lost"
std::string ReasonText(v1::CredentialReason reason) {
  constexpr std::string_view kPrefix = "CREDENTIAL_REASON_";
  std::string text = v1::CredentialReason_Name(reason);
  text = text.substr(std::min(text.size(), kPrefix.size()));
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c == '_' ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return text;
}

// Who did it, when and why: "was suspended at ... by SECRETARIAT (key lost)".
std::string ChangeText(std::string_view what, const v1::CredentialChange& change) {
  return fmt::format("was {} at {} by {} ({})", what,
                     ShownTime(rules::FromTimestamp(change.time())), change.party(),
                     ReasonText(change.reason()));
}

// Whom to call about a suspension: who suspended may restore, and the party itself.
std::string WhoRestores(const v1::CredentialRecord& record) {
  if (record.party() == kSecretariatParty) {
    return "call the secretariat, who can restore it";
  }
  return record.suspended().party() == record.party()
             ? fmt::format(
                   "call another office of {}, who can restore it, or, if it has none, the "
                   "secretariat, who enrols an office with a new one",
                   record.party())
             : fmt::format("call the secretariat, or another office of {}, who can restore it",
                           record.party());
}

std::string EndText(const v1::CredentialRecord& record, absl::Time now) {
  const absl::Time not_after = rules::FromTimestamp(record.not_after());
  std::string text = fmt::format("ended at {}: ", ShownTime(not_after));
  if (rules::MayRenew(record, now)) {
    text += fmt::format(
        "until {} it can still be renewed, and do nothing else: cbm directory renew; or ",
        ShownTime(not_after + kRenewalAfterEndMax));
  }
  return text + "call the secretariat, who enrols an office with a new one";
}

// Why a credential does not count now, and what to do.
absl::Status CheckUse(const v1::CredentialRecord& record, const Digest& credential,
                      absl::Time now) {
  std::string why;
  switch (rules::UseOf(record, now)) {
    case rules::CredentialUse::kActive:
      return absl::OkStatus();
    case rules::CredentialUse::kNotYet:
      why = fmt::format("holds from {} on, and not yet: connect with another, or wait",
                        ShownTime(rules::FromTimestamp(record.not_before())));
      break;
    case rules::CredentialUse::kEnded:
      why = EndText(record, now);
      break;
    case rules::CredentialUse::kSuspended:
      why = fmt::format("{}: {}", ChangeText("suspended", record.suspended()), WhoRestores(record));
      break;
    case rules::CredentialUse::kRevoked:
      why = fmt::format("{}, for ever: call the secretariat, who enrols an office with a new one",
                        ChangeText("revoked", record.revoked()));
      break;
  }
  return absl::UnauthenticatedError(
      fmt::format("{} of {}/{} {}", Shown(credential), record.party(), record.office(), why));
}

absl::Status CheckPurpose(const v1::CredentialRecord& record, const Digest& credential) {
  const auto& purposes = record.purposes();
  if (std::find(purposes.begin(), purposes.end(), v1::CREDENTIAL_PURPOSE_CONNECT) !=
      purposes.end()) {
    return absl::OkStatus();
  }
  return absl::UnauthenticatedError(fmt::format(
      "{} is registered to {}/{}, but not to connect: connect with one of that office that has "
      "the purpose CONNECT",
      Shown(credential), record.party(), record.office()));
}

LedgerId LedgerOf(const v1::CredentialRecord& record) {
  return record.type() == v1::OFFICE_TYPE_INTEGRATION
             ? LedgerId::Integration(record.party(), record.office())
             : LedgerId::OfParty(record.party(), record.office());
}

}  // namespace

std::shared_ptr<const SessionFacts> Identity::SessionOf(
    const grpc::ServerContextBase& context) const {
  const std::string peer = context.peer();
  return peer.starts_with(kSessionPeer) ? sessions_.Find(peer.substr(kSessionPeer.size()))
                                        : nullptr;
}

absl::StatusOr<Digest> Identity::CertificateOf(const grpc::ServerContextBase& context) const {
  const std::shared_ptr<const SessionFacts> session = SessionOf(context);
  if (session == nullptr) {
    return absl::UnauthenticatedError("no client certificate");
  }
  CBM_RETURN_IF_ERROR(trust_.CheckStill(session->certificate));
  return session->certificate.fingerprint();
}

absl::StatusOr<Caller> Identity::Identify(const grpc::ServerContextBase& context) const {
  CBM_ASSIGN_OR_RETURN(const Digest credential, CertificateOf(context));
  return IdentifyCredential(credential);
}

absl::StatusOr<Caller> Identity::IdentifyToAct(const grpc::ServerContextBase& context) const {
  CBM_ASSIGN_OR_RETURN(const Digest credential, CertificateOf(context));
  return IdentifyCredentialToAct(credential);
}

Identified Identity::IdentifyWhoever(const grpc::ServerContextBase& context, bool to_act) const {
  Identified identified{.caller = to_act ? IdentifyToAct(context) : Identify(context)};
  const std::shared_ptr<const SessionFacts> session =
      identified.caller.ok() ? nullptr : SessionOf(context);
  if (session == nullptr) {
    return identified;
  }
  const auto value = store_.FindCredential(session->certificate.fingerprint());
  v1::CredentialRecord record;
  if (value.ok() && value->has_value() && record.ParseFromString(**value)) {
    identified.refused = std::move(record);
  }
  return identified;
}

absl::StatusOr<Caller> Identity::IdentifyCredential(const Digest& credential) const {
  CBM_ASSIGN_OR_RETURN(Caller caller, IdentifyCredentialToAct(credential));
  CBM_RETURN_IF_ERROR(caller.active);
  return caller;
}

absl::StatusOr<Caller> Identity::IdentifyCredentialToAct(const Digest& credential) const {
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
  CBM_RETURN_IF_ERROR(CheckPurpose(record, credential));
  const absl::Time now = clock_.Now();
  absl::Status active = CheckUse(record, credential, now);
  if (!active.ok() && !rules::MayRenew(record, now)) {
    return active;
  }
  LedgerId ledger = LedgerOf(record);
  return Caller{.credential = credential,
                .record = std::move(record),
                .ledger = std::move(ledger),
                .active = std::move(active)};
}

}  // namespace cbm
