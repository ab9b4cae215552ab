#include "core/rules/credentials.h"

#include <algorithm>
#include <utility>

#include "core/rules/facts.h"

namespace cbm::rules {
namespace {

// Whether what was done to a credential can have been done to it.
bool MayBeChanged(const v1::CredentialRecord& credential, const v1::Act& act) {
  if (credential.has_revoked()) {
    return false;
  }
  if (act.has_restore_credential()) {
    return credential.has_suspended() && MayRestore(act.party(), credential);
  }
  return act.has_revoke_credential() || !credential.has_suspended();
}

}  // namespace

CredentialUse UseOf(const v1::CredentialRecord& credential, absl::Time now) {
  if (credential.has_revoked()) {
    return CredentialUse::kRevoked;
  }
  if (credential.has_suspended()) {
    return CredentialUse::kSuspended;
  }
  if (now >= FromTimestamp(credential.not_after())) {
    return CredentialUse::kEnded;
  }
  return now < FromTimestamp(credential.not_before()) ? CredentialUse::kNotYet
                                                      : CredentialUse::kActive;
}

bool IsInUse(const v1::CredentialRecord& credential, absl::Time now) {
  const CredentialUse use = UseOf(credential, now);
  return use == CredentialUse::kActive || use == CredentialUse::kNotYet;
}

bool IsHeld(const v1::CredentialRecord& credential, absl::Time now) {
  return !credential.has_revoked() && now < FromTimestamp(credential.not_after());
}

bool MayRenew(const v1::CredentialRecord& credential, absl::Time now) {
  const CredentialUse use = UseOf(credential, now);
  return use == CredentialUse::kActive ||
         (use == CredentialUse::kEnded &&
          now < FromTimestamp(credential.not_after()) + kRenewalAfterEndMax);
}

absl::Time OutOfUseSince(const v1::CredentialRecord& credential, absl::Time now) {
  absl::Time since = absl::InfiniteFuture();
  if (now >= FromTimestamp(credential.not_after())) {
    since = FromTimestamp(credential.not_after());
  }
  if (credential.has_suspended()) {
    since = std::min(since, FromTimestamp(credential.suspended().time()));
  }
  if (credential.has_revoked()) {
    since = std::min(since, FromTimestamp(credential.revoked().time()));
  }
  return since;
}

bool MayRestore(std::string_view party, const v1::CredentialRecord& credential) {
  return party == credential.party() || party == credential.suspended().party();
}

const std::string& CertificateRegisteredBy(const v1::Act& act) {
  return act.has_renew_credential() ? act.renew_credential().certificate()
                                    : act.enrol().credential().certificate();
}

const v1::CredentialName* CredentialChangedBy(const v1::Act& act) {
  switch (act.kind_case()) {
    case v1::Act::kSuspendCredential:
      return &act.suspend_credential().of();
    case v1::Act::kRestoreCredential:
      return &act.restore_credential().of();
    case v1::Act::kRevokeCredential:
      return &act.revoke_credential().of();
    default:
      return nullptr;
  }
}

absl::Status ChangeCredential(const v1::Entry& entry, const v1::Act& act,
                              v1::CredentialRecord& credential) {
  if (!MayBeChanged(credential, act)) {
    return absl::DataLossError(
        "a credential is changed as its state, or who changes it, does not allow");
  }
  v1::CredentialChange change;
  *change.mutable_time() = entry.time();
  change.set_act_digest(entry.act_digest());
  change.set_party(act.party());
  if (!act.has_revoke_credential()) {
    credential.set_changes(credential.changes() + 1);
  }
  if (act.has_restore_credential()) {
    credential.clear_suspended();
  } else if (act.has_suspend_credential()) {
    change.set_reason(act.suspend_credential().reason());
    *credential.mutable_suspended() = std::move(change);
  } else {
    change.set_reason(act.revoke_credential().reason());
    *credential.mutable_revoked() = std::move(change);
  }
  return absl::OkStatus();
}

}  // namespace cbm::rules
