// The Merkle tree, against the definition in RFC 6962, section 2.1, written down here as it stands
// there: slow, recursive and obvious. All trees of up to 65 leaves, which have every shape there
// is.

#include "core/log/merkle_tree.h"

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

constexpr uint64_t kTreeSizeMax = 65;

using Leaves = std::span<const Digest>;
using Proof = std::vector<Digest>;

size_t SplitOf(Leaves leaves) {
  size_t split = 1;
  while (split * 2 < leaves.size()) {
    split *= 2;
  }
  return split;
}

// MTH(D[n]).
Digest Mth(Leaves leaves) {
  if (leaves.empty()) {
    return EmptyRoot();
  }
  if (leaves.size() == 1) {
    return leaves.front();
  }
  const size_t k = SplitOf(leaves);
  return NodeHash(Mth(leaves.first(k)), Mth(leaves.subspan(k)));
}

// PATH(m, D[n]).
Proof Path(size_t m, Leaves leaves) {
  if (leaves.size() == 1) {
    return {};
  }
  const size_t k = SplitOf(leaves);
  Proof proof = m < k ? Path(m, leaves.first(k)) : Path(m - k, leaves.subspan(k));
  proof.push_back(m < k ? Mth(leaves.subspan(k)) : Mth(leaves.first(k)));
  return proof;
}

// SUBPROOF(m, D[n], whole).
Proof SubProof(size_t m, Leaves leaves, bool whole) {
  if (m == leaves.size()) {
    return whole ? Proof{} : Proof{Mth(leaves)};
  }
  const size_t k = SplitOf(leaves);
  Proof proof =
      m <= k ? SubProof(m, leaves.first(k), whole) : SubProof(m - k, leaves.subspan(k), false);
  proof.push_back(m <= k ? Mth(leaves.subspan(k)) : Mth(leaves.first(k)));
  return proof;
}

class MerkleTreeTest : public ::testing::Test {
 protected:
  MerkleTreeTest() {
    for (uint64_t index = 0; index < kTreeSizeMax; ++index) {
      leaves_.push_back(LeafHash(fmt::format("leaf {}", index)));
      tree_.Append(leaves_.back());
    }
  }

  std::vector<Digest> leaves_;
  MerkleTree tree_;
};

TEST_F(MerkleTreeTest, HasTheRootOfTheStandardAtEverySize) {
  MerkleTree growing;
  for (uint64_t size = 0; size <= kTreeSizeMax; ++size) {
    SCOPED_TRACE(size);
    const Digest expected = Mth(Leaves(leaves_).first(size));
    EXPECT_EQ(growing.size(), size);
    EXPECT_EQ(growing.Root(), expected);
    EXPECT_EQ(growing.Head(), (TreeHead{.size = size, .root = expected}));
    ASSERT_THAT(tree_.RootAt(size), IsOk());
    EXPECT_EQ(*tree_.RootAt(size), expected);
    if (size < kTreeSizeMax) {
      growing.Append(leaves_[size]);
    }
  }
}

TEST_F(MerkleTreeTest, GivesTheInclusionProofOfTheStandardForEveryLeafAtEverySize) {
  for (uint64_t size = 1; size <= kTreeSizeMax; ++size) {
    for (uint64_t index = 0; index < size; ++index) {
      SCOPED_TRACE(fmt::format("leaf {} of {}", index, size));
      const auto proof = tree_.ProveInclusion({.index = index, .tree_size = size});
      ASSERT_THAT(proof, IsOk());
      EXPECT_EQ(*proof, Path(index, Leaves(leaves_).first(size)));
    }
  }
}

TEST_F(MerkleTreeTest, GivesTheConsistencyProofOfTheStandardBetweenAllSizes) {
  for (uint64_t to = 1; to <= kTreeSizeMax; ++to) {
    for (uint64_t from = 1; from <= to; ++from) {
      SCOPED_TRACE(fmt::format("from {} to {}", from, to));
      const auto proof = tree_.ProveConsistency({.from = from, .to = to});
      ASSERT_THAT(proof, IsOk());
      EXPECT_EQ(*proof, SubProof(from, Leaves(leaves_).first(to), true));
    }
  }
}

TEST_F(MerkleTreeTest, NeedsNoProofFromTheEmptyTree) {
  ASSERT_THAT(tree_.ProveConsistency({.from = 0, .to = 9}), IsOk());
  EXPECT_TRUE(tree_.ProveConsistency({.from = 0, .to = 9})->empty());
}

TEST_F(MerkleTreeTest, ProvesInTheWholeTreeUnlessToldOtherwise) {
  EXPECT_EQ(*tree_.ProveInclusion(3),
            *tree_.ProveInclusion({.index = 3, .tree_size = kTreeSizeMax}));
}

TEST_F(MerkleTreeTest, AnswersNothingBeyondItself) {
  const auto beyond = HasCode(absl::StatusCode::kOutOfRange);
  EXPECT_THAT(MerkleTree().ProveInclusion(0), beyond);
  EXPECT_THAT(tree_.ProveInclusion(kTreeSizeMax), beyond);
  EXPECT_THAT(tree_.ProveInclusion({.index = 5, .tree_size = 5}), beyond);
  EXPECT_THAT(tree_.ProveInclusion({.index = 0, .tree_size = 0}), beyond);
  EXPECT_THAT(tree_.ProveInclusion({.index = 0, .tree_size = kTreeSizeMax + 1}), beyond);
  EXPECT_THAT(tree_.ProveConsistency({.from = 4, .to = 3}), beyond);
  EXPECT_THAT(tree_.ProveConsistency({.from = 4, .to = kTreeSizeMax + 1}), beyond);
  EXPECT_THAT(tree_.RootAt(kTreeSizeMax + 1), beyond);
  EXPECT_THAT(tree_.RootAt(UINT64_MAX), beyond);
}

TEST(MerkleHash, KeepsLeavesAndNodesApart) {
  const Digest left = LeafHash("left");
  const Digest right = LeafHash("right");
  std::string both(BytesOf(left));
  both += BytesOf(right);
  EXPECT_NE(LeafHash(both), NodeHash(left, right));
  EXPECT_NE(NodeHash(left, right), NodeHash(right, left));
  EXPECT_NE(LeafHash(""), EmptyRoot());
}

}  // namespace
}  // namespace cbm
