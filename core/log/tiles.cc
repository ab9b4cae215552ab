#include "core/log/tiles.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "core/base/status_macros.h"
#include "core/log/merkle_hash.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// The root over a power of two of hashes, 32 bytes each.
Digest RootOfRow(std::string_view hashes) {
  std::vector<Digest> row(hashes.size() / kDigestBytes);
  for (size_t i = 0; i < row.size(); ++i) {
    std::copy_n(hashes.data() + i * kDigestBytes, kDigestBytes,
                reinterpret_cast<char*>(row[i].data()));
  }
  for (; row.size() > 1; row.resize(row.size() / 2)) {
    for (size_t i = 0; i < row.size() / 2; ++i) {
      row[i] = NodeHash(row[2 * i], row[2 * i + 1]);
    }
  }
  return row.front();
}

absl::StatusOr<std::string> ReadLeaves(TileSource& source, uint64_t from, unsigned count) {
  CBM_ASSIGN_OR_RETURN(std::string hashes, source.ReadLeafHashes(from, count));
  if (hashes.size() != count * kDigestBytes) {
    return absl::DataLossError(
        fmt::format("{} bytes for {} leaf hashes from {} on", hashes.size(), count, from));
  }
  return hashes;
}

// The first `width` hashes of a tile that was written; it may have grown since.
absl::StatusOr<std::string> ReadWritten(TileSource& source, TileId tile, unsigned width) {
  absl::StatusOr<std::string> hashes = source.ReadTile(tile);
  if (absl::IsNotFound(hashes.status())) {
    return absl::DataLossError(fmt::format("tile {}/{} is missing", tile.level, tile.index));
  }
  CBM_RETURN_IF_ERROR(hashes.status());
  if (hashes->size() < width * kDigestBytes || hashes->size() % kDigestBytes != 0 ||
      hashes->size() > kTileWidthMax * kDigestBytes) {
    return absl::DataLossError(fmt::format("tile {}/{} has {} bytes, for {} hashes", tile.level,
                                           tile.index, hashes->size(), width));
  }
  hashes->resize(width * kDigestBytes);
  return hashes;
}

absl::StatusOr<std::string> ReadHashes(TileSource& source, TileId tile, unsigned width) {
  if (tile.level == 0 && width < kTileWidthMax) {
    return ReadLeaves(source, tile.index * kTileWidthMax, width);
  }
  return ReadWritten(source, tile, width);
}

// The hashes of full subtrees in a tree of one size. Reads each tile once.
class NodeReader {
 public:
  NodeReader(TileSource& source, uint64_t tree_size) : source_(source), tree_size_(tree_size) {}

  absl::StatusOr<Digest> HashOf(LeafRange range) {
    std::vector<Digest> edge;
    for (const FullNode& node : FullNodesOf(range)) {
      CBM_ASSIGN_OR_RETURN(const Digest hash, HashOf(node));
      edge.push_back(hash);
    }
    return RootOfEdge(edge);
  }

  absl::StatusOr<std::vector<Digest>> HashesOf(const std::vector<LeafRange>& ranges) {
    std::vector<Digest> hashes;
    hashes.reserve(ranges.size());
    for (const LeafRange& range : ranges) {
      CBM_ASSIGN_OR_RETURN(const Digest hash, HashOf(range));
      hashes.push_back(hash);
    }
    return hashes;
  }

 private:
  absl::StatusOr<Digest> HashOf(const FullNode& node) {
    if (const std::optional<Digest> known = source_.FindNode(node); known.has_value()) {
      return *known;
    }
    const unsigned height = node.height % kTileHeight;  // Above the row of its tile.
    const uint64_t first = node.index << height;
    const TileId tile{.level = node.height / kTileHeight, .index = first / kTileWidthMax};
    auto found = tiles_.find(tile);
    if (found == tiles_.end()) {
      CBM_ASSIGN_OR_RETURN(std::string read,
                           ReadHashes(source_, tile, TileWidth(tile, tree_size_)));
      found = tiles_.emplace(tile, std::move(read)).first;
    }
    const std::string_view hashes = found->second;
    return RootOfRow(hashes.substr(first % kTileWidthMax * kDigestBytes, kDigestBytes << height));
  }

  TileSource& source_;
  const uint64_t tree_size_;
  std::map<TileId, std::string> tiles_;
};

