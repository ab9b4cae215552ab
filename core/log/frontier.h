#ifndef CBM_CORE_LOG_FRONTIER_H_
#define CBM_CORE_LOG_FRONTIER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/crypto/digest.h"
#include "core/log/tree_head.h"

namespace cbm {

// The right edge of a Merkle tree: the roots of its full subtrees, at most one of each height. It
// is all that is needed to append and to know the root, so a log grows without being read.
//
// A value; not thread-safe.
class Frontier {
 public:
  // Of an empty tree.
  Frontier() = default;

  // What Serialize gave for a tree of `size` leaves. DATA_LOSS if the bytes are not as many as such
  // an edge has. Whether they are the right ones, only the root tells.
  static absl::StatusOr<Frontier> Parse(uint64_t size, std::string_view bytes);

  // The hashes one after the other, from the largest subtree to the smallest; without the size.
  std::string Serialize() const;

  // Adds a leaf, by its LeafHash, at the right.
  void Append(const Digest& leaf_hash);

  uint64_t size() const { return size_; }
  Digest Root() const;
  TreeHead Head() const { return {.size = size_, .root = Root()}; }

 private:
  uint64_t size_ = 0;
  std::vector<Digest> subtrees_;  // One for each bit set in size_, the highest first.
};

}  // namespace cbm

#endif  // CBM_CORE_LOG_FRONTIER_H_
