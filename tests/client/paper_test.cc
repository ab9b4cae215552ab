// What is printed: it must be whole, fit the sheet in every script, do nothing to a printer, and
// say on every line of an exercise that it is one.

#include "client/output/paper.h"

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "client/output/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cbm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

std::string Trimmed(const std::string& line) { return line.substr(line.find_first_not_of(' ')); }

TEST(Wrap, BreaksBetweenWords) {
  EXPECT_THAT(Wrap("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(Wrap("one two three", 8), ElementsAre("one two", "three"));
  EXPECT_THAT(Wrap("one", 3), ElementsAre("one"));
}

TEST(Wrap, KeepsLinesAndIndentation) {
  EXPECT_THAT(Wrap("a\n\n  b\n\tc", 10), ElementsAre("a", "", "  b", "    c"));
  EXPECT_THAT(Wrap("", 10), ElementsAre(""));
}

TEST(Wrap, BreaksAWordOnlyIfItIsLongerThanALine) {
  EXPECT_THAT(Wrap("abcdefgh ij", 4), ElementsAre("abcd", "efgh", "ij"));
  EXPECT_THAT(Wrap("ab cdefgh", 4), ElementsAre("ab", "cdef", "gh"));
  EXPECT_THAT(Wrap("    abcdefgh", 6), ElementsAre("    ab", "cdefgh"));
}

TEST(Wrap, CountsColumnsAndNotBytes) {
  EXPECT_THAT(Wrap("東京都京都", 4), ElementsAre("東京", "都京", "都"));
  EXPECT_THAT(Wrap("Київ Рига", 9), ElementsAre("Київ Рига"));
  EXPECT_THAT(Wrap("e\u0301e\u0301", 1), ElementsAre("e\u0301", "e\u0301"));
}

TEST(Paper, HasTheMarkingAtHeadAndFoot) {
  Paper paper(v1::CONTEXT_REAL, v1::MARKING_AMBER_STRICT, "TITLE");
  const std::vector<std::string> lines = LinesOf(paper.Finish("Printed."));
  EXPECT_EQ(Trimmed(lines.front()), "TLP:AMBER+STRICT");
  EXPECT_EQ(Trimmed(lines.back()), "TLP:AMBER+STRICT");
  EXPECT_THAT(lines, ::testing::Contains("Printed."));
}

TEST(Paper, BeginsEveryLineOfAnExerciseWithThatWord) {
  for (const auto& [context, name] :
       {std::pair(v1::CONTEXT_EXERCISE, "EXERCISE"), std::pair(v1::CONTEXT_TEST, "TEST")}) {
    Paper paper(context, v1::MARKING_GREEN, "TITLE");
    paper.Text("one\n\ntwo", 4);
    const std::vector<std::string> lines = LinesOf(paper.Finish("Printed."));
    EXPECT_EQ(Trimmed(lines.front().substr(std::string(name).size())), name);
    for (const std::string& line : lines) {
      EXPECT_THAT(line, StartsWith(name));
    }
  }
}

TEST(Paper, IsNeverWiderThanTheSheet) {
  std::string hostile = "東京 \x1b[31m\u202e\a\f\r";
  hostile += std::string(300, 'x') + " ";
  for (int i = 0; i < 40; ++i) {
    hostile += "слово e\u0301 ";
  }
  for (const v1::Context context : {v1::CONTEXT_REAL, v1::CONTEXT_EXERCISE}) {
    Paper paper(context, v1::MARKING_RED, "TITLE");
    paper.Heading(hostile);
    paper.Field("name", hostile);
    paper.Field(hostile, hostile);
    paper.Text(hostile, 4);
    const std::string page = paper.Finish(hostile);
    for (const std::string& line : LinesOf(page)) {
      EXPECT_LE(ColumnsOf(line), kPaperColumns) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
    }
    EXPECT_EQ(CleanText(page), page) << "nothing in it controls a printer";
    EXPECT_EQ(page.find('\t'), std::string::npos);
  }
}

TEST(Paper, PutsAValueBesideItsName) {
  Paper paper(v1::CONTEXT_REAL, v1::MARKING_CLEAR, "TITLE");
  paper.Field("to", "Latvia (LV)\nFinland (FI)");
  EXPECT_THAT(paper.Finish(""),
              HasSubstr("\nto              Latvia (LV)\n                Finland (FI)\n"));
}

}  // namespace
}  // namespace cbm
