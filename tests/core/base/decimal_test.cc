// Decimal numbers as the log's formats write them: each number has one text.

#include "core/base/decimal.h"

#include <string_view>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

TEST(Decimal, ReadsEveryNumberOf64Bits) {
  for (const uint64_t number : {uint64_t{0}, uint64_t{7}, uint64_t{10}, uint64_t{20852163},
                                uint64_t{18446744073709551615U}}) {
    ASSERT_THAT(FromDecimal(std::to_string(number)), IsOk());
    EXPECT_EQ(*FromDecimal(std::to_string(number)), number);
  }
}

TEST(Decimal, RefusesAnythingElse) {
  using namespace std::string_view_literals;
  for (const std::string_view text :
       {""sv, "00"sv, "01"sv, "-1"sv, "-0"sv, "+1"sv, " 1"sv, "1 "sv, "1\n"sv, "0x1"sv, "1.0"sv,
        "1e3"sv, "a"sv, "1\0"sv, "18446744073709551616"sv, "99999999999999999999999999"sv}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(FromDecimal(text), HasCode(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace cbm
