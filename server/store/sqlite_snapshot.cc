#include "server/store/sqlite_snapshot.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "server/store/store_errors.h"

namespace cbm {
namespace {

// The entries of a ledger from an ordinal on, with the act of each, and one row for each of its
// contents, at least one.
constexpr const char* kRecords = R"sql(
SELECT entry.ordinal, act_entries.bytes, entry.act, act.bytes, act.signature, content.id,
       content.digest,
       EXISTS(SELECT 1 FROM cut WHERE cut.ledger = entry.ledger AND cut.act = entry.act)
FROM entry
LEFT JOIN act_entries ON act_entries.act = entry.act
LEFT JOIN act ON act.id = entry.act
LEFT JOIN content ON content.id >= entry.act * 32 AND content.id < entry.act * 32 + 32
WHERE entry.ledger = ? AND entry.ordinal >= ? ORDER BY entry.ordinal, content.id
)sql";
static_assert(kContentsOfAct == 32);
enum : int { kOrdinal, kEntries, kAct, kActBytes, kSignature, kContentId, kContentDigest, kCut };

// The record that begins in the query's row; the query goes on to the next, and `found` says
// whether there is one.
absl::StatusOr<v1::LedgerRecord> ReadRecord(Query& query, int64_t ledger,
                                            std::string_view beginning, bool& found) {
  v1::LedgerRecord record;
  CBM_ASSIGN_OR_RETURN(*record.mutable_entry(),
                       EntryAt(query.Blob(kEntries),
                               {.ledger = ledger, .ordinal = query.Unsigned(kOrdinal)}, beginning));
  const bool has_act = query.Integer(kAct) != kNoAct;
  if (has_act && !HasField(record.entry(), v1::Entry::kSummaryFieldNumber)) {
    if (query.IsNull(kActBytes)) {
      return absl::DataLossError("an act is missing");
    }
    record.set_act(std::string(query.Blob(kActBytes)));
    record.set_signature(std::string(query.Blob(kSignature)));
  }
  const bool gives = has_act && query.Integer(kCut) == 0 &&
                     HasField(record.entry(), v1::Entry::kGivenDigestFieldNumber);
  const int64_t ordinal = query.Integer(kOrdinal);
  do {
    if (gives && !query.IsNull(kContentId)) {
      if (query.Blob(kContentDigest).size() != kDigestBytes) {
        return absl::DataLossError("a content has no digest");
      }
      record.add_given(std::string(query.Blob(kContentDigest)));
    }
    CBM_ASSIGN_OR_RETURN(found, query.Next());
  } while (found && query.Integer(kOrdinal) == ordinal);
  return record;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteSnapshot>> SqliteSnapshot::Create(
    const rules::Exchange& exchange, Connection& connection, EdgeCache& edges, const LedgerId& own,
    std::function<void()> on_end) {
  std::unique_ptr<SqliteSnapshot> snapshot(
      new SqliteSnapshot(exchange, connection, edges, own, std::move(on_end)));
  CBM_RETURN_IF_ERROR(snapshot->Reach(own));
  for (const LedgerId& all : exchange.AllLedgersOf(own)) {
    CBM_RETURN_IF_ERROR(snapshot->Reach(all));
  }
  return snapshot;
}

absl::Status SqliteSnapshot::Reach(const LedgerId& ledger) {
  CBM_ASSIGN_OR_RETURN(const int64_t number, FindLedgerNumber(connection_, ledger));
  ledgers_.try_emplace(ledger, connection_, number);
  return absl::OkStatus();
}

const rules::LedgerView* SqliteSnapshot::All(std::string_view framework) const {
  const LedgerId id = LedgerId::All(framework);
  const auto found = ledgers_.find(id);
  return found == ledgers_.end() || id == own_id_ ? nullptr : &found->second;
}

absl::StatusOr<int64_t> SqliteSnapshot::NumberOf(const LedgerId& ledger) const {
  const auto found = ledgers_.find(ledger);
  if (found == ledgers_.end()) {
    return NoSuchLedger();
  }
  return found->second.number();
}

absl::StatusOr<TreeHead> SqliteSnapshot::Head(const LedgerId& ledger) const {
  CBM_ASSIGN_OR_RETURN(const int64_t number, NumberOf(ledger));
  CBM_ASSIGN_OR_RETURN(const std::shared_ptr<const TreeEdge> edge,
                       ReadEdge(connection_, number, edges_));
  return edge->Head();
}

absl::StatusOr<std::unique_ptr<TileSource>> SqliteSnapshot::Tiles(const LedgerId& ledger) const {
  CBM_ASSIGN_OR_RETURN(const int64_t number, NumberOf(ledger));
  CBM_ASSIGN_OR_RETURN(std::shared_ptr<const TreeEdge> edge, ReadEdge(connection_, number, edges_));
  return std::make_unique<LedgerTiles>(connection_, number, std::move(edge));
}

absl::StatusOr<std::vector<v1::LedgerRecord>> SqliteSnapshot::Records(const LedgerId& ledger,
                                                                      uint64_t from, size_t limit,
                                                                      size_t bytes_max) const {
  CBM_ASSIGN_OR_RETURN(const int64_t number, NumberOf(ledger));
  constexpr size_t kUsualRecords = 64;
  std::vector<v1::LedgerRecord> records;
  records.reserve(std::min(limit, kUsualRecords));
  if (number == kNoLedger || from > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return records;
  }
  CBM_ASSIGN_OR_RETURN(const std::string beginning, ReadBeginning(connection_, number));
  Query query(connection_, kRecords);
  query.Bind(number).Bind(from);
  CBM_ASSIGN_OR_RETURN(bool found, query.Next());
  size_t bytes = 0;
  while (found && records.size() < limit) {
    CBM_ASSIGN_OR_RETURN(v1::LedgerRecord record, ReadRecord(query, number, beginning, found));
    bytes += BytesOfRecord(record);
    if (!records.empty() && bytes > bytes_max) {
      break;
    }
    records.push_back(std::move(record));
  }
  return records;
}

absl::StatusOr<v1::Content> SqliteSnapshot::ReadContent(const LedgerId& ledger, const Digest& act,
                                                        const Digest& content) const {
  CBM_ASSIGN_OR_RETURN(const int64_t number, NumberOf(ledger));
  CBM_ASSIGN_OR_RETURN(const std::optional<int64_t> act_number, FindActNumber(connection_, act));
  if (!act_number.has_value()) {
    return NoSuchContent();
  }
  CBM_ASSIGN_OR_RETURN(const std::vector<Place> places, ReadPlaces(connection_, *act_number));
  bool given = false;
  for (const Place& place : places) {
    if (place.ledger == number) {
      CBM_ASSIGN_OR_RETURN(const EncodedEntry entry,
                           ReadEntryRow(connection_, number, place.ordinal));
      given = given || !entry.entry.given_digest().empty();
    }
  }
  CBM_ASSIGN_OR_RETURN(const bool cut, IsCut(connection_, number, *act_number));
  if (!given || cut) {
    return NoSuchContent();
  }
  Query query(
      connection_,
      "SELECT bytes FROM content WHERE id >= ? AND id < ? AND digest = ? AND bytes NOT NULL");
  query.Bind(*act_number * kContentsOfAct)
      .Bind((*act_number + 1) * kContentsOfAct)
      .Bind(BytesOf(content));
  CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) {
    return NoSuchContent();
  }
  const std::string_view bytes = query.Blob(0);
  v1::Content read;
  if (!read.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError("a stored content cannot be read");
  }
  return read;
}

absl::StatusOr<std::optional<ActPlace>> SqliteSnapshot::FindAct(const ActName& name) const {
  CBM_ASSIGN_OR_RETURN(std::optional<ActPlace> place, FindActPlace(connection_, name));
  if (place.has_value() && ledgers_.count(place->ledger) == 0) {
    return std::nullopt;
  }
  return place;
}

}  // namespace cbm
