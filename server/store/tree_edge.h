#ifndef CBM_SERVER_STORE_TREE_EDGE_H_
#define CBM_SERVER_STORE_TREE_EDGE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/mutex.h"
#include "core/crypto/digest.h"
#include "core/log/tiles.h"
#include "core/log/tree_head.h"

namespace cbm {

// The right edge of a ledger's tree, kept in memory: the unfinished tile of each level, with the
// full subtrees in it. Growing the tree and proving its newest leaves read nothing, and hash no
// subtree twice. At most 16 KiB a level, of which a tree of a million leaves has three. A value.
class TreeEdge {
 public:
  // Of an empty tree.
  TreeEdge() = default;

  // Of a tree of `size` leaves, read from `below`. Errors pass through; DATA_LOSS if hashes lack.
  static absl::StatusOr<TreeEdge> Load(TileSource& below, uint64_t size);

  // Adds leaves, by their LeafHash, at the right; returns the tiles to write. They
  // are those of GrowTiles, by which `cbmd check` makes them anew.
  std::vector<Tile> Grow(std::span<const Digest> leaves);

  TreeHead Head() const;
  uint64_t size() const { return size_; }

  // Nothing if the edge has it not.
  const std::string* FindTile(TileId tile) const;
  std::optional<Digest> FindNode(const FullNode& node) const;
  // Empty if the edge has them not all.
  std::string FindLeafHashes(uint64_t from, unsigned count) const;

 private:
  // A tile that can still gain hashes. The row of height 0 is the tile's own; each of those above
  // has the full subtrees over two of the one below. 32 bytes each, from left to right.
  struct Unfinished {
    uint64_t index = 0;  // In its level.
    std::array<std::string, kTileHeight> rows;

    // Returns the tile's root if that was its last hash.
    std::optional<Digest> Append(Digest hash);
  };

  uint64_t size_ = 0;
  std::array<Unfinished, kTileLevels> levels_;
};

// Answers from an edge, and from `below` what the edge has not. Both must outlive it.
class EdgeTiles final : public TileSource {
 public:
  EdgeTiles(TileSource& below, const TreeEdge& edge) : below_(below), edge_(edge) {}

  absl::StatusOr<std::string> ReadTile(TileId tile) override;
  absl::StatusOr<std::string> ReadLeafHashes(uint64_t from, unsigned count) override;
  std::optional<Digest> FindNode(const FullNode& node) override { return edge_.FindNode(node); }

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
