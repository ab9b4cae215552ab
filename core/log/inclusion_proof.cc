#include "core/log/inclusion_proof.h"

#include <cstdint>

#include "core/base/status_macros.h"
#include "core/log/merkle_hash.h"
#include "fmt/format.h"

namespace cbm {

absl::StatusOr<Digest> RootFromInclusion(const Digest& leaf_hash, LeafPosition position,
                                         const std::vector<Digest>& proof) {
  if (position.index >= position.tree_size) {
    return absl::DataLossError(fmt::format("inclusion proof: no leaf {} in a tree of {}",
                                           position.index, position.tree_size));
  }
  uint64_t node = position.index;
  uint64_t last = position.tree_size - 1;  // The last node of the row that `node` is in.
  Digest hash = leaf_hash;
  for (const Digest& sibling : proof) {
    if (last == 0) {
      return absl::DataLossError("inclusion proof: a hash too many");
    }
    if (node % 2 == 1 || node == last) {
      hash = NodeHash(sibling, hash);
      while (node % 2 == 0 && node != 0) {  // At the right edge, up to where it has a sibling.
        node /= 2;
        last /= 2;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    node /= 2;
    last /= 2;
  }
  if (last != 0) {
    return absl::DataLossError("inclusion proof: a hash is missing");
  }
  return hash;
}

absl::Status VerifyInclusion(const Digest& leaf_hash, LeafPosition position,
                             const std::vector<Digest>& proof, const Digest& root) {
  CBM_ASSIGN_OR_RETURN(const Digest computed, RootFromInclusion(leaf_hash, position, proof));
  if (computed != root) {
    return absl::DataLossError("inclusion proof: leads to another root");
  }
  return absl::OkStatus();
}

}  // namespace cbm
