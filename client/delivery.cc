#include "client/delivery.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "client/exit_code.h"
#include "client/output/text.h"
#include "core/base/status_macros.h"
#include "core/evidence/verify.h"
#include "core/rules/facts.h"
#include "fmt/format.h"

namespace cbm {
namespace {

bool SaysDelivered(const v1::Entry& own, std::string_view reader) {
  return std::any_of(own.delivered().begin(), own.delivered().end(),
                     [reader](const auto& delivered) { return delivered.party() == reader; });
}

absl::StatusOr<std::optional<FoundEntry>> FindIn(const LedgerReplica& ledger,
                                                 const v1::Entry& own) {
  for (const ReplicaRecord& record : ledger.records()) {
    if (record.entry.act_digest() == own.act_digest()) {
      CBM_ASSIGN_OR_RETURN(const EncodedEntry entry, EncodedEntry::Read(record.record.entry()));
      if (VerifyDelivered(own, entry).ok()) {
        return FoundEntry{.ledger = &ledger, .ordinal = record.entry.ordinal()};
      }
    }
  }
  return std::optional<FoundEntry>();
}

absl::Status NotIn(const LedgerReplica& ledger, const v1::Entry& own) {
  const absl::Time taken = rules::FromTimestamp(own.time());
  const absl::Time last = ledger.records().empty()
                              ? absl::InfinitePast()
                              : rules::FromTimestamp(ledger.records().back().entry.time());
  if (last < taken) {
    return HereError(
        fmt::format("this machine's copy of {} ends before the act was taken ({}): bring it up to "
                    "date with cbm inbox, and verify again; if it is not there then, it was not "
                    "delivered",
                    ledger.id().text(), FormatUtc(taken)));
  }
  return absl::DataLossError(
      fmt::format("{} does not have the entry that the author was told of, and goes on to {}: the "
                  "exchange did not deliver the act. Keep the receipt, and this profile's folder: "
                  "together they prove it",
                  ledger.id().text(), FormatUtc(last)));
}

}  // namespace

absl::StatusOr<std::vector<FoundEntry>> FindDelivered(const Replica& replica,
                                                      const v1::Entry& own) {
  if (own.role() != v1::ENTRY_ROLE_OWN) {
    return absl::DataLossError(
        "the receipt is not the author's, who alone is told of deliveries: ask the author for it");
  }
  std::vector<FoundEntry> all;
  for (const LedgerReplica* const ledger : replica.Ledgers()) {
    const std::string_view reader = ledger->id().delivered_name();
    if (reader.empty() || !SaysDelivered(own, reader)) {
      continue;
    }
    CBM_ASSIGN_OR_RETURN(const std::optional<FoundEntry> found, FindIn(*ledger, own));
    if (!found.has_value()) {
      return NotIn(*ledger, own);
    }
    all.push_back(*found);
  }
  if (all.empty()) {
    return absl::DataLossError(
        "the author's entry does not say that the act was delivered to a ledger of yours");
  }
  return all;
}

}  // namespace cbm
