#include "core/log/merkle_tree.h"

#include "absl/status/status.h"
#include "fmt/format.h"

namespace cbm {

void MerkleTree::Append(const Digest& leaf_hash) {
  Digest hash = leaf_hash;
  for (size_t height = 0;; ++height) {
    if (height == full_.size()) {
      full_.emplace_back();
    }
    std::vector<Digest>& row = full_[height];
    row.push_back(hash);
    if (row.size() % 2 != 0) {
      return;
    }
    hash = NodeHash(row[row.size() - 2], row[row.size() - 1]);
  }
}

Digest MerkleTree::Root() const { return HashOf({.begin = 0, .end = size()}); }

absl::StatusOr<Digest> MerkleTree::RootAt(uint64_t tree_size) const {
  if (tree_size > size()) {
    return absl::OutOfRangeError(
        fmt::format("the tree has {} leaves, not yet {}", size(), tree_size));
  }
  return HashOf({.begin = 0, .end = tree_size});
}

absl::StatusOr<std::vector<Digest>> MerkleTree::ProveInclusion(LeafPosition position) const {
  if (position.index >= position.tree_size || position.tree_size > size()) {
    return absl::OutOfRangeError(fmt::format("leaf {} of {} in a tree of {} leaves", position.index,
                                             position.tree_size, size()));
  }
  return HashesOf(InclusionRanges(position));
}

absl::StatusOr<std::vector<Digest>> MerkleTree::ProveInclusion(uint64_t index) const {
  return ProveInclusion(LeafPosition{.index = index, .tree_size = size()});
}

absl::StatusOr<std::vector<Digest>> MerkleTree::ProveConsistency(TreeGrowth growth) const {
  if (growth.from > growth.to || growth.to > size()) {
    return absl::OutOfRangeError(
        fmt::format("from {} to {} leaves in a tree of {}", growth.from, growth.to, size()));
  }
  return HashesOf(ConsistencyRanges(growth));
}

Digest MerkleTree::HashOf(LeafRange range) const {
  std::vector<Digest> edge;
  for (const FullNode& node : FullNodesOf(range)) {
    edge.push_back(full_[node.height][node.index]);
  }
  return RootOfEdge(edge);
}

std::vector<Digest> MerkleTree::HashesOf(const std::vector<LeafRange>& ranges) const {
  std::vector<Digest> hashes;
  hashes.reserve(ranges.size());
  for (const LeafRange& range : ranges) {
    hashes.push_back(HashOf(range));
  }
  return hashes;
}

}  // namespace cbm
