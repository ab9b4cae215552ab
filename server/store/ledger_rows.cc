#include "server/store/ledger_rows.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/status_macros.h"
#include "core/log/merkle_hash.h"
#include "fmt/format.h"
#include "server/store/fact_range.h"
#include "server/store/kept_facts.h"
#include "server/store/schema.h"
#include "server/store/store_errors.h"

namespace cbm {
namespace {

constexpr size_t kNameTimeBytes = 6;
constexpr size_t kNameDigestBytes = 16;

int64_t ToLimit(size_t limit) {
  return static_cast<int64_t>(
      std::min<size_t>(limit, static_cast<size_t>(std::numeric_limits<int64_t>::max())));
}

}  // namespace

absl::StatusOr<int64_t> FindLedgerNumber(Connection& connection, const LedgerId& ledger) {
  Query query(connection, "SELECT id FROM ledger WHERE name = ?");
  query.BindText(ledger.text());
  CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? query.Integer(0) : kNoLedger;
}

absl::StatusOr<LedgerId> LedgerOfNumber(Connection& connection, int64_t number) {
  Query query(connection, "SELECT CAST(name AS BLOB) FROM ledger WHERE id = ?");
  query.Bind(number);
  CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
  absl::StatusOr<LedgerId> ledger = LedgerId::Parse(found ? query.Blob(0) : std::string_view());
  return ledger.ok() ? ledger : absl::DataLossError("a ledger has no name");
}

absl::StatusOr<std::string> ReadBeginning(Connection& connection, int64_t ledger) {
  Query query(connection, "SELECT beginning FROM ledger WHERE id = ?");
  query.Bind(ledger);
  CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? std::string(query.Blob(0))
               : absl::StatusOr<std::string>(absl::DataLossError("a ledger has no name"));
}

absl::StatusOr<uint64_t> CountEntries(Connection& connection, int64_t ledger) {
  Query query(connection, "SELECT max(ordinal) FROM entry WHERE ledger = ?");
  query.Bind(ledger);
  CBM_RETURN_IF_ERROR(query.Next().status());
  return query.IsNull(0) ? uint64_t{0} : query.Unsigned(0) + 1;
}

absl::StatusOr<std::optional<int64_t>> FindActNumber(Connection& connection, const Digest& act) {
  Query query(connection, "SELECT act FROM act_digest WHERE digest = ?");
  query.Bind(BytesOf(act));
  CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? std::optional(query.Integer(0)) : std::nullopt;
}

absl::StatusOr<std::vector<Place>> ReadPlaces(Connection& connection, int64_t act) {
  Query query(connection, "SELECT bytes FROM act_entries WHERE act = ?");
  query.Bind(act);
  CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) {
    return absl::DataLossError("the entries of an act are missing");
  }
  return PlacesOf(query.Blob(0));
}

std::string NameKey(const ActName& name) {
  constexpr std::string_view kEnd("\0", 1);  // No party or office has it.
  const Digest digest = Sha256({name.party, kEnd, name.office, kEnd, name.act_id});
  // An act id begins with its time (RFC 9562, section 5.7): what is taken together lies together.
  std::string key(name.act_id.substr(0, kNameTimeBytes));
  key += BytesOf(digest).substr(0, kNameDigestBytes);
  return key;
}

absl::StatusOr<std::optional<ActPlace>> FindActPlace(Connection& connection, const ActName& name) {
  const std::string key = NameKey(name);
  Query query(connection,
              "SELECT act_entries.bytes, act.bytes FROM act_name JOIN act ON act.id = act_name.act "
              "LEFT JOIN act_entries ON act_entries.act = act.id WHERE act_name.name = ?");
  query.Bind(key);
  CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) {
    return std::nullopt;
  }
  CBM_ASSIGN_OR_RETURN(const std::vector<Place> places, PlacesOf(query.Blob(0)));
  CBM_ASSIGN_OR_RETURN(LedgerId ledger, LedgerOfNumber(connection, places.front().ledger));
  return ActPlace{.ledger = std::move(ledger),
                  .ordinal = places.front().ordinal,
                  .act_digest = Sha256(query.Blob(1))};
}

