#include "server/sequencer/actors.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/credentials.h"
#include "core/rules/facts.h"

namespace cbm {
namespace {

constexpr const char* kNotTheSigner =
    "the signing credential is not registered to your party for signing, or not valid now";

// What a credential has to be at the act's time: one that renews itself may have ended.
enum class Needs { kActive, kMayRenew };

absl::StatusOr<v1::CredentialRecord> FindActive(const rules::LedgerView& registry,
                                                const Digest& credential,
                                                v1::CredentialPurpose purpose, Needs needs,
                                                absl::Time now) {
  CBM_ASSIGN_OR_RETURN(
      const std::optional<v1::CredentialRecord> record,
      rules::FindRecord<v1::CredentialRecord>(registry, rules::CredentialKey(credential)));
  const bool active =
      record.has_value() &&
      std::count(record->purposes().begin(), record->purposes().end(), purpose) != 0 &&
      (rules::UseOf(*record, now) == rules::CredentialUse::kActive ||
       (needs == Needs::kMayRenew && rules::MayRenew(*record, now)));
  if (!active) {
    return absl::UnauthenticatedError(
        purpose == v1::CREDENTIAL_PURPOSE_SIGN
            ? kNotTheSigner
            : "the connecting credential is not registered, or not valid now");
  }
  return *record;
}

}  // namespace

absl::StatusOr<Actors> FindActors(const rules::LedgerView& registry, const v1::Act& act,
                                  const Digest& carrying, absl::Time now) {
  CBM_ASSIGN_OR_RETURN(const Digest signing, DigestFrom(act.signing_credential()));
  const Needs of_signer = act.has_renew_credential() ? Needs::kMayRenew : Needs::kActive;
  CBM_ASSIGN_OR_RETURN(v1::CredentialRecord carrier,
                       FindActive(registry, carrying, v1::CREDENTIAL_PURPOSE_CONNECT,
                                  carrying == signing ? of_signer : Needs::kActive, now));
  absl::StatusOr<v1::CredentialRecord> signer =
      FindActive(registry, signing, v1::CREDENTIAL_PURPOSE_SIGN, of_signer, now);
  const bool same_party = signer.ok() && signer->party() == carrier.party();
  if (!same_party) {
    return absl::UnauthenticatedError(kNotTheSigner);
  }
  const bool any_integration = signer->type() == v1::OFFICE_TYPE_INTEGRATION ||
                               carrier.type() == v1::OFFICE_TYPE_INTEGRATION;
  if (any_integration && signer->office() != carrier.office()) {
    return absl::UnauthenticatedError(
        "an integration's acts are signed and carried by itself alone");
  }
  // Before anything is looked up under the name in the act: whether another office has used an id
  // is not the caller's to learn.
  if (act.party() != signer->party() || act.office() != signer->office()) {
    return absl::InvalidArgumentError(
        "party and office must be those that the signing credential is registered to");
  }
  return Actors{.carrier = std::move(carrier), .signer = *std::move(signer)};
}

absl::Status CheckNew(const rules::LedgerView& registry, const std::string& certificate) {
  CBM_ASSIGN_OR_RETURN(const std::optional<std::string> known,
                       registry.FindFact(rules::CredentialKey(Sha256(certificate))));
  return known.has_value()
             ? absl::InvalidArgumentError("certificate is registered already: make a new one")
             : absl::OkStatus();
}

}  // namespace cbm
