// Suspending, restoring and revoking a credential.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/act_shape.h"
#include "core/rules/credentials.h"
#include "core/rules/directory_entries.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"
#include "fmt/format.h"

namespace cbm::rules {
namespace {

std::string Shown(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", FromTimestamp(time), absl::UTCTimeZone());
}

v1::CredentialReason ReasonOf(const v1::Act& act) {
  return act.has_revoke_credential() ? act.revoke_credential().reason()
                                     : act.suspend_credential().reason();
}

absl::Status CheckForm(const Submission& submission) {
  const v1::Act& act = submission.act;
  CBM_RETURN_IF_ERROR(RequireScope(submission.signer, v1::SCOPE_DIRECTORY));
  if (submission.signer.type() == v1::OFFICE_TYPE_INTEGRATION) {
    return absl::PermissionDeniedError(
        "credentials are suspended, restored and revoked by an office that is no integration");
  }
  CBM_RETURN_IF_ERROR(RequireOwnAudience(act));
  if (!act.references().empty() || !act.manifest_digest().empty()) {
    return absl::InvalidArgumentError(
        "an act that suspends, restores or revokes a credential has no references and no content");
  }
  if (CredentialChangedBy(act)->credential().size() != kDigestBytes) {
    return absl::InvalidArgumentError(
        "of.credential must be the SHA-256 of its certificate, 32 bytes");
  }
  if (!act.has_restore_credential() && ReasonOf(act) == v1::CREDENTIAL_REASON_UNSPECIFIED) {
    return absl::InvalidArgumentError("reason must be one of those there are");
  }
  return absl::OkStatus();
}

// The credential that is named, if the author may change it: its own party's, or, for the
// secretariat, anybody's.
absl::StatusOr<std::optional<v1::CredentialRecord>> FindNamed(const View& view, const v1::Act& act,
                                                              const v1::CredentialName& of) {
  std::optional<v1::CredentialRecord> record;
  if (act.party() != kSecretariatParty &&
      LedgerId::OfParty(of.party(), of.office()) != view.own_id()) {
    return record;
  }
  CBM_ASSIGN_OR_RETURN(const Digest credential, DigestFrom(of.credential()));
  CBM_ASSIGN_OR_RETURN(record, FindCredential(view, credential));
  if (record.has_value() && (record->party() != of.party() || record->office() != of.office())) {
    record.reset();
  }
  return record;
}

bool MayAdminister(const v1::CredentialRecord& credential, absl::Time now) {
  const auto& purposes = credential.purposes();
  const auto& scopes = credential.scopes();
  return UseOf(credential, now) == CredentialUse::kActive &&
         std::count(purposes.begin(), purposes.end(), v1::CREDENTIAL_PURPOSE_SIGN) != 0 &&
         std::count(scopes.begin(), scopes.end(), v1::SCOPE_DIRECTORY) != 0;
}

// Whether the secretariat can still act without this credential of its own: nobody else could bring
// it back.
absl::StatusOr<bool> CanBeSpared(const View& view, const v1::CredentialRecord& record,
                                 absl::Time now) {
  if (record.party() != kSecretariatParty) {
    return true;
  }
  CBM_ASSIGN_OR_RETURN(const std::optional<v1::OfficeRecord> office,
                       FindOffice(view, record.party(), record.office()));
  return office.has_value() &&
         std::any_of(office->credentials().begin(), office->credentials().end(),
                     [&](const v1::CredentialRecord& other) {
                       return other.credential() != record.credential() &&
                              MayAdminister(other, now);
                     });
}

// Whether the credential stands so that the act may be done to it.
absl::Status CheckUse(const v1::Act& act, const v1::CredentialRecord& record) {
  if (record.has_revoked()) {
    return absl::FailedPreconditionError(
        fmt::format("the credential was revoked at {}, for ever: nothing changes it any more",
                    Shown(record.revoked().time())));
  }
  if (act.has_suspend_credential() && record.has_suspended()) {
    return absl::FailedPreconditionError(
        fmt::format("the credential is suspended already, by {}", record.suspended().party()));
  }
  if (!act.has_restore_credential()) {
    return absl::OkStatus();
  }
  if (!record.has_suspended()) {
    return absl::FailedPreconditionError("the credential is not suspended");
  }
  // Not of a suspension: else whoever holds two stolen keys could keep them from being suspended.
  if (record.changes() >= kCredentialChangesMax) {
    return absl::FailedPreconditionError(fmt::format(
        "the credential was suspended and restored {} times in all, as often as one may "
        "be: it stays suspended; register another for its office, and revoke it",
        kCredentialChangesMax));
  }
  // Who took one key of an office may have made himself another by a renewal.
  if (record.suspended().party() != act.party() && act.party() == record.party() &&
      act.office() == record.office()) {
    return absl::FailedPreconditionError(
        fmt::format("the credential was suspended by {}: another office of {}, or {} itself, "
                    "restores it, and not the office that has it",
                    record.suspended().party(), record.party(), record.suspended().party()));
  }
  return MayRestore(act.party(), record)
             ? absl::OkStatus()
             : absl::FailedPreconditionError(fmt::format(
                   "the credential was suspended by {}, and is restored by it alone; if "
                   "it has no office left that can, enrol the office anew",
                   record.suspended().party()));
}

std::string_view NewStateOf(const v1::Act& act) {
  if (act.has_suspend_credential()) {
    return "suspended";
  }
  return act.has_restore_credential() ? "restored" : "revoked";
}

}  // namespace

absl::StatusOr<Decision> DecideChangeCredential(const View& view, const Submission& submission,
                                                absl::Time now) {
  if (absl::Status form = CheckForm(submission); !form.ok()) {
    return Refuse(std::move(form));
  }
  const v1::Act& act = submission.act;
  CBM_ASSIGN_OR_RETURN(const std::optional<v1::CredentialRecord> record,
                       FindNamed(view, act, *CredentialChangedBy(act)));
  if (!record.has_value()) {
    return Refuse(absl::NotFoundError("there is no such credential that your party may change"));
  }
  if (absl::Status use = CheckUse(act, *record); !use.ok()) {
    return Refuse(std::move(use));
  }
  CBM_ASSIGN_OR_RETURN(const bool spared, CanBeSpared(view, *record, now));
  if (!act.has_restore_credential() && !spared) {
    return Refuse(absl::FailedPreconditionError(
        "it is the secretariat's last active credential, and nobody could enrol or restore any "
        "more: renew it first"));
  }
  Decision decision;
  AddDirectoryEntries(view, submission,
                      {.party = record->party(),
                       .office = record->office(),
                       .type = record->type(),
                       .new_state = NewStateOf(act)},
                      decision);
  return decision;
}

}  // namespace cbm::rules
