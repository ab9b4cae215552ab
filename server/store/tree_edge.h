#ifndef CBM_SERVER_STORE_TREE_EDGE_H_
#define CBM_SERVER_STORE_TREE_EDGE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/mutex.h"
#include "core/crypto/digest.h"
#include "core/log/frontier.h"
#include "core/log/tiles.h"

namespace cbm {

// The right edge of a ledger's tree, kept in memory, so that growing it and proving its newest
// leaves read nothing. Some 20 KiB. A value.
class TreeEdge {
 public:
  // Of an empty tree.
  TreeEdge() = default;

  // Of a tree of `size` leaves, read from `below`. Errors pass through; DATA_LOSS if hashes lack.
  static absl::StatusOr<TreeEdge> Load(TileSource& below, uint64_t size);

  // Adds leaves at the right, which `below` has already; returns the tiles to write.
  absl::StatusOr<std::vector<Tile>> Grow(TileSource& below, std::span<const Digest> leaves);

  TreeHead Head() const { return frontier_.Head(); }
  uint64_t size() const { return frontier_.size(); }

  // Nothing if the edge has it not.
  const std::string* FindTile(TileId tile) const;
  // Empty if the edge has them not all.
  std::string FindLeafHashes(uint64_t from, unsigned count) const;

 private:
  Frontier frontier_;
  uint64_t first_ = 0;  // Of leaves_: where the last, unfinished tile begins.
  std::string leaves_;
  std::map<TileId, std::string> tiles_;  // The last that was written on each level.
};

// Answers from an edge, and from `below` what the edge has not. Both must outlive it.
class EdgeTiles final : public TileSource {
 public:
  EdgeTiles(TileSource& below, const TreeEdge& edge) : below_(below), edge_(edge) {}

  absl::StatusOr<std::string> ReadTile(TileId tile) override;
  absl::StatusOr<std::string> ReadLeafHashes(uint64_t from, unsigned count) override;

 private:
  TileSource& below_;
  const TreeEdge& edge_;
};

// The edges of ledgers as they are durable, by the ledger's number; the least used are dropped.
//
// Thread-safe. Edges are shared, since a reader may still use one that was dropped; they never
// change.
class EdgeCache {
 public:
  // The edge of a tree of `size` leaves, or null.
  std::shared_ptr<const TreeEdge> Find(int64_t ledger, uint64_t size);
  void Put(int64_t ledger, std::shared_ptr<const TreeEdge> edge);

 private:
  struct Kept {
    std::shared_ptr<const TreeEdge> edge;
    uint64_t used = 0;
  };

  Mutex mutex_;
  uint64_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<int64_t, Kept> kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cbm

#endif  // CBM_SERVER_STORE_TREE_EDGE_H_