absl::StatusOr<EncodedEntry> ReadEntryRow(Connection& connection, int64_t ledger,
                                          uint64_t ordinal) {
  Query query(connection,
              "SELECT act_entries.bytes, ledger.beginning FROM entry "
              "LEFT JOIN act_entries ON act_entries.act = entry.act "
              "LEFT JOIN ledger ON ledger.id = entry.ledger "
              "WHERE entry.ledger = ? AND entry.ordinal = ?");
  query.Bind(ledger).Bind(ordinal);
  CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) {
    return MissingEntry();
  }
  CBM_ASSIGN_OR_RETURN(
      std::string bytes,
      EntryAt(query.Blob(0), {.ledger = ledger, .ordinal = ordinal}, query.Blob(1)));
  return EncodedEntry::Read(std::move(bytes));
}

absl::StatusOr<std::vector<Digest>> ReadContentDigests(Connection& connection, int64_t act) {
  Query query(connection, "SELECT digest FROM content WHERE id >= ? AND id < ? ORDER BY id");
  query.Bind(act * kContentsOfAct).Bind((act + 1) * kContentsOfAct);
  std::vector<Digest> digests;
  while (true) {
    CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) {
      return digests;
    }
    const absl::StatusOr<Digest> digest = DigestFrom(query.Blob(0));
    if (!digest.ok()) {
      return absl::DataLossError("a content has no digest");
    }
    digests.push_back(*digest);
  }
}

absl::StatusOr<bool> IsCut(Connection& connection, int64_t ledger, int64_t act) {
  Query query(connection, "SELECT 1 FROM cut WHERE ledger = ? AND act = ?");
  query.Bind(ledger).Bind(act);
  return query.Next();
}

absl::Status PutTile(Connection& connection, int64_t ledger, const Tile& tile) {
  Query query(connection,
              "INSERT OR REPLACE INTO tile(ledger, level, number, hashes) VALUES(?, ?, ?, ?)");
  return query.Bind(ledger)
      .Bind(uint64_t{tile.id.level})
      .Bind(tile.id.index)
      .Bind(tile.hashes)
      .Run();
}

absl::StatusOr<std::string> RowTiles::ReadTile(TileId tile) {
  Query query(connection_, "SELECT hashes FROM tile WHERE ledger = ? AND level = ? AND number = ?");
  query.Bind(ledger_).Bind(uint64_t{tile.level}).Bind(tile.index);
  CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) {
    return absl::NotFoundError("no such tile");
  }
  return std::string(query.Blob(0));
}

absl::StatusOr<std::string> RowTiles::ReadLeafHashes(uint64_t from, unsigned count) {
  Query query(connection_,
              "SELECT entry.ordinal, act_entries.bytes, ledger.beginning FROM entry "
              "LEFT JOIN act_entries ON act_entries.act = entry.act "
              "LEFT JOIN ledger ON ledger.id = entry.ledger "
              "WHERE entry.ledger = ? AND entry.ordinal >= ? AND entry.ordinal < ? "
              "ORDER BY entry.ordinal");
  query.Bind(ledger_).Bind(from).Bind(from + count);
  std::string hashes;
  while (true) {
    CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) {
      return hashes;
    }
    CBM_ASSIGN_OR_RETURN(
        const std::string bytes,
        EntryAt(query.Blob(1), {.ledger = ledger_, .ordinal = query.Unsigned(0)}, query.Blob(2)));
    hashes += BytesOf(LeafHash(bytes));
  }
}

absl::StatusOr<std::shared_ptr<const TreeEdge>> ReadEdge(Connection& connection, int64_t ledger,
                                                         EdgeCache& cache) {
  CBM_ASSIGN_OR_RETURN(const uint64_t size, CountEntries(connection, ledger));
  std::shared_ptr<const TreeEdge> edge = cache.Find(ledger, size);
  if (edge == nullptr) {
    RowTiles rows(connection, ledger);
    CBM_ASSIGN_OR_RETURN(TreeEdge loaded, TreeEdge::Load(rows, size));
    edge = std::make_shared<const TreeEdge>(std::move(loaded));
  }
  return edge;
}

