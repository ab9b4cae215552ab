// What may stand in a note. Two readers who see a text differently would disagree on what was
// signed, so what is not plain UTF-8 is refused.

#include "core/log/note_text.h"

#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cbm {
namespace {

using namespace std::string_view_literals;

TEST(NoteText, IsUtf8ThatEndsInANewline) {
  for (const std::string_view text :
       {"\n"sv, "a\n"sv, "a\n\nb\n"sv, "caf\xc3\xa9\n"sv, "\xe2\x80\x94\n"sv,
        "\xf0\x9f\x95\x8a\n"sv, "\xed\x9f\xbf\xee\x80\x80\n"sv, "\xf4\x8f\xbf\xbf\n"sv}) {
    SCOPED_TRACE(text);
    EXPECT_TRUE(IsNoteText(text));
  }
  EXPECT_FALSE(IsNoteText(""));
  EXPECT_FALSE(IsNoteText("a"));
}

TEST(NoteText, HasNoControlCharacterButNewline) {
  for (char c = 0; c < 0x20; ++c) {
    SCOPED_TRACE(static_cast<int>(c));
    EXPECT_EQ(HasNoteCharacters(std::string("a") + c), c == '\n');
  }
}

TEST(NoteText, IsNotMalformedUtf8) {
  for (const std::string_view text : {"\x80"sv,
                                      "\xbf"sv,
                                      "\xc3"sv,
                                      "\xc3("sv,
                                      "\xe2\x80"sv,
                                      "\xe2(\x94"sv,
                                      "\xf0\x9f\x95"sv,
                                      "\xc0\x80"sv,
                                      "\xc1\xbf"sv,
                                      "\xe0\x80\x80"sv,
                                      "\xe0\x9f\xbf"sv,
                                      "\xf0\x80\x80\x80"sv,
                                      "\xf0\x8f\xbf\xbf"sv,
                                      "\xed\xa0\x80"sv,
                                      "\xed\xbf\xbf"sv,
                                      "\xf4\x90\x80\x80"sv,
                                      "\xf5\x80\x80\x80"sv,
                                      "\xf8\x88\x80\x80\x80"sv,
                                      "\xfe"sv,
                                      "\xff"sv}) {
    SCOPED_TRACE(text.size());
    EXPECT_FALSE(HasNoteCharacters(text));
    EXPECT_FALSE(IsKeyName(text));
  }
}

TEST(NoteText, NamesKeysWithoutSpaceOrPlus) {
  for (const std::string_view name : {"a"sv, "example.com/log"sv, "caf\xc3\xa9/\xe2\x80\x94"sv}) {
    EXPECT_TRUE(IsKeyName(name)) << name;
  }
  for (const std::string_view name :
       {""sv, " "sv, "a b"sv, "a+b"sv, "a\n"sv, "a\t"sv, "a\0"sv, "a\xc2\x85"sv, "a\xc2\xa0"sv,
        "\xe1\x9a\x80"sv, "\xe2\x80\x80"sv, "\xe2\x80\x8a"sv, "\xe2\x80\xa8"sv, "\xe2\x80\xa9"sv,
        "\xe2\x80\xaf"sv, "\xe2\x81\x9f"sv, "\xe3\x80\x80"sv}) {
    SCOPED_TRACE(name);
    EXPECT_FALSE(IsKeyName(name));
  }
}

}  // namespace
}  // namespace cbm
