#include "server/store/store_errors.h"

#include <map>
#include <string>

#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {

absl::Status NoSuchLedger() { return absl::NotFoundError("no such ledger"); }
absl::Status NoSuchContent() { return absl::NotFoundError("no such content"); }
absl::Status NoSuchAct() { return absl::NotFoundError("no such act"); }
absl::Status MissingEntry() { return absl::DataLossError("a ledger lacks an entry"); }
absl::Status AddedBefore() {
  return absl::FailedPreconditionError("the act, or another of its id, was added before");
}
absl::Status Busy() { return absl::UnavailableError("the store is busy: try again"); }

bool IsAuthorsOwn(const v1::Entry& entry) {
  return entry.role() == v1::ENTRY_ROLE_OWN || entry.role() == v1::ENTRY_ROLE_REFUSED;
}

absl::Status CheckAppend(const Batch& batch, const EncodedAct& act,
                         std::span<const EncodedEntry> entries) {
  std::map<LedgerId, uint64_t> added;
  size_t own = 0;
  for (const EncodedEntry& entry : entries) {
    const absl::StatusOr<LedgerId> ledger = LedgerId::Parse(entry.entry.ledger());
    if (!ledger.ok()) {
      return absl::FailedPreconditionError("an entry is of no ledger");
    }
    CBM_ASSIGN_OR_RETURN(const uint64_t next, batch.NextOrdinal(*ledger));
    if (entry.entry.ordinal() != next + added[*ledger]++) {
      return absl::FailedPreconditionError(
          fmt::format("an entry has ordinal {}; its ledger's next is {}", entry.entry.ordinal(),
                      next + added[*ledger] - 1));
    }
    if (entry.entry.act_digest() != BytesOf(act.digest)) {
      return absl::FailedPreconditionError("an entry is of another act");
    }
    own += IsAuthorsOwn(entry.entry) ? 1U : 0U;
  }
  if (own != 1) {
    return absl::FailedPreconditionError("an act has one entry of its author");
  }
  CBM_ASSIGN_OR_RETURN(
      const std::optional<ActPlace> before,
      batch.FindAct(
          {.party = act.act.party(), .office = act.act.office(), .act_id = act.act.act_id()}));
  return before.has_value() ? AddedBefore() : absl::OkStatus();
}

size_t BytesOfRecord(const v1::LedgerRecord& record) { return record.ByteSizeLong(); }

}  // namespace cbm
