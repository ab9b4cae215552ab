// Tiles against the whole tree in memory: every size up to 600, which crosses two tile borders on
// level 0 and grows level 1; and a tree of 70,000, the example of C2SP tlog-tiles, which has three
// levels. The store here is an honest one: it writes what GrowTiles says, and knows no more.

#include "core/log/tiles.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/log/consistency_proof.h"
#include "core/log/inclusion_proof.h"
#include "core/log/merkle_tree.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

constexpr uint64_t kTreeSizeMax = 600;
constexpr uint64_t kBigTreeSize = 70'000;

class TileStore final : public TileSource {
 public:
  absl::StatusOr<std::string> ReadTile(TileId tile) override {
    ++reads;
    const auto found = tiles.find(tile);
    if (found == tiles.end()) {
      return absl::NotFoundError("no such tile");
    }
    return found->second;
  }

  absl::StatusOr<std::string> ReadLeafHashes(uint64_t from, unsigned count) override {
    ++reads;
    EXPECT_LE(count, kTileWidthMax);
    std::string hashes;
    for (uint64_t index = from; index < from + count && index < leaves.size(); ++index) {
      hashes += BytesOf(leaves[index]);
    }
    return hashes;
  }

  void AddLeaves(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
      leaves.push_back(LeafHash(fmt::format("leaf {}", leaves.size())));
    }
  }

  // Adds leaves and the tiles that follow, as a store does with each act.
  void Grow(uint64_t count) {
    const uint64_t from = leaves.size();
    AddLeaves(count);
    const auto grown = GrowTiles(*this, {.from = from, .to = leaves.size()});
    ASSERT_THAT(grown, IsOk());
    for (const Tile& tile : *grown) {
      tiles[tile.id] = tile.hashes;
    }
  }

  std::vector<Digest> leaves;
  std::map<TileId, std::string> tiles;
  int reads = 0;
};

MerkleTree TreeOf(const std::vector<Digest>& leaves) {
  MerkleTree tree;
  for (const Digest& leaf : leaves) {
    tree.Append(leaf);
  }
  return tree;
}

TEST(Tiles, HaveTheRootOfTheTreeAtEverySizeAsTheLogGrows) {
  TileStore store;
  MerkleTree tree;
  for (uint64_t size = 0; size <= kTreeSizeMax; ++size) {
    SCOPED_TRACE(size);
    const auto root = RootAt(store, size);
    ASSERT_THAT(root, IsOk());
    EXPECT_EQ(*root, tree.Root());
    store.Grow(1);
    tree.Append(store.leaves.back());
  }
}

TEST(Tiles, HaveTheRootOfEveryTreeThatTheLogEverWas) {
  TileStore store;
  store.Grow(kTreeSizeMax);
  const MerkleTree tree = TreeOf(store.leaves);
  for (uint64_t size = 0; size <= kTreeSizeMax; ++size) {
    SCOPED_TRACE(size);
    const auto root = RootAt(store, size);
    ASSERT_THAT(root, IsOk());
    EXPECT_EQ(*root, *tree.RootAt(size));
  }
}

TEST(Tiles, GiveTheInclusionProofsOfTheTreeAtEverySize) {
  TileStore store;
  store.Grow(kTreeSizeMax);
  const MerkleTree tree = TreeOf(store.leaves);
  for (uint64_t size = 1; size <= kTreeSizeMax; ++size) {
    for (const uint64_t index :
         std::set<uint64_t>{0, size / 3, size / 2, size - 1, size * 7 % size,
                            size > 256 ? 256U : 0U, size > 255 ? 255U : 0U}) {
      SCOPED_TRACE(fmt::format("leaf {} of {}", index, size));
      const LeafPosition at{.index = index, .tree_size = size};
      const auto proof = ProveInclusion(store, at);
      ASSERT_THAT(proof, IsOk());
      EXPECT_EQ(*proof, *tree.ProveInclusion(at));
      EXPECT_THAT(VerifyInclusion(store.leaves[index], at, *proof, *tree.RootAt(size)), IsOk());
    }
  }
}

TEST(Tiles, GiveTheConsistencyProofsOfTheTreeAtEverySize) {
  TileStore store;
  store.Grow(kTreeSizeMax);
  const MerkleTree tree = TreeOf(store.leaves);
  for (uint64_t to = 1; to <= kTreeSizeMax; ++to) {
    for (const uint64_t from : std::set<uint64_t>{0, 1, to / 3, to / 2, to - 1, to}) {
      SCOPED_TRACE(fmt::format("from {} to {}", from, to));
      const auto proof = ProveConsistency(store, {.from = from, .to = to});
      ASSERT_THAT(proof, IsOk());
      EXPECT_EQ(*proof, *tree.ProveConsistency({.from = from, .to = to}));
    }
  }
}