// Puts `hash`, the root of the `index`-th full tile of level 0, into the levels above.
absl::Status Raise(TileSource& source, uint64_t index, Digest hash,
                   std::map<TileId, std::string>& grown) {
  for (unsigned level = 1;; ++level) {
    const TileId tile{.level = level, .index = index / kTileWidthMax};
    const auto width = static_cast<unsigned>(index % kTileWidthMax);  // What it has so far.
    auto found = grown.find(tile);
    if (found == grown.end()) {
      std::string hashes;
      if (width > 0) {
        CBM_ASSIGN_OR_RETURN(hashes, ReadWritten(source, tile, width));
      }
      found = grown.emplace(tile, std::move(hashes)).first;
    }
    found->second += BytesOf(hash);
    if (width + 1 < kTileWidthMax) {
      return absl::OkStatus();
    }
    hash = RootOfRow(found->second);
    index /= kTileWidthMax;
  }
}

}  // namespace

absl::StatusOr<std::vector<Tile>> GrowTiles(TileSource& source, TreeGrowth growth) {
  if (growth.from > growth.to) {
    return absl::OutOfRangeError(
        fmt::format("a log does not grow from {} to {}", growth.from, growth.to));
  }
  std::map<TileId, std::string> grown;
  for (uint64_t index = growth.from / kTileWidthMax; index < growth.to / kTileWidthMax; ++index) {
    CBM_ASSIGN_OR_RETURN(std::string hashes,
                         ReadLeaves(source, index * kTileWidthMax, kTileWidthMax));
    CBM_RETURN_IF_ERROR(Raise(source, index, RootOfRow(hashes), grown));
    grown.emplace(TileId{.level = 0, .index = index}, std::move(hashes));
  }
  std::vector<Tile> tiles;
  tiles.reserve(grown.size());
  for (auto& [id, hashes] : grown) {
    tiles.push_back({.id = id, .hashes = std::move(hashes)});
  }
  return tiles;
}

unsigned TileWidth(TileId tile, uint64_t tree_size) {
  if (tile.level >= kTileLevels) {
    return 0;
  }
  const uint64_t row = tree_size >> (kTileHeight * tile.level);  // Hashes on the whole level.
  if (tile.index > row / kTileWidthMax) {
    return 0;
  }
  return static_cast<unsigned>(std::min<uint64_t>(row - tile.index * kTileWidthMax, kTileWidthMax));
}

absl::StatusOr<Tile> TileAt(TileSource& source, TileId tile, uint64_t tree_size) {
  const unsigned width = TileWidth(tile, tree_size);
  if (width == 0) {
    return absl::NotFoundError(
        fmt::format("a tree of {} leaves has no tile {}/{}", tree_size, tile.level, tile.index));
  }
  CBM_ASSIGN_OR_RETURN(std::string hashes, ReadHashes(source, tile, width));
  return Tile{.id = tile, .hashes = std::move(hashes)};
}

absl::StatusOr<Digest> RootAt(TileSource& source, uint64_t tree_size) {
  return NodeReader(source, tree_size).HashOf(LeafRange{.begin = 0, .end = tree_size});
}

absl::StatusOr<std::string> DifferenceFrom(const TreeHead& signed_head, TileSource& source,
                                           uint64_t tree_size) {
  if (tree_size < signed_head.size) {
    return fmt::format("has {} entries, but {} were signed", tree_size, signed_head.size);
  }
  CBM_ASSIGN_OR_RETURN(const Digest root, RootAt(source, signed_head.size));
  return root == signed_head.root
             ? std::string()
             : fmt::format("differs from the {} entries that were signed", signed_head.size);
}

absl::StatusOr<std::vector<Digest>> ProveInclusion(TileSource& source, LeafPosition position) {
  if (position.index >= position.tree_size) {
    return absl::OutOfRangeError(
        fmt::format("no leaf {} in a tree of {}", position.index, position.tree_size));
  }
  return NodeReader(source, position.tree_size).HashesOf(InclusionRanges(position));
}

absl::StatusOr<std::vector<Digest>> ProveConsistency(TileSource& source, TreeGrowth growth) {
  if (growth.from > growth.to) {
    return absl::OutOfRangeError(
        fmt::format("a log does not grow from {} to {}", growth.from, growth.to));
  }
  return NodeReader(source, growth.to).HashesOf(ConsistencyRanges(growth));
}

}  // namespace cbm
