// The edge of a tree against the whole tree in memory: every size up to 600, which crosses two tile
// borders, and about 65,536, where the third level begins.

#include "server/store/tree_edge.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/log/inclusion_proof.h"
#include "core/log/merkle_hash.h"
#include "core/log/merkle_tree.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

constexpr uint64_t kSmall = 600;
constexpr uint64_t kThirdLevel = 65'536;

class Rows final : public TileSource {
 public:
  absl::StatusOr<std::string> ReadTile(TileId tile) override {
    ++reads;
    const auto found = tiles.find(tile);
    return found == tiles.end() ? absl::StatusOr<std::string>(absl::NotFoundError("no such tile"))
                                : found->second;
  }
  absl::StatusOr<std::string> ReadLeafHashes(uint64_t from, unsigned count) override {
    ++reads;
    std::string hashes;
    for (uint64_t i = from; i < from + count && i < leaves.size(); ++i) {
      hashes += BytesOf(leaves[i]);
    }
    return hashes;
  }

  void Write(std::vector<Tile> written) {
    for (Tile& tile : written) {
      tiles[tile.id] = std::move(tile.hashes);
    }
  }

  std::vector<Digest> leaves;
  std::map<TileId, std::string> tiles;
  int reads = 0;
};

// A log that is kept as a store keeps it, and the whole tree beside it.
class Log {
 public:
  void Grow(uint64_t count) {
    const size_t before = rows.leaves.size();
    for (uint64_t i = 0; i < count; ++i) {
      rows.leaves.push_back(LeafHash(fmt::format("leaf {}", rows.leaves.size())));
      whole.Append(rows.leaves.back());
    }
    rows.Write(edge.Grow(std::span(rows.leaves).subspan(before)));
  }

  Digest RootWith(uint64_t index) {
    EdgeTiles source(rows, edge);
    const LeafPosition position{.index = index, .tree_size = edge.size()};
    const auto proof = ProveInclusion(source, position);
    const auto root =
        proof.ok() ? RootFromInclusion(rows.leaves[index], position, *proof) : proof.status();
    EXPECT_THAT(root, IsOk());
    return root.value_or(Digest());
  }

  Rows rows;
  MerkleTree whole;
  TreeEdge edge;
};

TEST(TreeEdge, HasTheHeadOfTheWholeTreeAndProvesEveryLeaf) {
  Log log;
  EXPECT_EQ(log.edge.Head(), log.whole.Head());
  for (uint64_t size = 1; size <= kSmall; ++size) {
    log.Grow(1);
    ASSERT_EQ(log.edge.Head(), log.whole.Head()) << size;
    for (uint64_t index = size % 7; index < size; index += 7) {
      ASSERT_EQ(log.RootWith(index), log.whole.Head().root) << index << " of " << size;
    }
  }
}

TEST(TreeEdge, WritesTheTilesThatALogHas) {
  Log log;
  for (const int count : {1, 254, 1, 1, 300, 255, 1}) {
    log.Grow(static_cast<uint64_t>(count));
    const auto tiles = GrowTiles(log.rows, {.from = 0, .to = log.edge.size()});
    ASSERT_THAT(tiles, IsOk());
    std::map<TileId, std::string> expected;
    for (const Tile& tile : *tiles) {
      expected[tile.id] = tile.hashes;
    }
    EXPECT_EQ(log.rows.tiles, expected) << log.edge.size();
  }
}

TEST(TreeEdge, LoadedOneIsTheOneThatGrew) {
  Log log;
  for (uint64_t size = 0; size <= kSmall; ++size, log.Grow(1)) {
    auto loaded = TreeEdge::Load(log.rows, size);
    ASSERT_THAT(loaded, IsOk());
    ASSERT_EQ(loaded->Head(), log.whole.Head()) << size;
    const std::vector<Digest> more(300, LeafHash("more"));
    TreeEdge grown = log.edge;
    ASSERT_EQ(loaded->Grow(more).size(), grown.Grow(more).size()) << size;
    ASSERT_EQ(loaded->Head(), grown.Head()) << size;
  }
}

TEST(TreeEdge, CrossesIntoTheThirdLevel) {
  Log log;
  log.Grow(kThirdLevel - 2);
  for (uint64_t size = kThirdLevel - 1; size <= kThirdLevel + 1; ++size) {
    log.Grow(1);
    ASSERT_EQ(log.edge.Head(), log.whole.Head()) << size;
    for (const uint64_t index : {uint64_t{0}, uint64_t{40'000}, size - 2, size - 1}) {
      EXPECT_EQ(log.RootWith(index), log.whole.Head().root) << index << " of " << size;
    }
    const auto loaded = TreeEdge::Load(log.rows, size);
    ASSERT_THAT(loaded, IsOk());
    EXPECT_EQ(loaded->Head(), log.whole.Head()) << size;
  }
}

TEST(TreeEdge, ProvesTheNewestLeavesWithoutReading) {
  Log log;
  log.Grow(kThirdLevel + kSmall);
  log.rows.reads = 0;
  for (uint64_t index = log.edge.size() - kSmall % kTileWidthMax; index < log.edge.size();
       ++index) {
    EXPECT_EQ(log.RootWith(index), log.whole.Head().root);
  }
  EXPECT_EQ(log.rows.reads, 0);
}

TEST(TreeEdge, HasNothingThatItDoesNotHave) {
  Log log;
  log.Grow(kSmall);
  EXPECT_EQ(log.edge.FindTile({.level = 0, .index = 0}), nullptr);
  EXPECT_EQ(log.edge.FindTile({.level = 1, .index = 1}), nullptr);
  EXPECT_EQ(log.edge.FindTile({.level = 2, .index = 0}), nullptr);
  EXPECT_EQ(log.edge.FindTile({.level = kTileLevels, .index = 0}), nullptr);
  EXPECT_EQ(log.edge.FindNode({.height = 0, .index = kSmall}), std::nullopt);
  EXPECT_EQ(log.edge.FindNode({.height = 0, .index = 0}), std::nullopt);
  EXPECT_EQ(log.edge.FindNode({.height = 10, .index = 0}), std::nullopt);
  EXPECT_EQ(log.edge.FindNode({.height = 64, .index = 0}), std::nullopt);
  EXPECT_EQ(log.edge.FindLeafHashes(kSmall - 1, 2), "");
  EXPECT_EQ(log.edge.FindLeafHashes(0, 1), "");
}

TEST(TreeEdge, IsNotLoadedFromHashesThatLack) {
  Log log;
  log.Grow(kSmall);
  Rows cut = log.rows;
  cut.leaves.pop_back();
  EXPECT_THAT(TreeEdge::Load(cut, kSmall), HasCode(absl::StatusCode::kDataLoss));
  cut = log.rows;
  cut.tiles.erase({.level = 1, .index = 0});
  EXPECT_THAT(TreeEdge::Load(cut, kSmall), HasCode(absl::StatusCode::kDataLoss));
  cut = log.rows;
  cut.tiles[{.level = 1, .index = 0}].resize(kDigestBytes);
  EXPECT_THAT(TreeEdge::Load(cut, kSmall), HasCode(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace cbm
