#ifndef CBM_CORE_LOG_TILES_H_
#define CBM_CORE_LOG_TILES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "core/crypto/digest.h"
#include "core/log/tree_head.h"
#include "core/log/tree_shape.h"

namespace cbm {

// How a log keeps its hashes so that any proof reads few of them: the tiles of C2SP tlog-tiles. A
// tile is a row of up to 256 hashes. On level 0 they are leaf hashes; above, each is the root of a
// full tile of the level below.

inline constexpr unsigned kTileHeight = 8;
inline constexpr unsigned kTileWidthMax = 1U << kTileHeight;
inline constexpr unsigned kTileLevels = 8;  // 256^8 leaves are more than a size can count.

// The `index`-th tile of its level, from the left.
struct TileId {
  unsigned level = 0;
  uint64_t index = 0;

  friend bool operator==(const TileId&, const TileId&) = default;
  friend bool operator<(const TileId& a, const TileId& b) {
    return std::tie(a.level, a.index) < std::tie(b.level, b.index);
  }
};

struct Tile {
  TileId id;
  std::string hashes;  // 32 bytes each, from left to right.
};

// Where a log's hashes are kept: all that a store has to answer for one ledger. It keeps the leaf
// hashes with its entries, and what GrowTiles tells it to write.
class TileSource {
 public:
  virtual ~TileSource() = default;

  // The hashes of a tile as last written. NOT_FOUND if it never was.
  virtual absl::StatusOr<std::string> ReadTile(TileId tile) = 0;

  // The hashes, 32 bytes each, of `count` leaves from leaf `from` on; at most kTileWidthMax.
  virtual absl::StatusOr<std::string> ReadLeafHashes(uint64_t from, unsigned count) = 0;

  // The hash of a full subtree, if it is at hand without reading or hashing; it is asked for first.
  virtual std::optional<Digest> FindNode(const FullNode& /*node*/) { return std::nullopt; }
};

// The tiles to write, over what was there, now that a log has grown: level 0 when full (until then
// the source's leaf hashes serve), the levels above whenever they gain a hash. None at all, and
// nothing read, unless a multiple of 256 leaves was reached or passed. `source` already has the new
// leaves.
//
// A log grown in several steps has the same tiles as one grown in one; {0, size} makes them anew.
// OUT_OF_RANGE if from > to. DATA_LOSS if the source lacks hashes that it should have.
absl::StatusOr<std::vector<Tile>> GrowTiles(TileSource& source, TreeGrowth growth);

// How many hashes a tile has in a tree of `tree_size` leaves: 256 if full, 0 if there is none.
unsigned TileWidth(TileId tile, uint64_t tree_size);

// The tile as a log of `tree_size` leaves publishes it: partial if it was not full then.
//
// NOT_FOUND if such a tree has no such tile. DATA_LOSS if the source lacks hashes.
absl::StatusOr<Tile> TileAt(TileSource& source, TileId tile, uint64_t tree_size);

// The functions below answer for a tree of the given size, which may be any up to the log's own.
// They read at most two tiles a level. Errors of `source` pass through; DATA_LOSS if it lacks
// hashes.

absl::StatusOr<Digest> RootAt(TileSource& source, uint64_t tree_size);

// How a tree of that size contradicts a head that was signed of it, in words that follow its name:
// "has 2 entries, but 3 were signed". Empty if it extends that.
absl::StatusOr<std::string> DifferenceFrom(const TreeHead& signed_head, TileSource& source,
                                           uint64_t tree_size);

// The proof for VerifyInclusion. OUT_OF_RANGE if the leaf is beyond the tree.
absl::StatusOr<std::vector<Digest>> ProveInclusion(TileSource& source, LeafPosition position);

// The proof for VerifyConsistency. OUT_OF_RANGE if from > to.
absl::StatusOr<std::vector<Digest>> ProveConsistency(TileSource& source, TreeGrowth growth);

}  // namespace cbm

#endif  // CBM_CORE_LOG_TILES_H_
