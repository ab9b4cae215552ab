#ifndef CBM_CORE_LOG_TREE_SHAPE_H_
#define CBM_CORE_LOG_TREE_SHAPE_H_

#include <cstdint>
#include <vector>

namespace cbm {

// Which hashes a proof is made of, without any hash: the arithmetic of RFC 6962, section 2.1,
// shared by everything that makes proofs.

// A leaf's place in a tree: `index` counts from 0.
struct LeafPosition {
  uint64_t index = 0;
  uint64_t tree_size = 0;
};

// A tree that was `from` leaves large and is now `to`.
struct TreeGrowth {
  uint64_t from = 0;
  uint64_t to = 0;
};

// The leaves from `begin` up to, not including, `end`.
struct LeafRange {
  uint64_t begin = 0;
  uint64_t end = 0;

  friend bool operator==(const LeafRange&, const LeafRange&) = default;
};

// A full subtree: the `index`-th of those with 2^height leaves. It never changes as a tree grows.
struct FullNode {
  unsigned height = 0;
  uint64_t index = 0;

  friend bool operator==(const FullNode&, const FullNode&) = default;
};

// The full subtrees that `range` falls into, from left to right, each smaller than the one before.
// RootOfEdge of their hashes is the hash of the range. `range` is one of those below, or [0, size).
std::vector<FullNode> FullNodesOf(LeafRange range);

// The subtrees whose hashes are the inclusion proof of the leaf, from its sibling upwards (section
// 2.1.1). Precondition: index < tree_size.
std::vector<LeafRange> InclusionRanges(LeafPosition position);

// The subtrees whose hashes are the consistency proof (section 2.1.2), in its order. None if
// nothing was there before. Precondition: from <= to.
std::vector<LeafRange> ConsistencyRanges(TreeGrowth growth);

}  // namespace cbm

#endif  // CBM_CORE_LOG_TREE_SHAPE_H_
