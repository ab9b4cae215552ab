#ifndef CBM_SERVER_STORE_LEDGER_ROWS_H_
#define CBM_SERVER_STORE_LEDGER_ROWS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/ledger_id.h"
#include "core/crypto/digest.h"
#include "core/evidence/encoded.h"
#include "core/log/tiles.h"
#include "core/rules/view.h"
#include "server/store/kept_entries.h"
#include "server/store/sqlite.h"
#include "server/store/store.h"
#include "server/store/tree_edge.h"

namespace cbm {

// The rows of one ledger, by its number, as a connection's transaction shows them. Shared by all
// that read or write the database.

inline constexpr int64_t kNoLedger = -1;       // The number of a ledger that has no rows.
inline constexpr int64_t kContentsOfAct = 32;  // Ids of contents that an act has for itself.
inline constexpr int64_t kNoAct = 0;           // Where the first entries of ALL ledgers stand.

absl::StatusOr<int64_t> FindLedgerNumber(Connection& connection, const LedgerId& ledger);
// DATA_LOSS if there is no such number, or its name is none.
absl::StatusOr<LedgerId> LedgerOfNumber(Connection& connection, int64_t number);
// What the entries of a ledger begin with, in its kept form. DATA_LOSS if there is no such number.
absl::StatusOr<std::string> ReadBeginning(Connection& connection, int64_t ledger);
absl::StatusOr<uint64_t> CountEntries(Connection& connection, int64_t ledger);

absl::StatusOr<std::optional<int64_t>> FindActNumber(Connection& connection, const Digest& act);
// The places of an act's entries; the author's own first. DATA_LOSS if it has none, or they are not
// as they were kept.
absl::StatusOr<std::vector<Place>> ReadPlaces(Connection& connection, int64_t act);
absl::StatusOr<std::optional<ActPlace>> FindActPlace(Connection& connection, const ActName& name);
// What an act is found by.
std::string NameKey(const ActName& name);

// DATA_LOSS if there is none, or it is not as it was kept.
absl::StatusOr<EncodedEntry> ReadEntryRow(Connection& connection, int64_t ledger, uint64_t ordinal);
absl::StatusOr<std::vector<Digest>> ReadContentDigests(Connection& connection, int64_t act);
absl::StatusOr<bool> IsCut(Connection& connection, int64_t ledger, int64_t act);

// Writes a tile over what was there.
absl::Status PutTile(Connection& connection, int64_t ledger, const Tile& tile);

// Hashes of a ledger from its rows.
class RowTiles final : public TileSource {
 public:
  RowTiles(Connection& connection, int64_t ledger) : connection_(connection), ledger_(ledger) {}

  absl::StatusOr<std::string> ReadTile(TileId tile) override;
  absl::StatusOr<std::string> ReadLeafHashes(uint64_t from, unsigned count) override;

 private:
  Connection& connection_;
  const int64_t ledger_;
};

// A tree as it stands: what its edge has from memory, the rest from the rows.
class LedgerTiles final : public TileSource {
 public:
  LedgerTiles(Connection& connection, int64_t ledger, std::shared_ptr<const TreeEdge> edge)
      : rows_(connection, ledger), edge_(std::move(edge)), tiles_(rows_, *edge_) {}

  absl::StatusOr<std::string> ReadTile(TileId tile) override { return tiles_.ReadTile(tile); }
  absl::StatusOr<std::string> ReadLeafHashes(uint64_t from, unsigned count) override {
    return tiles_.ReadLeafHashes(from, count);
  }
  std::optional<Digest> FindNode(const FullNode& node) override { return tiles_.FindNode(node); }

 private:
  RowTiles rows_;
  const std::shared_ptr<const TreeEdge> edge_;  // Shared with the cache.
  EdgeTiles tiles_;
};

// The edge of a ledger as the connection's transaction shows it, from `cache` if that has it.
absl::StatusOr<std::shared_ptr<const TreeEdge>> ReadEdge(Connection& connection, int64_t ledger,
                                                         EdgeCache& cache);

class RowLedgerView final : public rules::LedgerView {
 public:
  RowLedgerView(Connection& connection, int64_t ledger)
      : connection_(connection), ledger_(ledger) {}

  int64_t number() const { return ledger_; }

  absl::StatusOr<std::optional<std::string>> FindFact(std::string_view key) const override;
  absl::StatusOr<std::vector<rules::Fact>> ListFacts(std::string_view prefix, std::string_view from,
                                                     rules::Direction direction,
                                                     size_t limit) const override;
  absl::StatusOr<std::optional<uint64_t>> FindEntry(const Digest& act) const override;

 private:
  Connection& connection_;
  const int64_t ledger_;
};

// Whether the facts of the registry are as they were kept, and all of them are there: so that none
// can have become one that is not asked for. DATA_LOSS if not.
absl::Status CheckRegistry(Connection& connection);

class RowFactTable final : public rules::FactTable {
 public:
  RowFactTable(Connection& connection, int64_t ledger) : connection_(connection), ledger_(ledger) {}

  absl::StatusOr<std::optional<std::string>> Find(std::string_view key) const override;
  absl::StatusOr<std::optional<uint64_t>> FindEntry(const Digest& act) const override;
  absl::Status Put(std::string_view key, std::string_view value) override;

 private:
  Connection& connection_;
  const int64_t ledger_;
};

}  // namespace cbm

#endif  // CBM_SERVER_STORE_LEDGER_ROWS_H_
