#include "core/rules/directory_projection.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "core/crypto/digest.h"
#include "core/rules/credentials.h"
#include "core/rules/facts.h"
#include "google/protobuf/wrappers.pb.h"

namespace cbm::rules {
namespace {

template <typename Record>
absl::Status PutRecord(std::string_view key, const Record& record, FactTable& facts) {
  return facts.Put(key, record.SerializeAsString());
}

absl::StatusOr<std::optional<v1::CredentialRecord>> FindCredentialIn(const FactTable& facts,
                                                                     std::string_view credential) {
  const absl::StatusOr<Digest> digest = DigestFrom(credential);
  if (!digest.ok()) {
    return absl::DataLossError("an act names a credential by no digest");
  }
  return FindRecord<v1::CredentialRecord>(facts, CredentialKey(*digest));
}

// From when, by which act, and to when.
void SetRegistration(const v1::Entry& entry, const std::string& certificate,
                     v1::CredentialRecord& record) {
  record.set_credential(std::string(BytesOf(Sha256(certificate))));
  *record.mutable_not_before() = entry.effect().valid_from();
  *record.mutable_not_after() = entry.effect().valid_to();
  *record.mutable_registered() = entry.time();
  record.set_registered_by(entry.act_digest());
  record.set_certificate(certificate);
}

v1::CredentialRecord CredentialOf(const v1::Entry& entry, const v1::Enrol& enrol) {
  v1::CredentialRecord record;
  record.set_party(enrol.party());
  record.set_office(enrol.office());
  record.set_type(enrol.type());
  *record.mutable_purposes() = enrol.credential().purposes();
  *record.mutable_scopes() = enrol.credential().scopes();
  SetRegistration(entry, enrol.credential().certificate(), record);
  return record;
}

v1::OfficeRecord NewOffice(const v1::CredentialRecord& first) {
  v1::OfficeRecord office;
  office.set_party(first.party());
  office.set_office(first.office());
  office.set_type(first.type());
  *office.mutable_enrolled() = first.registered();
  office.set_enrolled_by(first.registered_by());
  return office;
}

// Leaves out the oldest of those that can be of no use any more, while there are too many.
void Shorten(absl::Time now, google::protobuf::RepeatedPtrField<v1::CredentialRecord>& listed) {
  while (listed.size() > kCredentialsHeldMax) {
    const auto oldest = std::find_if(listed.begin(), listed.end(),
                                     [&](const auto& one) { return !IsHeld(one, now); });
    if (oldest == listed.end()) {
      return;
    }
    listed.erase(oldest);
  }
}

enum class Listing {
  kAdded,    // It is registered now.
  kChanged,  // It was before; the office may not list it any more.
};

// Puts a credential, and what the office has of it, as it is at an instant. An office that the
// ledger does not have is not made by a change.
absl::Status PutCredential(const v1::CredentialRecord& credential, Listing listing, absl::Time now,
                           FactTable& facts) {
  CBM_ASSIGN_OR_RETURN(const Digest digest, DigestFrom(credential.credential()));
  CBM_RETURN_IF_ERROR(PutRecord(CredentialKey(digest), credential, facts));
  const std::string key = OfficeKey(credential.party(), credential.office());
  CBM_ASSIGN_OR_RETURN(std::optional<v1::OfficeRecord> office,
                       FindRecord<v1::OfficeRecord>(facts, key));
  if (!office.has_value()) {
    return absl::OkStatus();
  }
  auto& credentials = *office->mutable_credentials();
  if (listing == Listing::kAdded) {
    *office->add_credentials() = credential;
    Shorten(now, credentials);
  } else {
    const auto found = std::find_if(credentials.begin(), credentials.end(), [&](const auto& one) {
      return one.credential() == credential.credential();
    });
    if (found != credentials.end()) {
      *found = credential;
    }
  }
  office->set_office_version(office->office_version() + 1);
  return PutRecord(key, *office, facts);
}

v1::CredentialRecord SecretariatCredential(const Exchange& exchange, const v1::Effect& effect) {
  const std::string& certificate = exchange.genesis().secretariat_certificate();
  v1::CredentialRecord record;
  record.set_credential(std::string(BytesOf(Sha256(certificate))));
  record.set_party(std::string(kSecretariatParty));
  record.set_office(std::string(kSecretariatOffice));
  record.set_type(v1::OFFICE_TYPE_SECRETARIAT);
  for (const auto purpose :
       {v1::CREDENTIAL_PURPOSE_CONNECT, v1::CREDENTIAL_PURPOSE_SIGN, v1::CREDENTIAL_PURPOSE_OPEN}) {
    record.add_purposes(purpose);
  }
  for (const auto scope : {v1::SCOPE_READ, v1::SCOPE_ACKNOWLEDGE, v1::SCOPE_DIRECTORY}) {
    record.add_scopes(scope);
  }
  *record.mutable_not_before() = effect.valid_from();
  *record.mutable_not_after() = effect.valid_to();
  record.set_certificate(certificate);
  return record;
}

// A credential as it stands. No entry but those that begin the ledgers of the frameworks registers
// the one in the genesis document: in every other ledger it is as it was until an act changes it.
absl::StatusOr<std::optional<v1::CredentialRecord>> FindRegistered(const Exchange& exchange,
                                                                   std::string_view credential,
                                                                   const FactTable& facts) {
  CBM_ASSIGN_OR_RETURN(std::optional<v1::CredentialRecord> record,
                       FindCredentialIn(facts, credential));
  if (!record.has_value()) {
    v1::CredentialRecord first = GenesisCredential(exchange);
    if (first.credential() == credential) {
      record = std::move(first);
    }
  }
  return record;
}

absl::Status CheckUnregistered(const Exchange& exchange, const v1::CredentialRecord& credential,
                               const FactTable& facts) {
  CBM_ASSIGN_OR_RETURN(const std::optional<v1::CredentialRecord> before,
                       FindRegistered(exchange, credential.credential(), facts));
  return before.has_value() ? absl::DataLossError("a certificate is registered a second time")
                            : absl::OkStatus();
}

absl::Status Enrol(const v1::CredentialRecord& credential, FactTable& facts) {
  const std::string key = OfficeKey(credential.party(), credential.office());
  CBM_ASSIGN_OR_RETURN(const std::optional<v1::OfficeRecord> office,
                       FindRecord<v1::OfficeRecord>(facts, key));
  const absl::Time now = FromTimestamp(credential.registered());
  if (!office.has_value()) {
    CBM_RETURN_IF_ERROR(PutRecord(key, NewOffice(credential), facts));
    return PutCredential(credential, Listing::kAdded, now, facts);
  }
  const auto& before = office->credentials();
  const bool in_use =
      std::any_of(before.begin(), before.end(), [&](const auto& one) { return IsInUse(one, now); });
  return in_use || office->type() != credential.type()
             ? absl::DataLossError("an office is enrolled a second time")
             : PutCredential(credential, Listing::kAdded, now, facts);
}

absl::Status ProjectGrant(const v1::Entry& entry, const v1::Act& act, FactTable& facts) {
  const std::string key = OfficeKey(act.party(), act.grant_integration().office());
  CBM_ASSIGN_OR_RETURN(std::optional<v1::OfficeRecord> office,
                       FindRecord<v1::OfficeRecord>(facts, key));
  if (!office.has_value()) {
    return absl::DataLossError("a grant is for an integration that the ledger does not have");
  }
  *office->mutable_grant() = act.grant_integration();
  office->set_office_version(entry.effect().record_version());
  return PutRecord(key, *office, facts);
}

absl::Status CountRenewal(std::string_view by, std::string_view credential, FactTable& facts) {
  CBM_ASSIGN_OR_RETURN(const Digest signer, DigestFrom(by));
  CBM_ASSIGN_OR_RETURN(const Digest renewed, DigestFrom(credential));
  CBM_ASSIGN_OR_RETURN(const std::optional<google::protobuf::UInt32Value> before,
                       FindRecord<google::protobuf::UInt32Value>(facts, RenewalsKey(signer)));
  google::protobuf::UInt32Value renewals;
  renewals.set_value(1 + (before.has_value() ? before->value() : 0));
  return PutRecord(RenewalsKey(renewed), renewals, facts);
}

absl::Status ProjectRenewal(const Exchange& exchange, const v1::Entry& entry, const v1::Act& act,
                            FactTable& facts) {
  CBM_ASSIGN_OR_RETURN(std::optional<v1::CredentialRecord> before,
                       FindRegistered(exchange, act.signing_credential(), facts));
  if (!before.has_value() || before->party() != act.party() || before->office() != act.office()) {
    return absl::DataLossError("a credential is renewed that its office does not have");
  }
  const absl::Time now = FromTimestamp(entry.time());
  if (!MayRenew(*before, now)) {
    return absl::DataLossError("a credential is renewed by one that may not renew");
  }
  v1::CredentialRecord record = *std::move(before);
  record.clear_changes();
  SetRegistration(entry, act.renew_credential().certificate(), record);
  CBM_RETURN_IF_ERROR(CheckUnregistered(exchange, record, facts));
  CBM_RETURN_IF_ERROR(CountRenewal(act.signing_credential(), record.credential(), facts));
  return PutCredential(record, Listing::kAdded, now, facts);
}

absl::Status ProjectCredentialChange(const Exchange& exchange, const v1::Entry& entry,
                                     const v1::Act& act, FactTable& facts) {
  const v1::CredentialName& of = *CredentialChangedBy(act);
  CBM_ASSIGN_OR_RETURN(std::optional<v1::CredentialRecord> record,
                       FindRegistered(exchange, of.credential(), facts));
  if (!record.has_value() || record->party() != of.party() || record->office() != of.office()) {
    return absl::DataLossError("a credential is changed that its office does not have");
  }
  CBM_RETURN_IF_ERROR(ChangeCredential(entry, act, *record));
  return PutCredential(*record, Listing::kChanged, FromTimestamp(entry.time()), facts);
}

}  // namespace

absl::Status ProjectDirectory(const Exchange& exchange, const v1::Entry& entry, const v1::Act& act,
                              FactTable& facts) {
  switch (act.kind_case()) {
    case v1::Act::kEnrol: {
      const v1::CredentialRecord credential = CredentialOf(entry, act.enrol());
      CBM_RETURN_IF_ERROR(CheckUnregistered(exchange, credential, facts));
      return Enrol(credential, facts);
    }
    case v1::Act::kGrantIntegration:
      return ProjectGrant(entry, act, facts);
    case v1::Act::kSuspendCredential:
    case v1::Act::kRestoreCredential:
    case v1::Act::kRevokeCredential:
      return ProjectCredentialChange(exchange, entry, act, facts);
    case v1::Act::kRenewCredential:
      return ProjectRenewal(exchange, entry, act, facts);
    default:
      return absl::OkStatus();
  }
}

absl::Status ProjectSecretariat(const Exchange& exchange, const v1::Effect& effect,
                                FactTable& facts) {
  return Enrol(SecretariatCredential(exchange, effect), facts);
}

v1::CredentialRecord GenesisCredential(const Exchange& exchange) {
  return SecretariatCredential(exchange, EffectOf(exchange.secretariat()));
}

v1::Effect EffectOf(Validity validity) {
  v1::Effect effect;
  *effect.mutable_valid_from() = ToTimestamp(validity.not_before);
  *effect.mutable_valid_to() = ToTimestamp(validity.not_after);
  return effect;
}

}  // namespace cbm::rules
