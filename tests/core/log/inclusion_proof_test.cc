// Inclusion proofs (RFC 6962, section 2.1.1): the evidence by which a State can show anyone that
// its notification is in the log.
//
// Trees of up to 65 leaves have every shape there is - full, one short of full, one over - so these
// tests try every leaf of every such tree and leave nothing to chance.

#include "core/log/inclusion_proof.h"

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "core/log/merkle_tree.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

constexpr uint64_t kTreeSizeMax = 65;

Digest HashOfLeaf(uint64_t index) { return LeafHash(fmt::format("leaf {}", index)); }

// Calls check(position, proof, root) with an honest proof for every leaf of every tree.
template <typename Check>
void ForEveryProof(Check check) {
  MerkleTree tree;
  for (uint64_t size = 1; size <= kTreeSizeMax; ++size) {
    tree.Append(HashOfLeaf(size - 1));
    for (uint64_t index = 0; index < size; ++index) {
      SCOPED_TRACE(fmt::format("leaf {} of {}", index, size));
      const auto proof = tree.ProveInclusion(index);
      ASSERT_THAT(proof, IsOk());
      check(LeafPosition{.index = index, .tree_size = size}, *proof, tree.Root());
    }
  }
}

TEST(InclusionProof, ConvincesForEveryLeaf) {
  ForEveryProof([](LeafPosition at, const std::vector<Digest>& proof, const Digest& root) {
    EXPECT_THAT(VerifyInclusion(HashOfLeaf(at.index), at, proof, root), IsOk());
    const auto computed = RootFromInclusion(HashOfLeaf(at.index), at, proof);
    ASSERT_THAT(computed, IsOk());
    EXPECT_EQ(*computed, root);
  });
}

TEST(InclusionProof, DoesNotConvinceForAnotherLeaf) {
  ForEveryProof([](LeafPosition at, const std::vector<Digest>& proof, const Digest& root) {
    EXPECT_THAT(VerifyInclusion(HashOfLeaf(at.index + 1), at, proof, root),
                HasCode(absl::StatusCode::kDataLoss));
  });
}

TEST(InclusionProof, DoesNotConvinceOnceAnyHashInItIsAltered) {
  ForEveryProof([](LeafPosition at, std::vector<Digest> proof, const Digest& root) {
    for (Digest& hash : proof) {
      hash.front() ^= 1;
      EXPECT_THAT(VerifyInclusion(HashOfLeaf(at.index), at, proof, root),
                  HasCode(absl::StatusCode::kDataLoss));
      hash.front() ^= 1;
    }
  });
}

TEST(InclusionProof, DoesNotConvinceForAnotherRoot) {
  ForEveryProof([](LeafPosition at, const std::vector<Digest>& proof, Digest root) {
    root.back() ^= 1;
    EXPECT_THAT(VerifyInclusion(HashOfLeaf(at.index), at, proof, root),
                HasCode(absl::StatusCode::kDataLoss));
  });
}

TEST(InclusionProof, DoesNotConvinceWithAHashTooMany) {
  ForEveryProof([](LeafPosition at, std::vector<Digest> proof, const Digest& root) {
    proof.push_back(root);
    EXPECT_THAT(VerifyInclusion(HashOfLeaf(at.index), at, proof, root),
                HasCode(absl::StatusCode::kDataLoss));
  });
}

TEST(InclusionProof, DoesNotConvinceWithAHashTooFew) {
  ForEveryProof([](LeafPosition at, std::vector<Digest> proof, const Digest& root) {
    if (proof.empty()) {
      return;
    }
    proof.pop_back();
    EXPECT_THAT(VerifyInclusion(HashOfLeaf(at.index), at, proof, root),
                HasCode(absl::StatusCode::kDataLoss));
  });
}

TEST(InclusionProof, DoesNotConvinceAtAnyOtherIndex) {
  ForEveryProof([](LeafPosition at, const std::vector<Digest>& proof, const Digest& root) {
    for (uint64_t index = 0; index <= at.tree_size; ++index) {
      if (index != at.index) {
        EXPECT_THAT(VerifyInclusion(HashOfLeaf(at.index),
                                    {.index = index, .tree_size = at.tree_size}, proof, root),
                    HasCode(absl::StatusCode::kDataLoss));
      }
    }
  });
}

TEST(InclusionProof, DoesNotConvinceForATreeItIsTooShortFor) {
  ForEveryProof([](LeafPosition at, const std::vector<Digest>& proof, const Digest& root) {
    at.tree_size *= 4;
    EXPECT_THAT(VerifyInclusion(HashOfLeaf(at.index), at, proof, root),
                HasCode(absl::StatusCode::kDataLoss));
  });
}

// Here even the root fits the longer proof: only its length can tell.
TEST(InclusionProof, DoesNotConvinceOfATreePutOnTopOfAnother) {
  ForEveryProof([](LeafPosition at, std::vector<Digest> proof, const Digest& root) {
    const Digest beside = LeafHash("beside");
    proof.push_back(beside);
    EXPECT_THAT(VerifyInclusion(HashOfLeaf(at.index), at, proof, NodeHash(beside, root)),
                HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(RootFromInclusion(HashOfLeaf(at.index), at, proof),
                HasCode(absl::StatusCode::kDataLoss));
  });
}

TEST(InclusionProof, DoesNotConvinceForANodeAsALeaf) {
  MerkleTree tree;
  for (uint64_t index = 0; index < 4; ++index) {
    tree.Append(HashOfLeaf(index));
  }
  const Digest left = NodeHash(HashOfLeaf(0), HashOfLeaf(1));
  const Digest right = NodeHash(HashOfLeaf(2), HashOfLeaf(3));
  EXPECT_THAT(VerifyInclusion(left, {.index = 0, .tree_size = 4}, {right}, tree.Root()),
              HasCode(absl::StatusCode::kDataLoss));
}

TEST(InclusionProof, DoesNotConvinceOfALeafBeyondTheTree) {
  const Digest leaf = HashOfLeaf(0);
  for (const LeafPosition at :
       {LeafPosition{.index = 0, .tree_size = 0}, LeafPosition{.index = 1, .tree_size = 1},
        LeafPosition{.index = UINT64_MAX, .tree_size = 1},
        LeafPosition{.index = UINT64_MAX, .tree_size = UINT64_MAX}}) {
    EXPECT_THAT(VerifyInclusion(leaf, at, {}, leaf), HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(RootFromInclusion(leaf, at, {}), HasCode(absl::StatusCode::kDataLoss));
  }
}

TEST(InclusionProof, CannotBeHadForALeafBeyondTheTree) {
  EXPECT_THAT(MerkleTree().ProveInclusion(0), HasCode(absl::StatusCode::kOutOfRange));
}

}  // namespace
}  // namespace cbm
