#include "server/store/sqlite_batch.h"

#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/facts.h"
#include "core/rules/projection.h"
#include "server/store/schema.h"
#include "server/store/sqlite_snapshot.h"
#include "server/store/store_errors.h"

namespace cbm {
namespace {

// With more than that written, nothing is kept in the cache: it would fill with contents, which no
// batch reads.
constexpr size_t kCachedContentBytesMax = size_t{256} << 10;

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteBatch>> SqliteBatch::Begin(const rules::Exchange& exchange,
                                                                Connection& writer,
                                                                EdgeCache& edges,
                                                                std::function<void()> on_end) {
  std::unique_ptr<SqliteBatch> batch(new SqliteBatch(exchange, writer, edges, std::move(on_end)));
  CBM_RETURN_IF_ERROR(Query(writer, "BEGIN IMMEDIATE").Run());
  CBM_RETURN_IF_ERROR(batch->ReadLastTime());
  return batch;
}

SqliteBatch::~SqliteBatch() {
  if (sqlite3_get_autocommit(writer_.handle()) == 0) {
    Query(writer_, "ROLLBACK").Run().IgnoreError();
  }
  on_end_();
}

absl::Status SqliteBatch::ReadLastTime() {
  Query query(writer_, "SELECT time FROM act ORDER BY id DESC LIMIT 1");
  CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
  if (found) {
    last_time_ = absl::FromUnixMicros(query.Integer(0));
    return absl::OkStatus();
  }
  Query genesis(writer_, "SELECT CAST(value AS INTEGER) FROM meta WHERE name = ?");
  genesis.BindText(kMetaTime);
  CBM_ASSIGN_OR_RETURN(const bool founded, genesis.Next());
  if (founded) {
    last_time_ = absl::FromUnixMicros(genesis.Integer(0));
  }
  return absl::OkStatus();
}

absl::Status SqliteBatch::AppendFoundation(const Foundation& foundation) {
  if (!foundation.entries.empty()) {
    CBM_ASSIGN_OR_RETURN(const std::vector<Placed> placed, PlaceEntries(foundation.entries));
    CBM_RETURN_IF_ERROR(AddEntries(kNoAct, placed));
    for (const Placed& one : placed) {
      CBM_RETURN_IF_ERROR(GrowLedger(one, nullptr));
    }
  }
  RowFactTable registry(writer_, kRegistry);
  changed_registry_ = true;
  return rules::ProjectGenesis(foundation.exchange, registry);
}

absl::StatusOr<std::unique_ptr<const rules::View>> SqliteBatch::ViewOf(
    const LedgerId& ledger) const {
  return SqliteSnapshot::Create(exchange_, writer_, edges_, ledger, [] {});
}

absl::StatusOr<std::optional<ActPlace>> SqliteBatch::FindAct(const ActName& name) const {
  return FindActPlace(writer_, name);
}

absl::StatusOr<EncodedEntry> SqliteBatch::ReadEntry(const LedgerId& ledger,
                                                    uint64_t ordinal) const {
  CBM_ASSIGN_OR_RETURN(const int64_t number, NumberOf(ledger));
  return ReadEntryRow(writer_, number, ordinal);
}

absl::StatusOr<uint64_t> SqliteBatch::NextOrdinal(const LedgerId& ledger) const {
  CBM_ASSIGN_OR_RETURN(const int64_t number, NumberOf(ledger));
  const auto grown = grown_.find(number);
  if (grown != grown_.end()) {
    return grown->second.edge->size();
  }
  return CountEntries(writer_, number);
}

absl::Status SqliteBatch::Append(const EncodedAct& act, std::span<const NamedContent> contents,
                                 std::span<const EncodedEntry> entries) {
  CBM_RETURN_IF_ERROR(broken_);
  CBM_RETURN_IF_ERROR(CheckAppend(*this, act, entries));
  CBM_ASSIGN_OR_RETURN(const std::optional<int64_t> before, FindActNumber(writer_, act.digest));
  if (before.has_value()) {
    return AddedBefore();
  }
  if (contents.size() > static_cast<size_t>(kContentsOfAct)) {
    return absl::FailedPreconditionError("an act has more contents than it may");
  }
  broken_ = Add(act, contents, entries);
  return broken_;
}

absl::Status SqliteBatch::Add(const EncodedAct& act, std::span<const NamedContent> contents,
                              std::span<const EncodedEntry> entries) {
  CBM_ASSIGN_OR_RETURN(const std::vector<Placed> placed, PlaceEntries(entries));
  CBM_ASSIGN_OR_RETURN(const int64_t act_number, AddAct(act, placed));
  CBM_RETURN_IF_ERROR(AddEntries(act_number, placed));
  CBM_RETURN_IF_ERROR(AddContents(act_number, contents));
  for (const Placed& one : placed) {
    CBM_RETURN_IF_ERROR(GrowLedger(one, &act.act));
    if (one.entry->entry.role() == v1::ENTRY_ROLE_OWN) {
      RowFactTable registry(writer_, kRegistry);
      const int before = sqlite3_total_changes(writer_.handle());
      CBM_RETURN_IF_ERROR(rules::ProjectRegistry(exchange_, one.entry->entry, act.act, registry));
      changed_registry_ |= sqlite3_total_changes(writer_.handle()) != before;
    }
    last_time_ = std::max(last_time_, rules::FromTimestamp(one.entry->entry.time()));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<SqliteBatch::Placed>> SqliteBatch::PlaceEntries(
    std::span<const EncodedEntry> entries) {
  std::vector<Placed> placed;
  placed.reserve(entries.size());
  for (const EncodedEntry& entry : entries) {
    CBM_ASSIGN_OR_RETURN(const LedgerId ledger, LedgerId::Parse(entry.entry.ledger()));
    CBM_ASSIGN_OR_RETURN(const int64_t number, MakeNumber(ledger));
    placed.push_back({.entry = &entry,
                      .place = {.ledger = number, .ordinal = entry.entry.ordinal()},
                      .beginning = KeepBeginning(exchange_.id(), ledger)});
  }
  return placed;
}

absl::Status SqliteBatch::AddEntries(int64_t act, const std::vector<Placed>& placed) {
  std::vector<PlacedEntry> entries;
  entries.reserve(placed.size());
  for (const Placed& one : placed) {
    const PlacedEntry entry{
        .place = one.place, .beginning = one.beginning, .bytes = one.entry->bytes};
    entries.insert(IsAuthorsOwn(one.entry->entry) ? entries.begin() : entries.end(), entry);
    CBM_RETURN_IF_ERROR(Query(writer_, "INSERT INTO entry(ledger, ordinal, act) VALUES(?, ?, ?)")
                            .Bind(one.place.ledger)
                            .Bind(one.place.ordinal)
                            .Bind(act)
                            .Run());
  }
  CBM_ASSIGN_OR_RETURN(const std::string kept, KeepEntries(entries));
  return Query(writer_, "INSERT INTO act_entries(act, bytes) VALUES(?, ?)")
      .Bind(act)
      .Bind(kept)
      .Run();
}

absl::StatusOr<int64_t> SqliteBatch::AddAct(const EncodedAct& act,
                                            const std::vector<Placed>& placed) {
  absl::Time time = absl::InfinitePast();
  for (const Placed& one : placed) {
    if (IsAuthorsOwn(one.entry->entry)) {
      time = rules::FromTimestamp(one.entry->entry.time());
    }
  }
  CBM_RETURN_IF_ERROR(Query(writer_, "INSERT INTO act(time, bytes, signature) VALUES(?, ?, ?)")
                          .Bind(absl::ToUnixMicros(time))
                          .Bind(act.bytes)
                          .Bind(act.signature)
                          .Run());
  const int64_t number = sqlite3_last_insert_rowid(writer_.handle());
  CBM_RETURN_IF_ERROR(Query(writer_, "INSERT INTO act_digest(digest, act) VALUES(?, ?)")
                          .Bind(BytesOf(act.digest))
                          .Bind(number)
                          .Run());
  const std::string name =
      NameKey({.party = act.act.party(), .office = act.act.office(), .act_id = act.act.act_id()});
  CBM_RETURN_IF_ERROR(
      Query(writer_, "INSERT INTO act_name(name, act) VALUES(?, ?)").Bind(name).Bind(number).Run());
  return number;
}

absl::Status SqliteBatch::AddContents(int64_t act, std::span<const NamedContent> contents) {
  int64_t id = act * kContentsOfAct;
  for (const NamedContent& content : contents) {
    const std::string bytes = content.content.SerializeAsString();
    content_bytes_ += bytes.size();
    CBM_RETURN_IF_ERROR(Query(writer_, "INSERT INTO content(id, digest, bytes) VALUES(?, ?, ?)")
                            .Bind(id++)
                            .Bind(BytesOf(content.digest))
                            .Bind(bytes)
                            .Run());
  }
  return absl::OkStatus();
}

absl::Status SqliteBatch::GrowLedger(const Placed& placed, const v1::Act* act) {
  const EncodedEntry& entry = *placed.entry;
  CBM_RETURN_IF_ERROR(GrowTree(placed.place.ledger, entry));
  RowFactTable facts(writer_, placed.place.ledger);
  return rules::Project(exchange_, entry.entry, entry.entry.has_summary() ? nullptr : act, facts);
}

absl::Status SqliteBatch::GrowTree(int64_t ledger, const EncodedEntry& entry) {
  auto grown = grown_.find(ledger);
  if (grown == grown_.end()) {
    // The tree without the entry that was just written.
    std::shared_ptr<const TreeEdge> kept = edges_.Find(ledger, entry.entry.ordinal());
    RowTiles rows(writer_, ledger);
    CBM_ASSIGN_OR_RETURN(TreeEdge edge, kept != nullptr
                                            ? absl::StatusOr<TreeEdge>(*kept)
                                            : TreeEdge::Load(rows, entry.entry.ordinal()));
    CBM_ASSIGN_OR_RETURN(LedgerId id, LedgerId::Parse(entry.entry.ledger()));
    grown = grown_
                .emplace(ledger, Grown{.ledger = std::move(id),
                                       .edge = std::make_shared<TreeEdge>(std::move(edge))})
                .first;
  } else if (grown->second.edge.use_count() > 1) {
    // Somebody reads the tree as it was.
    grown->second.edge = std::make_shared<TreeEdge>(*grown->second.edge);
  }
  for (const Tile& tile : grown->second.edge->Grow(std::span(&entry.leaf_hash, 1))) {
    CBM_RETURN_IF_ERROR(PutTile(writer_, ledger, tile));
  }
  return absl::OkStatus();
}

absl::Status SqliteBatch::CutContents(const LedgerId& ledger, const Digest& act) {
  CBM_RETURN_IF_ERROR(broken_);
  CBM_ASSIGN_OR_RETURN(const std::optional<int64_t> act_number, FindActNumber(writer_, act));
  if (!act_number.has_value()) {
    return NoSuchAct();
  }
  CBM_ASSIGN_OR_RETURN(const int64_t number, MakeNumber(ledger));
  return Query(writer_, "INSERT OR IGNORE INTO cut(ledger, act) VALUES(?, ?)")
      .Bind(number)
      .Bind(*act_number)
      .Run();
}

absl::Status SqliteBatch::EraseContents(const Digest& act) {
  CBM_RETURN_IF_ERROR(broken_);
  CBM_ASSIGN_OR_RETURN(const std::optional<int64_t> act_number, FindActNumber(writer_, act));
  if (!act_number.has_value()) {
    return NoSuchAct();
  }
  return Query(writer_, "UPDATE content SET bytes = NULL WHERE id >= ? AND id < ?")
      .Bind(*act_number * kContentsOfAct)
      .Bind((*act_number + 1) * kContentsOfAct)
      .Run();
}

absl::StatusOr<TreeHead> SqliteBatch::Head(const LedgerId& ledger) const {
  CBM_ASSIGN_OR_RETURN(const int64_t number, NumberOf(ledger));
  CBM_ASSIGN_OR_RETURN(const std::shared_ptr<const TreeEdge> edge, EdgeOf(number));
  return edge->Head();
}

absl::StatusOr<std::unique_ptr<TileSource>> SqliteBatch::Tiles(const LedgerId& ledger) const {
  CBM_ASSIGN_OR_RETURN(const int64_t number, NumberOf(ledger));
  CBM_ASSIGN_OR_RETURN(std::shared_ptr<const TreeEdge> edge, EdgeOf(number));
  return std::make_unique<LedgerTiles>(writer_, number, std::move(edge));
}

absl::StatusOr<LedgerHeads> SqliteBatch::Commit() {
  CBM_RETURN_IF_ERROR(broken_);
  LedgerHeads heads;
  for (const auto& [number, grown] : grown_) {
    heads.emplace(grown.ledger, grown.edge->Head());
  }
  if (changed_registry_) {
    CBM_RETURN_IF_ERROR(WriteRegistrySize(writer_));
  }
  CBM_RETURN_IF_ERROR(Query(writer_, "COMMIT").Run());
  if (content_bytes_ > kCachedContentBytesMax) {
    writer_.EmptyCache();
  }
  for (auto& [number, grown] : grown_) {
    edges_.Put(number, std::move(grown.edge));
  }
  return heads;
}

absl::StatusOr<int64_t> SqliteBatch::NumberOf(const LedgerId& ledger) const {
  const auto found = numbers_.find(ledger);
  if (found != numbers_.end()) {
    return found->second;
  }
  CBM_ASSIGN_OR_RETURN(const int64_t number, FindLedgerNumber(writer_, ledger));
  if (number != kNoLedger) {
    numbers_.emplace(ledger, number);
  }
  return number;
}

absl::StatusOr<int64_t> SqliteBatch::MakeNumber(const LedgerId& ledger) {
  CBM_ASSIGN_OR_RETURN(int64_t number, NumberOf(ledger));
  if (number == kNoLedger) {
    const std::string beginning = KeepBeginning(exchange_.id(), ledger);
    CBM_RETURN_IF_ERROR(Query(writer_, "INSERT INTO ledger(name, beginning) VALUES(?, ?)")
                            .BindText(ledger.text())
                            .Bind(beginning)
                            .Run());
    number = sqlite3_last_insert_rowid(writer_.handle());
    numbers_.emplace(ledger, number);
  }
  return number;
}

absl::StatusOr<std::shared_ptr<const TreeEdge>> SqliteBatch::EdgeOf(int64_t ledger) const {
  const auto grown = grown_.find(ledger);
  if (grown != grown_.end()) {
    return grown->second.edge;
  }
  return ReadEdge(writer_, ledger, edges_);
}

}  // namespace cbm
