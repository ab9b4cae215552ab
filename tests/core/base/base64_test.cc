// Base64 (RFC 4648, section 4), read strictly: one text for the same bytes, or a signature line
// could be altered without its signature.

#include "core/base/base64.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/fake_random.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::FakeRandom;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

TEST(Base64, GivesTheKnownAnswersOfTheStandard) {
  const std::vector<std::pair<std::string, std::string>> answers = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"},
                                                                    {"\xfb\xff\xbf", "+/+/"}};
  for (const auto& [bytes, text] : answers) {
    SCOPED_TRACE(text);
    EXPECT_EQ(ToBase64(bytes), text);
    ASSERT_THAT(FromBase64(text), IsOk());
    EXPECT_EQ(*FromBase64(text), bytes);
  }
}

TEST(Base64, ReadsBackWhateverItWrote) {
  FakeRandom random;
  for (size_t size = 0; size < 200; ++size) {
    const std::string bytes = random.Bytes(size);
    SCOPED_TRACE(size);
    ASSERT_THAT(FromBase64(ToBase64(bytes)), IsOk());
    EXPECT_EQ(*FromBase64(ToBase64(bytes)), bytes);
  }
}

// Of all texts of this form, whether read or refused, one stands for each value.
TEST(Base64, HasOneTextAloneForEachByte) {
  int read = 0;
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second), '=', '='};
      const absl::StatusOr<std::string> bytes = FromBase64(text);
      if (bytes.ok()) {
        ++read;
        EXPECT_EQ(ToBase64(*bytes), text);
      } else {
        EXPECT_THAT(bytes, HasCode(absl::StatusCode::kInvalidArgument));
      }
    }
  }
  EXPECT_EQ(read, 256);
}

TEST(Base64, RefusesWhatItWouldNotWrite) {
  using namespace std::string_view_literals;
  for (const std::string_view text :
       {"Z"sv, "Zg"sv, "Zg="sv, "Zm8"sv, "Zg==="sv, "===="sv, "A==="sv, "="sv, "=Zg="sv,
        "Zg=="
        "Zg=="sv,
        "Zm=v"sv, "Zm9v\n"sv, " Zm9"sv, "Zm9-"sv, "Zm9_"sv, "Zm\09"sv, "Zm9\xff"sv, "Zm9="sv,
        "Zh=="sv}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(FromBase64(text), HasCode(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace cbm
