// Consistency proofs (RFC 6962, section 2.1.2): the evidence that a log only ever grew, by which a
// State notices if its past were rewritten. Every pair of trees of up to 33 leaves.

#include "core/log/consistency_proof.h"

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

constexpr uint64_t kTreeSizeMax = 33;

MerkleTree TreeOf(uint64_t size) {
  MerkleTree tree;
  for (uint64_t index = 0; index < size; ++index) {
    tree.Append(LeafHash(fmt::format("leaf {}", index)));
  }
  return tree;
}

// Calls check(older, newer, proof) with an honest proof for every pair of trees.
template <typename Check>
void ForEveryProof(Check check) {
  const MerkleTree tree = TreeOf(kTreeSizeMax);
  for (uint64_t to = 1; to <= kTreeSizeMax; ++to) {
    for (uint64_t from = 1; from <= to; ++from) {
      SCOPED_TRACE(fmt::format("from {} to {}", from, to));
      const auto proof = tree.ProveConsistency({.from = from, .to = to});
      ASSERT_THAT(proof, IsOk());
      check(TreeHead{.size = from, .root = *tree.RootAt(from)},
            TreeHead{.size = to, .root = *tree.RootAt(to)}, *proof);
    }
  }
}

TEST(ConsistencyProof, ConvincesForEveryPairOfTrees) {
  ForEveryProof([](const TreeHead& older, const TreeHead& newer, const std::vector<Digest>& proof) {
    EXPECT_THAT(VerifyConsistency(older, newer, proof), IsOk());
  });
}

TEST(ConsistencyProof, DoesNotConvinceForAnotherOlderRoot) {
  ForEveryProof([](TreeHead older, const TreeHead& newer, const std::vector<Digest>& proof) {
    older.root.front() ^= 1;
    EXPECT_THAT(VerifyConsistency(older, newer, proof), HasCode(absl::StatusCode::kDataLoss));
  });
}

TEST(ConsistencyProof, DoesNotConvinceForAnotherNewerRoot) {
  ForEveryProof([](const TreeHead& older, TreeHead newer, const std::vector<Digest>& proof) {
    newer.root.front() ^= 1;
    EXPECT_THAT(VerifyConsistency(older, newer, proof), HasCode(absl::StatusCode::kDataLoss));
  });
}

TEST(ConsistencyProof, DoesNotConvinceOnceAnyHashInItIsAltered) {
  ForEveryProof([](const TreeHead& older, const TreeHead& newer, std::vector<Digest> proof) {
    for (Digest& hash : proof) {
      hash.back() ^= 1;
      EXPECT_THAT(VerifyConsistency(older, newer, proof), HasCode(absl::StatusCode::kDataLoss));
      hash.back() ^= 1;
    }
  });
}

TEST(ConsistencyProof, DoesNotConvinceWithAHashTooManyOrTooFew) {
  ForEveryProof([](const TreeHead& older, const TreeHead& newer, std::vector<Digest> proof) {
    proof.push_back(newer.root);
    EXPECT_THAT(VerifyConsistency(older, newer, proof), HasCode(absl::StatusCode::kDataLoss));
    proof.pop_back();
    proof.insert(proof.begin(), older.root);
    EXPECT_THAT(VerifyConsistency(older, newer, proof), HasCode(absl::StatusCode::kDataLoss));
    proof.erase(proof.begin());
    if (!proof.empty()) {
      proof.pop_back();
      EXPECT_THAT(VerifyConsistency(older, newer, proof), HasCode(absl::StatusCode::kDataLoss));
    }
  });
}

// Here even the roots fit the longer proof: only its length can tell.
TEST(ConsistencyProof, DoesNotConvinceOfTreesPutOnTopOfAnother) {
  ForEveryProof([](TreeHead older, TreeHead newer, std::vector<Digest> proof) {
    const Digest beside = LeafHash("beside");
    proof.push_back(beside);
    older.root = NodeHash(beside, older.root);
    newer.root = NodeHash(beside, newer.root);
    EXPECT_THAT(VerifyConsistency(older, newer, proof), HasCode(absl::StatusCode::kDataLoss));
  });
}

TEST(ConsistencyProof, DoesNotConvinceWithTheTreesExchanged) {
  ForEveryProof([](const TreeHead& older, const TreeHead& newer, const std::vector<Digest>& proof) {
    if (older.size < newer.size) {
      EXPECT_THAT(VerifyConsistency(newer, older, proof), HasCode(absl::StatusCode::kDataLoss));
    }
  });
}

TEST(ConsistencyProof, DoesNotConvinceForALogWithARewrittenLeaf) {
  for (uint64_t rewritten = 0; rewritten < 7; ++rewritten) {
    SCOPED_TRACE(rewritten);
    MerkleTree other;
    for (uint64_t index = 0; index < 12; ++index) {
      other.Append(LeafHash(index == rewritten ? "another" : fmt::format("leaf {}", index)));
    }
    const auto proof = other.ProveConsistency({.from = 7, .to = 12});
    ASSERT_THAT(proof, IsOk());
    EXPECT_THAT(VerifyConsistency(TreeOf(7).Head(), other.Head(), *proof),
                HasCode(absl::StatusCode::kDataLoss));
  }
}

TEST(ConsistencyProof, NeedsNoHashFromTheEmptyTreeAlone) {
  const TreeHead empty = MerkleTree().Head();
  const TreeHead some = TreeOf(5).Head();
  EXPECT_THAT(VerifyConsistency(empty, empty, {}), IsOk());
  EXPECT_THAT(VerifyConsistency(empty, some, {}), IsOk());
  EXPECT_THAT(VerifyConsistency(empty, some, {some.root}), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(VerifyConsistency(TreeOf(4).Head(), some, {}), HasCode(absl::StatusCode::kDataLoss));
}

TEST(ConsistencyProof, RefusesAnEmptyTreeWithARoot) {
  const TreeHead false_empty{.size = 0, .root = LeafHash("")};
  EXPECT_THAT(VerifyConsistency(false_empty, TreeOf(5).Head(), {}),
              HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(VerifyConsistency(false_empty, false_empty, {}),
              HasCode(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace cbm
