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

// What toml++ 3.3 takes for impossible there, from U+00A1 on.
TEST(FirstLineNotToml, IsTheLineOfALetterThatIsNotAsciiOutsideStringsAndComments) {
  for (const std::string_view line :
       {"\u0447)", "ключ = 1", "a = é", "a = \"é\" é", "a = 'é' é", "a = \"\" é", "a = '' é",
        R"(a = "\"" é)", R"(a = "\\" é)", R"(a = '\' é)", R"(a = """é""" é)", R"(a = """é""""" é)",
        "a = '''é''' é", "[a] é"}) {
    EXPECT_EQ(FirstLineNotToml("one = 1\n" + std::string(line)), 2U) << line;
  }
  EXPECT_EQ(FirstLineNotToml("a = \"not ended\né = 1"), 2U);
  EXPECT_EQ(FirstLineNotToml("a = \"\"\"\né\n\"\"\"\né"), 4U);
}

TEST(FirstLineNotToml, IsNoneForLettersInStringsAndComments) {
  for (const std::string_view text :
       {"a = \"é\" # é", "a = 'é'", "\"é\" = 1", "['é']", R"(a = "\"é")", R"(a = "'é")",
        R"(a = '"é')", "a = \"\"\"\né \"\" é\n\"\"\" # é", "a = '''\né '' é\n'''\n# é",
        R"(a = """\"""é""")", "a = \"#é\"", "# \"\nb = 'é'"}) {
    EXPECT_EQ(FirstLineNotToml(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace cbm
