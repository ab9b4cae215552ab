#ifndef CBM_CORE_LOG_MERKLE_TREE_H_
#define CBM_CORE_LOG_MERKLE_TREE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/crypto/digest.h"
#include "core/log/merkle_hash.h"
#include "core/log/tree_head.h"
#include "core/log/tree_shape.h"

namespace cbm {

// A Merkle tree (RFC 6962, section 2.1) in memory, with every node it ever had: what the client
// builds of what it was given, and what tests compare with. It keeps about two hashes a leaf.
//
// A value; not thread-safe.
class MerkleTree {
 public:
  // Adds a leaf, by its LeafHash, at the right.
  void Append(const Digest& leaf_hash);

  uint64_t size() const { return full_.empty() ? 0 : full_.front().size(); }

  // The root of the whole tree. EmptyRoot() if there are no leaves.
  Digest Root() const;
  TreeHead Head() const { return {.size = size(), .root = Root()}; }

  // The root when there were `tree_size` leaves. OUT_OF_RANGE if there never were.
  absl::StatusOr<Digest> RootAt(uint64_t tree_size) const;

  // The proof for VerifyInclusion. OUT_OF_RANGE if the leaf is beyond the tree, or the tree beyond
  // this one. With an index alone: in the whole tree.
  absl::StatusOr<std::vector<Digest>> ProveInclusion(LeafPosition position) const;
  absl::StatusOr<std::vector<Digest>> ProveInclusion(uint64_t index) const;

  // The proof for VerifyConsistency. OUT_OF_RANGE if from > to, or `to` is beyond this tree.
  absl::StatusOr<std::vector<Digest>> ProveConsistency(TreeGrowth growth) const;

 private:
  Digest HashOf(LeafRange range) const;
  std::vector<Digest> HashesOf(const std::vector<LeafRange>& ranges) const;

  std::vector<std::vector<Digest>> full_;  // By height, then from left to right.
};

}  // namespace cbm

#endif  // CBM_CORE_LOG_MERKLE_TREE_H_
