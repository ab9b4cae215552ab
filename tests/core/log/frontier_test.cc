// The frontier is what the exchange appends with: at every size it must say what the whole tree
// says.

#include "core/log/frontier.h"

#include <cstdint>
#include <string>

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

TEST(Frontier, HasTheRootOfTheTreeAtEverySize) {
  MerkleTree tree;
  Frontier frontier;
  for (uint64_t size = 0; size <= 600; ++size) {
    SCOPED_TRACE(size);
    EXPECT_EQ(frontier.size(), size);
    EXPECT_EQ(frontier.Root(), tree.Root());
    EXPECT_EQ(frontier.Head(), tree.Head());
    const Digest leaf = LeafHash(fmt::format("leaf {}", size));
    tree.Append(leaf);
    frontier.Append(leaf);
  }
}

TEST(Frontier, GoesOnFromItsBytesAtEverySize) {
  Frontier frontier;
  for (uint64_t size = 0; size <= 300; ++size) {
    SCOPED_TRACE(size);
    auto parsed = Frontier::Parse(size, frontier.Serialize());
    ASSERT_THAT(parsed, IsOk());
    EXPECT_EQ(parsed->Head(), frontier.Head());
    const Digest leaf = LeafHash(fmt::format("leaf {}", size));
    parsed->Append(leaf);
    frontier.Append(leaf);
    EXPECT_EQ(parsed->Head(), frontier.Head());
    EXPECT_EQ(parsed->Serialize(), frontier.Serialize());
  }
}

TEST(Frontier, HasOneHashForEachBitOfItsSize) {
  Frontier frontier;
  EXPECT_EQ(frontier.Serialize(), "");
  for (int i = 0; i < 11; ++i) {  // 1011 in binary.
    frontier.Append(LeafHash("leaf"));
  }
  EXPECT_EQ(frontier.Serialize().size(), 3 * kDigestBytes);
}

TEST(Frontier, RefusesBytesThatNoTreeOfThatSizeHas) {
  const std::string three(3 * kDigestBytes, 'x');
  EXPECT_THAT(Frontier::Parse(11, three), IsOk());
  EXPECT_THAT(Frontier::Parse(UINT64_MAX, std::string(64 * kDigestBytes, 'x')), IsOk());
  const auto lost = HasCode(absl::StatusCode::kDataLoss);
  EXPECT_THAT(Frontier::Parse(12, three), lost);
  EXPECT_THAT(Frontier::Parse(0, three), lost);
  EXPECT_THAT(Frontier::Parse(11, ""), lost);
  EXPECT_THAT(Frontier::Parse(11, three + "x"), lost);
  EXPECT_THAT(Frontier::Parse(11, three.substr(1)), lost);
  EXPECT_THAT(Frontier::Parse(UINT64_MAX, three), lost);
}

TEST(FrontierDeathTest, StopsRatherThanCountPastTheLastLeaf) {
  auto full = Frontier::Parse(UINT64_MAX, std::string(64 * kDigestBytes, 'x'));
  ASSERT_THAT(full, IsOk());
  EXPECT_DEATH(full->Append(LeafHash("one more")), "");
}

}  // namespace
}  // namespace cbm
