#include "server/store/tree_edge.h"

#include <algorithm>
#include <utility>

#include "core/log/merkle_hash.h"

namespace cbm {
namespace {

constexpr size_t kEdgesMax = 512;  // More than an exchange of 57 States has busy; some 10 MiB.

Digest DigestAt(std::string_view hashes, size_t index) {
  Digest digest;
  std::copy_n(hashes.data() + index * kDigestBytes, kDigestBytes,
              reinterpret_cast<char*>(digest.data()));
  return digest;
}

}  // namespace

std::optional<Digest> TreeEdge::Unfinished::Append(Digest hash) {
  for (unsigned height = 0; height < kTileHeight; ++height) {
    std::string& row = rows[height];
    row += BytesOf(hash);
    const size_t width = row.size() / kDigestBytes;
    if (width % 2 == 1) {
      return std::nullopt;
    }
    hash = NodeHash(DigestAt(row, width - 2), hash);
  }
  return rows[0].size() == kTileWidthMax * kDigestBytes ? std::optional(hash) : std::nullopt;
}

absl::StatusOr<TreeEdge> TreeEdge::Load(TileSource& below, uint64_t size) {
  TreeEdge edge;
  edge.size_ = size;
  for (unsigned level = 0; level < kTileLevels; ++level) {
    Unfinished& tile = edge.levels_[level];
    const uint64_t row = size >> (kTileHeight * level);
    tile.index = row / kTileWidthMax;
    const auto width = static_cast<unsigned>(row % kTileWidthMax);
    if (width == 0) {
      continue;
    }
    const absl::StatusOr<std::string> hashes =
        level == 0 ? below.ReadLeafHashes(tile.index * kTileWidthMax, width)
                   : below.ReadTile({.level = level, .index = tile.index});
    if (!hashes.ok() && !absl::IsNotFound(hashes.status())) {
      return hashes.status();
    }
    if (!hashes.ok() || hashes->size() != width * kDigestBytes) {
      return absl::DataLossError("a ledger lacks hashes of its newest entries");
    }
    for (unsigned i = 0; i < width; ++i) {
      tile.Append(DigestAt(*hashes, i));
    }
  }
  return edge;
}

std::vector<Tile> TreeEdge::Grow(std::span<const Digest> leaves) {
  std::map<TileId, std::string> written;
  for (const Digest& leaf : leaves) {
    std::optional<Digest> hash = leaf;
    for (unsigned level = 0; hash.has_value() && level < kTileLevels; ++level) {
      Unfinished& tile = levels_[level];
      hash = tile.Append(*hash);
      if (level > 0 || hash.has_value()) {
        written[{.level = level, .index = tile.index}] = tile.rows[0];
      }
      if (hash.has_value()) {
        tile = Unfinished{.index = tile.index + 1, .rows = {}};
      }
    }
    ++size_;
  }
  std::vector<Tile> tiles;
  tiles.reserve(written.size());
  for (auto& [id, hashes] : written) {
    tiles.push_back({.id = id, .hashes = std::move(hashes)});
  }
  return tiles;
}

TreeHead TreeEdge::Head() const {
  std::vector<Digest> subtrees;  // From the largest to the smallest.
  for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
    for (auto row = level->rows.rbegin(); row != level->rows.rend(); ++row) {
      const size_t width = row->size() / kDigestBytes;
      if (width % 2 == 1) {
        subtrees.push_back(DigestAt(*row, width - 1));
      }
    }
  }
  return {.size = size_, .root = RootOfEdge(subtrees)};
}

const std::string* TreeEdge::FindTile(TileId tile) const {
  if (tile.level == 0 || tile.level >= kTileLevels) {
    return nullptr;  // On level 0 there are full ones alone.
  }
  const Unfinished& last = levels_[tile.level];
  return last.index == tile.index && !last.rows[0].empty() ? &last.rows[0] : nullptr;
}

std::optional<Digest> TreeEdge::FindNode(const FullNode& node) const {
  const unsigned level = node.height / kTileHeight;
  if (level >= kTileLevels) {
    return std::nullopt;
  }
  const unsigned height = node.height % kTileHeight;
  const Unfinished& tile = levels_[level];
  const uint64_t first = tile.index << (kTileHeight - height);  // Of the tile, in the node's row.
  const std::string& row = tile.rows[height];
  if (node.index < first || node.index - first >= row.size() / kDigestBytes) {
    return std::nullopt;
  }
  return DigestAt(row, static_cast<size_t>(node.index - first));
}

std::string TreeEdge::FindLeafHashes(uint64_t from, unsigned count) const {
  const uint64_t first = levels_[0].index * kTileWidthMax;
  if (from < first || from + count > size_) {
    return {};
  }
  return levels_[0].rows[0].substr(static_cast<size_t>(from - first) * kDigestBytes,
                                   count * kDigestBytes);
}

absl::StatusOr<std::string> EdgeTiles::ReadTile(TileId tile) {
  const std::string* const found = edge_.FindTile(tile);
  return found != nullptr ? *found : below_.ReadTile(tile);
}

absl::StatusOr<std::string> EdgeTiles::ReadLeafHashes(uint64_t from, unsigned count) {
  std::string found = edge_.FindLeafHashes(from, count);
  if (!found.empty()) {
    return found;
  }
  return below_.ReadLeafHashes(from, count);
}

std::shared_ptr<const TreeEdge> EdgeCache::Find(int64_t ledger, uint64_t size) {
  const MutexLock lock(mutex_);
  const auto found = kept_.find(ledger);
  if (found == kept_.end() || found->second.edge->size() != size) {
    return nullptr;
  }
  found->second.used = ++uses_;
  return found->second.edge;
}

void EdgeCache::Put(int64_t ledger, std::shared_ptr<const TreeEdge> edge) {
  const MutexLock lock(mutex_);
  kept_[ledger] = {.edge = std::move(edge), .used = ++uses_};
  if (kept_.size() > kEdgesMax) {
    kept_.erase(std::min_element(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) {
      return a.second.used < b.second.used;
    }));
  }
}

}  // namespace cbm
