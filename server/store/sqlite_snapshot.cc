#include "server/store/sqlite_snapshot.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/status_macros.h"
#include "server/store/store_errors.h"

namespace cbm {

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
  std::vector<v1::LedgerRecord> records;
  if (from > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return records;
  }
  Query query(connection_,
              "SELECT bytes, act FROM entry WHERE ledger = ? AND ordinal >= ? ORDER BY ordinal");
  query.Bind(number).Bind(from);
  size_t bytes = 0;
  while (records.size() < limit) {
    CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) {
      break;
    }
    v1::LedgerRecord record;
    record.set_entry(std::string(query.Blob(0)));
    if (!query.IsNull(1)) {
      v1::Entry entry;
      if (!entry.ParseFromString(record.entry())) {
        return absl::DataLossError("a stored entry cannot be read");
      }
      CBM_RETURN_IF_ERROR(AddWhatIsGiven(number, query.Integer(1), entry, record));
    }
    bytes += BytesOfRecord(record);
    if (!records.empty() && bytes > bytes_max) {
      break;
    }
    records.push_back(std::move(record));
  }
  return records;
}

absl::Status SqliteSnapshot::AddWhatIsGiven(int64_t ledger, int64_t act, const v1::Entry& entry,
                                            v1::LedgerRecord& record) const {
  if (!entry.has_summary()) {
    Query query(connection_, "SELECT bytes, signature FROM act WHERE id = ?");
    query.Bind(act);
    CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) {
      return absl::DataLossError("an act is missing");
    }
    record.set_act(std::string(query.Blob(0)));
    record.set_signature(std::string(query.Blob(1)));
  }
  if (entry.given_digest().empty()) {
    return absl::OkStatus();
  }
  CBM_ASSIGN_OR_RETURN(const bool cut, IsCut(connection_, ledger, act));
  if (!cut) {
    CBM_ASSIGN_OR_RETURN(const std::vector<Digest> digests, ReadContentDigests(connection_, act));
    for (const Digest& digest : digests) {
      record.add_given(std::string(BytesOf(digest)));
    }
  }
  return absl::OkStatus();
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