TEST(Tiles, AreTheSameHoweverTheLogGrew) {
  TileStore at_once;
  at_once.Grow(kTreeSizeMax);
  TileStore by_one;
  TileStore by_many;
  while (by_one.leaves.size() < kTreeSizeMax) {
    by_one.Grow(1);
  }
  for (const uint64_t step : {3U, 252U, 1U, 1U, 300U, 43U}) {
    by_many.Grow(step);
  }
  EXPECT_EQ(by_one.tiles, at_once.tiles);
  EXPECT_EQ(by_many.leaves, at_once.leaves);
  EXPECT_EQ(by_many.tiles, at_once.tiles);
}

TEST(Tiles, AreWrittenOnlyWhenATileOfLeavesIsFull) {
  TileStore store;
  store.AddLeaves(600);
  store.reads = 0;
  for (uint64_t size = 1; size <= 600; ++size) {
    SCOPED_TRACE(size);
    const int reads = store.reads;
    const auto grown = GrowTiles(store, {.from = size - 1, .to = size});
    ASSERT_THAT(grown, IsOk());
    if (size % kTileWidthMax != 0) {
      EXPECT_TRUE(grown->empty());
      EXPECT_EQ(store.reads, reads);
      continue;
    }
    ASSERT_EQ(grown->size(), 2U);
    EXPECT_EQ((*grown)[0].id, (TileId{.level = 0, .index = size / kTileWidthMax - 1}));
    EXPECT_EQ((*grown)[0].hashes.size(), kTileWidthMax * kDigestBytes);
    EXPECT_EQ((*grown)[1].id, (TileId{.level = 1, .index = 0}));
    EXPECT_EQ((*grown)[1].hashes.size(), size / kTileWidthMax * kDigestBytes);
    for (const Tile& tile : *grown) {
      store.tiles[tile.id] = tile.hashes;
    }
  }
}

class BigTreeTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    store_ = new TileStore;
    while (store_->leaves.size() < kBigTreeSize) {
      store_->Grow(1'000);
    }
    tree_ = new MerkleTree(TreeOf(store_->leaves));
  }
  static void TearDownTestSuite() {
    delete store_;
    delete tree_;
  }

  static TileStore* store_;
  static MerkleTree* tree_;
};

TileStore* BigTreeTest::store_ = nullptr;
MerkleTree* BigTreeTest::tree_ = nullptr;

TEST_F(BigTreeTest, HasTheTilesOfTheExampleInTheSpecification) {
  EXPECT_EQ(TileWidth({.level = 0, .index = 272}, kBigTreeSize), 256U);
  EXPECT_EQ(TileWidth({.level = 0, .index = 273}, kBigTreeSize), 112U);
  EXPECT_EQ(TileWidth({.level = 0, .index = 274}, kBigTreeSize), 0U);
  EXPECT_EQ(TileWidth({.level = 1, .index = 0}, kBigTreeSize), 256U);
  EXPECT_EQ(TileWidth({.level = 1, .index = 1}, kBigTreeSize), 17U);
  EXPECT_EQ(TileWidth({.level = 2, .index = 0}, kBigTreeSize), 1U);
  EXPECT_EQ(TileWidth({.level = 3, .index = 0}, kBigTreeSize), 0U);
  EXPECT_EQ(TileWidth({.level = 1, .index = 0}, 256), 1U);
  // 273 full ones of leaves, two above them, one on top; the partial one of leaves is not written.
  EXPECT_EQ(store_->tiles.size(), 276U);
  EXPECT_EQ((store_->tiles[{.level = 2, .index = 0}]).size(), kDigestBytes);
}

