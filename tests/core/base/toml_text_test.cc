// What has to be kept from the TOML parser, and nothing else.

#include "core/base/toml_text.h"

#include "gtest/gtest.h"

namespace cbm {
namespace {

TEST(FirstLineNotToml, IsNoneForWhatPeopleWrite) {
  for (const std::string_view text :
       {"", "\n", "[section]\nname = \"Ελλάδα\"\r\n\tkey = 1\n", "[[list]]\n", "  [ 'x' ]",
        "list = [\n  \"one\",\n]\n", "# [comment\n", "not = \"TOML at all"}) {
    EXPECT_EQ(FirstLineNotToml(text), std::nullopt) << text;
  }
}

TEST(FirstLineNotToml, IsTheLineOfWhatCannotBeSeen) {
  EXPECT_EQ(FirstLineNotToml("\x17"), 1U);
  EXPECT_EQ(FirstLineNotToml("one = 1\n[\x17two]"), 2U);
  EXPECT_EQ(FirstLineNotToml("one = 1\n\ntw\xFFo"), 3U);
  EXPECT_EQ(FirstLineNotToml("turned = \"\u202E round\""), 1U);
  EXPECT_EQ(FirstLineNotToml("a return\r within a line"), 1U);
}

TEST(FirstLineNotToml, IsTheLineOfASectionWithoutAName) {
  for (const std::string_view line : {"[", "[]", "[[", "[[]]", "[ ", "[=", "[.a]", "[é]", "\t["}) {
    EXPECT_EQ(FirstLineNotToml("one = 1\n" + std::string(line)), 2U) << line;
  }
}

}  // namespace
}  // namespace cbm
