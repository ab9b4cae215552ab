// Hexadecimal text is how digests and ids are shown and typed.

#include "core/base/hex.h"

#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;

TEST(Hex, SpellsEveryByteAndReadsItBack) {
  for (int value = 0; value < 256; ++value) {
    const std::string byte(1, static_cast<char>(value));
    EXPECT_EQ(FromHex(ToHex(byte)).value(), byte);
  }
  EXPECT_EQ(ToHex(std::string("\x00\xff\x0a", 3)), "00ff0a");
}

TEST(Hex, ReadsEitherCase) { EXPECT_EQ(FromHex("aBcD").value(), "\xab\xcd"); }

TEST(Hex, RefusesAnOddNumberOfDigits) {
  EXPECT_THAT(FromHex("abc"), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(Hex, RefusesWhatIsNoDigit) {
  for (const char* text : {"0g", "g0", " 0", "0x", "-1"}) {
    EXPECT_THAT(FromHex(text), HasCode(absl::StatusCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace cbm