TEST_F(BigTreeTest, ProvesWhatTheTreeProvesAndReadsLittle) {
  constexpr int kReadsMax = 6;  // Two tiles on each of three levels.
  for (const uint64_t size : {65'535U, 65'536U, 65'537U, 65'792U, 69'999U, 70'000U}) {
    for (const uint64_t index : {0U, 255U, 256U, 33'333U, 65'279U, 65'534U}) {
      SCOPED_TRACE(fmt::format("leaf {} of {}", index, size));
      store_->reads = 0;
      const auto inclusion = ProveInclusion(*store_, {.index = index, .tree_size = size});
      ASSERT_THAT(inclusion, IsOk());
      EXPECT_EQ(*inclusion, *tree_->ProveInclusion({.index = index, .tree_size = size}));
      EXPECT_LE(store_->reads, kReadsMax);

      store_->reads = 0;
      const auto consistency = ProveConsistency(*store_, {.from = index, .to = size});
      ASSERT_THAT(consistency, IsOk());
      EXPECT_EQ(*consistency, *tree_->ProveConsistency({.from = index, .to = size}));
      EXPECT_LE(store_->reads, kReadsMax);
    }
    store_->reads = 0;
    const auto root = RootAt(*store_, size);
    ASSERT_THAT(root, IsOk());
    EXPECT_EQ(*root, *tree_->RootAt(size));
    EXPECT_LE(store_->reads, kReadsMax);
  }
}

TEST_F(BigTreeTest, PublishesTilesAsTheyWereAtAnEarlierSize) {
  const auto partial = TileAt(*store_, {.level = 1, .index = 0}, 1'000);
  ASSERT_THAT(partial, IsOk());
  EXPECT_EQ(partial->hashes, (store_->tiles[{.level = 1, .index = 0}]).substr(0, 3 * kDigestBytes));
  const auto leaves = TileAt(*store_, {.level = 0, .index = 3}, 1'000);
  ASSERT_THAT(leaves, IsOk());
  EXPECT_EQ(leaves->hashes, *store_->ReadLeafHashes(768, 232));
  EXPECT_THAT(TileAt(*store_, {.level = 0, .index = 4}, 1'000),
              HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(TileAt(*store_, {.level = 0, .index = 0}, 0), HasCode(absl::StatusCode::kNotFound));
}

TEST(Tiles, HaveNoWidthWhereNoTreeReaches) {
  EXPECT_EQ(TileWidth({.level = 7, .index = 0}, UINT64_MAX), 255U);
  EXPECT_EQ(TileWidth({.level = 8, .index = 0}, UINT64_MAX), 0U);
  EXPECT_EQ(TileWidth({.level = 4'000'000'000U, .index = 0}, UINT64_MAX), 0U);
  EXPECT_EQ(TileWidth({.level = 0, .index = UINT64_MAX}, UINT64_MAX), 0U);
  EXPECT_EQ(TileWidth({.level = 0, .index = UINT64_MAX / 256}, UINT64_MAX), 255U);
}

TEST(Tiles, AnswerNothingBeyondTheTree) {
  TileStore store;
  store.Grow(10);
  const auto beyond = HasCode(absl::StatusCode::kOutOfRange);
  EXPECT_THAT(ProveInclusion(store, {.index = 10, .tree_size = 10}), beyond);
  EXPECT_THAT(ProveInclusion(store, {.index = 0, .tree_size = 0}), beyond);
  EXPECT_THAT(ProveConsistency(store, {.from = 6, .to = 5}), beyond);
  EXPECT_THAT(GrowTiles(store, {.from = 6, .to = 5}), beyond);
}

TEST(Tiles, AreLostWhenTheStoreLacksThem) {
  TileStore store;
  store.Grow(600);
  const auto lost = HasCode(absl::StatusCode::kDataLoss);
  EXPECT_THAT(RootAt(store, 601), lost);
  EXPECT_THAT(RootAt(store, UINT64_MAX), lost);
  EXPECT_THAT(GrowTiles(store, {.from = 600, .to = 1'000}), lost);

  TileStore torn = store;
  torn.tiles[{.level = 0, .index = 0}].pop_back();
  EXPECT_THAT(ProveInclusion(torn, {.index = 3, .tree_size = 600}), lost);
  torn.tiles[{.level = 0, .index = 0}].resize((kTileWidthMax - 1) * kDigestBytes);
  EXPECT_THAT(ProveInclusion(torn, {.index = 3, .tree_size = 600}), lost);
  torn.tiles[{.level = 0, .index = 0}] = std::string((kTileWidthMax + 1) * kDigestBytes, 'x');
  EXPECT_THAT(ProveInclusion(torn, {.index = 3, .tree_size = 600}), lost);
  torn.tiles.erase({.level = 0, .index = 0});
  EXPECT_THAT(ProveInclusion(torn, {.index = 3, .tree_size = 600}), lost);

  store.tiles.erase({.level = 1, .index = 0});
  store.AddLeaves(200);
  EXPECT_THAT(GrowTiles(store, {.from = 600, .to = 800}), lost);
}

TEST(Tiles, PassOnWhatElseWentWrong) {
  class Unavailable final : public TileSource {
    absl::StatusOr<std::string> ReadTile(TileId) override { return absl::UnavailableError("busy"); }
    absl::StatusOr<std::string> ReadLeafHashes(uint64_t, unsigned) override {
      return absl::UnavailableError("busy");
    }
  } source;
  const auto unavailable = HasCode(absl::StatusCode::kUnavailable);
  EXPECT_THAT(RootAt(source, 5), unavailable);
  EXPECT_THAT(RootAt(source, 256), unavailable);
  EXPECT_THAT(GrowTiles(source, {.from = 0, .to = 256}), unavailable);
  EXPECT_THAT(TileAt(source, {.level = 0, .index = 0}, 256), unavailable);
}

TEST(DifferenceFrom, IsNoneFromAnyHeadThatTheLogHad) {
  MerkleTree tree;
  TileStore store;
  std::vector<TreeHead> heads = {tree.Head()};
  for (uint64_t size = 1; size <= kTreeSizeMax; ++size) {
    store.Grow(1);
    tree.Append(store.leaves.back());
    heads.push_back(tree.Head());
  }
  for (TreeHead head : heads) {
    SCOPED_TRACE(head.size);
    EXPECT_EQ(*DifferenceFrom(head, store, kTreeSizeMax), "");
    head.root.front() ^= 1;
    EXPECT_EQ(*DifferenceFrom(head, store, kTreeSizeMax),
              fmt::format("differs from the {} entries that were signed", head.size));
  }
  EXPECT_EQ(*DifferenceFrom({.size = 3, .root = {}}, store, 2), "has 2 entries, but 3 were signed");
}

}  // namespace
}  // namespace cbm
