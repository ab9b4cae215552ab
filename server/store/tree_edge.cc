#include "server/store/tree_edge.h"

#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"

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

absl::StatusOr<TreeEdge> TreeEdge::Load(TileSource& below, uint64_t size) {
  TreeEdge edge;
  if (size == 0) {
    return edge;
  }
  CBM_ASSIGN_OR_RETURN(const std::string last, below.ReadLeafHashes(size - 1, 1));
  if (last.size() != kDigestBytes) {
    return absl::DataLossError("a ledger lacks its last entry");
  }
  // The proof of the last leaf is the right edge of the tree without it, from the smallest subtree
  // to the largest.
  CBM_ASSIGN_OR_RETURN(std::vector<Digest> path,
                       ProveInclusion(below, {.index = size - 1, .tree_size = size}));
  std::reverse(path.begin(), path.end());
  std::string subtrees;
  for (const Digest& hash : path) {
    subtrees += BytesOf(hash);
  }
  CBM_ASSIGN_OR_RETURN(edge.frontier_, Frontier::Parse(size - 1, subtrees));
  edge.frontier_.Append(DigestAt(last, 0));

  edge.first_ = size / kTileWidthMax * kTileWidthMax;
  if (edge.first_ < size) {
    CBM_ASSIGN_OR_RETURN(
        edge.leaves_, below.ReadLeafHashes(edge.first_, static_cast<unsigned>(size - edge.first_)));
  }
  for (unsigned level = 1; level < kTileLevels; ++level) {
    const uint64_t row = size >> (kTileHeight * level);
    if (row == 0) {
      break;
    }
    const TileId tile{.level = level, .index = (row - 1) / kTileWidthMax};
    CBM_ASSIGN_OR_RETURN(edge.tiles_[tile], below.ReadTile(tile));
  }
  return edge;
}

absl::StatusOr<std::vector<Tile>> TreeEdge::Grow(TileSource& below,
                                                 std::span<const Digest> leaves) {
  const uint64_t before = size();
  for (const Digest& leaf : leaves) {
    frontier_.Append(leaf);
    leaves_ += BytesOf(leaf);
  }
  EdgeTiles source(below, *this);
  CBM_ASSIGN_OR_RETURN(std::vector<Tile> tiles, GrowTiles(source, {.from = before, .to = size()}));
  for (const Tile& tile : tiles) {
    const auto of_level = tiles_.lower_bound({.level = tile.id.level, .index = 0});
    if (of_level != tiles_.end() && of_level->first.level == tile.id.level) {
      tiles_.erase(of_level);
    }
    tiles_.emplace(tile.id, tile.hashes);
  }
  const uint64_t unfinished = size() / kTileWidthMax * kTileWidthMax;
  leaves_.erase(0, static_cast<size_t>(unfinished - first_) * kDigestBytes);
  first_ = unfinished;
  return tiles;
}

const std::string* TreeEdge::FindTile(TileId tile) const {
  const auto found = tiles_.find(tile);
  return found == tiles_.end() ? nullptr : &found->second;
}

std::string TreeEdge::FindLeafHashes(uint64_t from, unsigned count) const {
  const uint64_t end = first_ + leaves_.size() / kDigestBytes;
  if (from < first_ || from + count > end) {
    return {};
  }
  return leaves_.substr(static_cast<size_t>(from - first_) * kDigestBytes, count * kDigestBytes);
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
