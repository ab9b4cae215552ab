// The paths of C2SP tlog-tiles: each tile has one.

#include "core/log/tile_path.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

struct Example {
  std::string text;
  TilePath path;
};

std::vector<Example> Examples() {
  return {{"tile/0/000", {.tile = {.level = 0, .index = 0}}},
          {"tile/0/999", {.tile = {.level = 0, .index = 999}}},
          {"tile/1/x001/000", {.tile = {.level = 1, .index = 1'000}}},
          {"tile/0/x001/x234/067", {.tile = {.level = 0, .index = 1'234'067}}},
          {"tile/0/x001/x234/067.p/5", {.tile = {.level = 0, .index = 1'234'067}, .width = 5}},
          {"tile/7/x001/x000/000.p/255", {.tile = {.level = 7, .index = 1'000'000}, .width = 255}},
          {"tile/63/x018/x446/x744/x073/x709/x551/615.p/1",
           {.tile = {.level = 63, .index = UINT64_MAX}, .width = 1}}};
}

TEST(TilePath, IsWrittenAndReadAsTheSpecificationHasIt) {
  for (const auto& [text, path] : Examples()) {
    SCOPED_TRACE(text);
    EXPECT_EQ(FormatTilePath(path), text);
    const auto parsed = ParseTilePath(text);
    ASSERT_THAT(parsed, IsOk());
    EXPECT_EQ(parsed->tile, path.tile);
    EXPECT_EQ(parsed->width, path.width);
  }
}

TEST(TilePath, RefusesEveryOtherText) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv,
                                      "tile"sv,
                                      "tile/"sv,
                                      "tile/0"sv,
                                      "tile/0/"sv,
                                      "tile/0/0"sv,
                                      "tile/0/00"sv,
                                      "tile/0/0000"sv,
                                      "tile/0/x000"sv,
                                      "tile/0/x000/001"sv,
                                      "tile/0/001/002"sv,
                                      "tile/0/x001/x002"sv,
                                      "tile/0/x001002"sv,
                                      "tile/00/000"sv,
                                      "tile/64/000"sv,
                                      "tile/-1/000"sv,
                                      "tile/entries/000"sv,
                                      "tile/0/000.p"sv,
                                      "tile/0/000.p/"sv,
                                      "tile/0/000.p/0"sv,
                                      "tile/0/000.p/05"sv,
                                      "tile/0/000.p/256"sv,
                                      "tile/0/000.p/257"sv,
                                      "tile/0/000.p/5/"sv,
                                      "tile/0/000.p/5.p/5"sv,
                                      "/tile/0/000"sv,
                                      "tile/0/000/"sv,
                                      "tile/0/../0"sv,
                                      "tile/0/00a"sv,
                                      "tile/0/X001/000"sv,
                                      "tile/0/000\n"sv,
                                      "tile/0/0\0"sv,
                                      "tile/0/x018/x446/x744/x073/x709/x551/616"sv,
                                      "tile/0/x001/x018/x446/x744/x073/x709/x551/615"sv}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(ParseTilePath(text), HasCode(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(ParseTilePath("tile/0/" + std::string(100'000, '0')),
              HasCode(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace cbm
