#include "client/credential_at.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/rules/credentials.h"
#include "core/rules/directory_projection.h"
#include "core/rules/facts.h"
#include "fmt/format.h"

namespace cbm {
namespace {

bool IsRegisteredBy(const v1::CredentialRecord& record, const std::string& act,
                    const google::protobuf::Timestamp& time) {
  return record.registered_by() == act &&
         rules::FromTimestamp(record.registered()) == rules::FromTimestamp(time);
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
    if (found.has_value() &&
        !IsRegisteredBy(*found, record->registered_by(), record->registered())) {
      return absl::DataLossError(
          fmt::format("it is about a credential that {} and another of your ledgers register by "
                      "different acts",
                      ledger->id().text()));
    }
    found = std::move(record);
  }
  return found;
}

// Whether one of the ledgers has the registration of an entry.
absl::StatusOr<bool> HaveRegistration(const rules::Exchange& exchange,
                                      std::span<const LedgerReplica* const> ledgers,
                                      const Digest& credential, const v1::Entry& entry) {
  CBM_ASSIGN_OR_RETURN(const std::optional<v1::CredentialRecord> known,
                       FindIn(exchange, ledgers, credential));
  if (!known.has_value()) {
    return false;
  }
  return IsRegisteredBy(*known, entry.act_digest(), entry.time())
             ? absl::StatusOr<bool>(true)
             : absl::DataLossError(
                   "it registers a certificate that another of your ledgers registers by another "
                   "act");
}

// Whether an office that a ledger has may be enrolled anew at `time`, as one of a type.
absl::Status CheckEnrolledAnew(const rules::Exchange& exchange,
                               std::span<const LedgerReplica* const> ledgers,
                               const v1::OfficeRecord& office, v1::OfficeType type,
                               absl::Time time) {
  if (office.type() != type) {
    return absl::DataLossError(
        "it enrols an office that another of your ledgers has as one of another type");
  }
  for (const v1::CredentialRecord& listed : office.credentials()) {
    CBM_ASSIGN_OR_RETURN(const Digest credential, DigestFrom(listed.credential()));
    CBM_ASSIGN_OR_RETURN(const std::optional<v1::CredentialRecord> before,
                         CredentialAt(exchange, ledgers, credential, time));
    if (before.has_value() && rules::IsInUse(*before, time)) {
      return absl::DataLossError(
          "it enrols an office of which another of your ledgers has a credential in use");
    }
  }
  return absl::OkStatus();
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

absl::Status CheckBeside(const rules::Exchange& exchange, const LedgerReplica& ledger,
                         std::span<const LedgerReplica* const> others) {
  const ReplicaRecord& last = ledger.records().back();
  if (!last.act.has_value()) {
    return absl::OkStatus();
  }
  const v1::Entry& entry = last.entry;
  const v1::Act& act = last.act->act;
  const std::string& certificate = rules::CertificateRegisteredBy(act);
  if (certificate.empty() || entry.role() == v1::ENTRY_ROLE_REFUSED) {
    return absl::OkStatus();
  }
  CBM_ASSIGN_OR_RETURN(const bool known,
                       HaveRegistration(exchange, others, Sha256(certificate), entry));
  if (known || !act.has_enrol()) {
    return absl::OkStatus();
  }
  const v1::Enrol& enrol = act.enrol();
  std::vector<const LedgerReplica*> all(others.begin(), others.end());
  all.push_back(&ledger);
  for (const LedgerReplica* const other : others) {
    CBM_ASSIGN_OR_RETURN(
        const std::optional<v1::OfficeRecord> office,
        rules::FindRecord<v1::OfficeRecord>(static_cast<const rules::LedgerView&>(*other),
                                            rules::OfficeKey(enrol.party(), enrol.office())));
    if (office.has_value()) {
      CBM_RETURN_IF_ERROR(CheckEnrolledAnew(exchange, all, *office, enrol.type(),
                                            rules::FromTimestamp(entry.time())));
    }
  }
  return absl::OkStatus();
}

}  // namespace cbm
