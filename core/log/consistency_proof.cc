#include "core/log/consistency_proof.h"

#include <bit>
#include <cstdint>
#include <span>

#include "core/base/status_macros.h"
#include "core/log/merkle_hash.h"
#include "fmt/format.h"

namespace cbm {
namespace {

struct Roots {
  Digest older;
  Digest newer;
};

// The roots that `siblings` lead to from `start`, the last full subtree of the older tree.
absl::StatusOr<Roots> Climb(const TreeHead& older, const TreeHead& newer, const Digest& start,
                            std::span<const Digest> siblings) {
  uint64_t node = older.size - 1;
  uint64_t last = newer.size - 1;
  while (node % 2 == 1) {
    node /= 2;
    last /= 2;
  }
  Roots roots{.older = start, .newer = start};
  for (const Digest& sibling : siblings) {
    if (last == 0) {
      return absl::DataLossError("consistency proof: a hash too many");
    }
    if (node % 2 == 1 || node == last) {
      roots.older = NodeHash(sibling, roots.older);
      roots.newer = NodeHash(sibling, roots.newer);
      while (node % 2 == 0 && node != 0) {
        node /= 2;
        last /= 2;
      }
    } else {
      roots.newer = NodeHash(roots.newer, sibling);  // To the right of all that is old.
    }
    node /= 2;
    last /= 2;
  }
  if (last != 0) {
    return absl::DataLossError("consistency proof: a hash is missing");
  }
  return roots;
}

absl::Status VerifyWithoutProof(const TreeHead& older, const TreeHead& newer) {
  if (older.size == 0 && older.root != EmptyRoot()) {
    return absl::DataLossError("consistency proof: the empty tree has another root");
  }
  if (older.size == newer.size && older.root != newer.root) {
    return absl::DataLossError("consistency proof: two roots for one size");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status VerifyConsistency(const TreeHead& older, const TreeHead& newer,
                               const std::vector<Digest>& proof) {
  if (older.size > newer.size) {
    return absl::DataLossError(
        fmt::format("consistency proof: the tree shrank from {} to {}", older.size, newer.size));
  }
  const bool needs_proof = older.size != 0 && older.size != newer.size;
  if (proof.empty() == needs_proof) {
    return absl::DataLossError(fmt::format("consistency proof: {} hashes from {} to {} leaves",
                                           proof.size(), older.size, newer.size));
  }
  if (!needs_proof) {
    return VerifyWithoutProof(older, newer);
  }
  // An older tree that is one full subtree is its own start; else the proof begins with it.
  const bool starts_with_root = std::has_single_bit(older.size);
  std::span<const Digest> siblings(proof);
  if (!starts_with_root) {
    siblings = siblings.subspan(1);
  }
  const Digest& start = starts_with_root ? older.root : proof.front();
  CBM_ASSIGN_OR_RETURN(const Roots roots, Climb(older, newer, start, siblings));
  if (roots.older != older.root || roots.newer != newer.root) {
    return absl::DataLossError("consistency proof: leads to another root");
  }
  return absl::OkStatus();
}

}  // namespace cbm
