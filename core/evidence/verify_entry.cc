#include "core/evidence/verify_entry.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "core/base/decimal.h"
#include "core/base/status_macros.h"
#include "core/evidence/origin.h"
#include "core/log/tlog_proof.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr std::string_view kEntryPurpose = "cbm.v1/entry";
constexpr uint32_t kVersion = 1;
constexpr int32_t kNanosMax = 999'999'999;
constexpr int64_t kSecondsMax = 253'402'300'799;  // The last of the year 9999.

absl::Status Doubt(const std::string& text) { return absl::DataLossError(text); }

// What goes before an epoch and a ledger in the name of a ledger's key; empty if it is none.
std::string_view ExchangeIdIn(std::string_view name) {
  const size_t first = name.find('/');
  const std::string_view exchange_id =
      name.substr(0, first == std::string_view::npos ? 0 : name.find('/', first + 1));
  return IsExchangeId(exchange_id) ? exchange_id : std::string_view();
}

// Whether a name is `<exchange id>/<epoch>/<ledger>`.
bool NamesLedger(std::string_view name, std::string_view exchange_id, const LedgerId& ledger) {
  const std::string before = fmt::format("{}/", exchange_id);
  const std::string after = fmt::format("/{}", ledger.text());
  if (name.size() <= before.size() + after.size() || !name.starts_with(before) ||
      !name.ends_with(after)) {
    return false;
  }
  const absl::StatusOr<uint64_t> epoch =
      FromDecimal(name.substr(before.size(), name.size() - before.size() - after.size()));
  return epoch.ok() && *epoch > 0 && *epoch <= std::numeric_limits<uint32_t>::max();
}

}  // namespace

absl::Status CheckEntry(const v1::Entry& entry, std::string_view exchange_id) {
  if (entry.purpose() != kEntryPurpose || entry.version() != kVersion) {
    return Doubt("the entry is not one of cbm.v1, version 1");
  }
  if (entry.exchange_id() != exchange_id) {
    return Doubt("the entry is of another exchange");
  }
  if (entry.role() == v1::ENTRY_ROLE_UNSPECIFIED) {
    return Doubt("the entry does not say why its ledger has it");
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> TimeOfEntry(const v1::Entry& entry) {
  const int64_t seconds = entry.time().seconds();
  const int32_t nanos = entry.time().nanos();
  if (!entry.has_time() || nanos < 0 || nanos > kNanosMax || seconds < 0 || seconds > kSecondsMax) {
    return Doubt("the entry has no time of the years 1970 to 9999");
  }
  return absl::FromUnixSeconds(seconds) + absl::Nanoseconds(nanos);
}

absl::StatusOr<VerifiedEntry> VerifyEntryAlone(std::string bytes, std::string_view proof,
                                               const VerifierKey& key) {
  const std::string_view exchange_id = ExchangeIdIn(key.name);
  if (key.algorithm != NoteAlgorithm::kEd25519 || exchange_id.empty()) {
    return Doubt("the key is not that of a ledger");
  }
  CBM_ASSIGN_OR_RETURN(EncodedEntry entry, EncodedEntry::Read(std::move(bytes)));
  CBM_RETURN_IF_ERROR(CheckEntry(entry.entry, exchange_id));
  CBM_ASSIGN_OR_RETURN(const absl::Time time, TimeOfEntry(entry.entry));
  absl::StatusOr<LedgerId> ledger = LedgerId::Parse(entry.entry.ledger());
  if (!ledger.ok()) {
    return Doubt("the entry names no ledger");
  }
  if (!NamesLedger(key.name, exchange_id, *ledger)) {
    return Doubt("the key is of another ledger than the entry");
  }
  const absl::StatusOr<TlogProof> parsed = ParseTlogProof(proof);
  if (!parsed.ok()) {
    const std::string why(parsed.status().message());
    return Doubt(fmt::format("the proof: {}", why));
  }
  if (!parsed->extra.empty()) {
    return Doubt("the proof carries data that nobody signed");
  }
  if (parsed->index != entry.entry.ordinal()) {
    return Doubt(fmt::format("the proof is for index {}, and the entry has ordinal {}",
                             parsed->index, entry.entry.ordinal()));
  }
  CBM_ASSIGN_OR_RETURN(Checkpoint checkpoint, VerifyTlogProof(proof, entry.leaf_hash, key));
  return VerifiedEntry{.entry = std::move(entry),
                       .time = time,
                       .ledger = *std::move(ledger),
                       .checkpoint = std::move(checkpoint)};
}

}  // namespace cbm