absl::StatusOr<std::optional<std::string>> RowLedgerView::FindFact(std::string_view key) const {
  Query query(connection_, "SELECT value FROM fact WHERE ledger = ? AND key = ?");
  query.Bind(ledger_).Bind(key);
  CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) {
    return std::nullopt;
  }
  return FactAt(query.Blob(0), {.ledger = ledger_, .key = key});
}

absl::StatusOr<std::vector<rules::Fact>> RowLedgerView::ListFacts(std::string_view prefix,
                                                                  std::string_view from,
                                                                  rules::Direction direction,
                                                                  size_t limit) const {
  const FactRange range = RangeOf(prefix, from, direction);
  Query query(connection_, direction == rules::Direction::kAscending
                               ? "SELECT key, value FROM fact WHERE ledger = ? AND key >= ? AND "
                                 "key < ? ORDER BY key LIMIT ?"
                               : "SELECT key, value FROM fact WHERE ledger = ? AND key >= ? AND "
                                 "key < ? ORDER BY key DESC LIMIT ?");
  query.Bind(ledger_).Bind(range.lower).Bind(range.upper).Bind(ToLimit(limit));
  std::vector<rules::Fact> facts;
  while (true) {
    CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) {
      return facts;
    }
    std::string key(query.Blob(0));
    CBM_ASSIGN_OR_RETURN(std::string value, FactAt(query.Blob(1), {.ledger = ledger_, .key = key}));
    facts.push_back({.key = std::move(key), .value = std::move(value)});
  }
}

absl::StatusOr<std::optional<uint64_t>> RowLedgerView::FindEntry(const Digest& act) const {
  CBM_ASSIGN_OR_RETURN(const std::optional<int64_t> number, FindActNumber(connection_, act));
  std::optional<uint64_t> first;
  if (number.has_value()) {
    CBM_ASSIGN_OR_RETURN(const std::vector<Place> places, ReadPlaces(connection_, *number));
    for (const Place& place : places) {
      if (place.ledger == ledger_ && (!first.has_value() || place.ordinal < *first)) {
        first = place.ordinal;
      }
    }
  }
  return first;
}

absl::Status CheckRegistry(Connection& connection) {
  CBM_ASSIGN_OR_RETURN(const std::string size, ReadMeta(connection, kMetaRegistry));
  Query query(connection, "SELECT key, value FROM fact WHERE ledger = ? ORDER BY key");
  query.Bind(kRegistry);
  uint64_t seen = 0;
  std::string last;
  while (true) {
    CBM_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) {
      return fmt::format("{}", seen) == size ? absl::OkStatus() : DamagedFact();
    }
    const std::string_view key = query.Blob(0);
    if (seen > 0 && key <= last) {
      return DamagedFact();
    }
    CBM_RETURN_IF_ERROR(FactAt(query.Blob(1), {.ledger = kRegistry, .key = key}).status());
    last = key;
    ++seen;
  }
}

absl::StatusOr<std::optional<std::string>> RowFactTable::Find(std::string_view key) const {
  return RowLedgerView(connection_, ledger_).FindFact(key);
}

absl::StatusOr<std::optional<uint64_t>> RowFactTable::FindEntry(const Digest& act) const {
  return RowLedgerView(connection_, ledger_).FindEntry(act);
}

absl::Status RowFactTable::Put(std::string_view key, std::string_view value) {
  Query query(connection_,
              "INSERT INTO fact(ledger, key, value) VALUES(?, ?, ?) "
              "ON CONFLICT(ledger, key) DO UPDATE SET value = excluded.value");
  const std::string kept = KeepFact({.ledger = ledger_, .key = key}, value);
  return query.Bind(ledger_).Bind(key).Bind(kept).Run();
}

}  // namespace cbm
