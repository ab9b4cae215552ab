// Text from others is read character by character before it reaches a screen or a log. These tests
// try every code point, and every way of spelling one wrongly that RFC 3629 forbids.

#include "core/base/utf8.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "fmt/format.h"
#include "gtest/gtest.h"

namespace cbm {
namespace {

std::string Encode(char32_t code) {
  const auto tail = [&](unsigned shift) {
    return static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
  };
  if (code < 0x80) {
    return {static_cast<char>(code)};
  }
  if (code < 0x800) {
    return {static_cast<char>(0xC0U | (code >> 6U)), tail(0)};
  }
  if (code < 0x10000) {
    return {static_cast<char>(0xE0U | (code >> 12U)), tail(6), tail(0)};
  }
  return {static_cast<char>(0xF0U | (code >> 18U)), tail(12), tail(6), tail(0)};
}

TEST(FirstCharacter, ReadsEveryCodePointAndNoSurrogate) {
  for (char32_t code = 0; code <= 0x10FFFF; ++code) {
    const std::string bytes = Encode(code);
    const auto read = FirstCharacter(bytes + "x");
    if (code >= 0xD800 && code <= 0xDFFF) {
      ASSERT_FALSE(read.has_value()) << static_cast<uint32_t>(code);
      continue;
    }
    ASSERT_TRUE(read.has_value()) << static_cast<uint32_t>(code);
    ASSERT_EQ(read->code, code);
    ASSERT_EQ(read->bytes, bytes.size());
    // Cut off, it is none.
    ASSERT_TRUE(bytes.size() == 1 || !FirstCharacter(bytes.substr(0, bytes.size() - 1)));
  }
}

TEST(FirstCharacter, RefusesWhatIsNoCharacter) {
  for (const std::string_view bytes :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x80\x80\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3(", "\xE2\x28\xA1",
        "\xE2\x82(", "\xF0\x90\x8C("}) {
    EXPECT_FALSE(FirstCharacter(bytes).has_value()) << testing::PrintToString(bytes);
  }
}

TEST(CountCharacters, CountsCharactersNotBytes) {
  EXPECT_EQ(CountCharacters(""), 0U);
  EXPECT_EQ(CountCharacters("Tallinn"), 7U);
  EXPECT_EQ(CountCharacters("Ελλάδα"), 6U);
  EXPECT_EQ(CountCharacters("a\xFF\xE2\x82z"), 5U);
}

TEST(IsControl, IsTrueOfWhatTurnsOrHidesTextAndOfNothingInAName) {
  for (const uint32_t code : {0x00U, 0x1BU, 0x7FU, 0x80U, 0x9BU, 0x061CU, 0x200EU, 0x200FU, 0x2028U,
                              0x2029U, 0x202AU, 0x202EU, 0x2066U, 0x2069U, 0xFEFFU, 0x0AU, 0x09U}) {
    EXPECT_TRUE(IsControl(code)) << code;
  }
  for (const uint32_t code : {0x20U, 0x7EU, 0xA0U, 0x0411U, 0x03A9U, 0x10D0U, 0x0531U, 0x200DU,
                              0x2027U, 0x202FU, 0x2065U, 0x206AU, 0xFEFEU}) {
    EXPECT_FALSE(IsControl(code)) << code;
  }
}

}  // namespace
}  // namespace cbm
