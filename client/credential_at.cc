#include "client/credential_at.h"

#include <map>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/credentials.h"
#include "core/rules/directory_projection.h"
#include "core/rules/facts.h"
#include "fmt/format.h"

namespace cbm {
namespace {

bool IsSameRegistration(const v1::CredentialRecord& a, const v1::CredentialRecord& b) {
  return a.registered_by() == b.registered_by() &&
         rules::FromTimestamp(a.registered()) == rules::FromTimestamp(b.registered());
}

// As it was registered, or as one of the ledgers has it.
absl::StatusOr<std::optional<v1::CredentialRecord>> FindIn(
    const rules::Exchange& exchange, std::span<const LedgerReplica* const> ledgers,
    const Digest& credential) {
  std::optional<v1::CredentialRecord> found;
  if (v1::CredentialRecord first = rules::GenesisCredential(exchange);
      first.credential() == BytesOf(credential)) {
    found = std::move(first);
  }
  for (const LedgerReplica* const ledger : ledgers) {
    CBM_ASSIGN_OR_RETURN(
        std::optional<v1::CredentialRecord> record,
        rules::FindRecord<v1::CredentialRecord>(static_cast<const rules::LedgerView&>(*ledger),
                                                rules::CredentialKey(credential)));
    if (!record.has_value()) {
      continue;
    }
    if (found.has_value() && !IsSameRegistration(*found, *record)) {
      return absl::DataLossError(
          fmt::format("it is about a credential that {} and another of your ledgers register by "
                      "different acts",
                      ledger->id().text()));
    }
    found = std::move(record);
  }
  return found;
}

}  // namespace

absl::StatusOr<std::optional<v1::CredentialRecord>> CredentialAt(
    const rules::Exchange& exchange, std::span<const LedgerReplica* const> ledgers,
    const Digest& credential, absl::Time time) {
  CBM_ASSIGN_OR_RETURN(std::optional<v1::CredentialRecord> found,
                       FindIn(exchange, ledgers, credential));
  if (!found.has_value()) {
    return found;
  }
  // By their times, which are those of the acts. What was forged may have one time for two.
  std::map<std::pair<absl::Time, std::string>, const ReplicaRecord*> changes;
  for (const LedgerReplica* const ledger : ledgers) {
    for (const ReplicaRecord* const change : ledger->ChangesOf(credential)) {
      const absl::Time changed = rules::FromTimestamp(change->entry.time());
      if (changed < time) {
        changes.emplace(std::pair(changed, change->entry.act_digest()), change);
      }
    }
  }
  found->clear_suspended();
  found->clear_revoked();
  found->clear_changes();
  for (const auto& [key, change] : changes) {
    if (!rules::ChangeCredential(change->entry, change->act->act, *found).ok()) {
      return absl::DataLossError(
          fmt::format("it is about a credential of which your ledgers contradict each other: "
                      "entry {} of {} suspends, restores or revokes it as the others do not allow",
                      change->entry.ordinal(), change->entry.ledger()));
    }
  }
  return found;
}

}  // namespace cbm
