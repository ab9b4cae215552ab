// The sum that bytes in the database stand behind: what chance does to either is found.

#include "server/store/sum.h"

#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cbm {
namespace {

using ::testing::Optional;

TEST(Sum, IsOfTheBytesAndStandsBeforeThem) {
  // As any other implementation of XXH3 has them.
  EXPECT_EQ(WithSum(""), std::string("\x2d\x06\x80\x05\x38\xd3\x94\xc2", kSumBytes));
  EXPECT_EQ(WithSum("cbm"), std::string("\x63\x4f\x56\xb4\x0d\xcc\xc8\x2d", kSumBytes) + "cbm");
}

TEST(Sum, GivesBackWhatStandsBehindIt) {
  for (const size_t size : {0U, 1U, 8U, 240U, 241U, 70'000U}) {
    const std::string bytes(size, 'x');
    EXPECT_THAT(WithoutSum(WithSum(bytes)), Optional(std::string_view(bytes)));
  }
}

TEST(Sum, FindsEachBitThatIsAltered) {
  const std::string kept = WithSum(std::string(300, 'x'));
  for (size_t at = 0; at < kept.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string altered = kept;
      altered[at] = static_cast<char>(static_cast<unsigned char>(altered[at]) ^ (1U << bit));
      EXPECT_EQ(WithoutSum(altered), std::nullopt) << at << ' ' << bit;
    }
  }
}

TEST(Sum, FindsWhatIsCutOff) {
  const std::string kept = WithSum(std::string(300, 'x'));
  for (size_t size = 0; size < kept.size(); ++size) {
    EXPECT_EQ(WithoutSum(std::string_view(kept).substr(0, size)), std::nullopt) << size;
  }
}

}  // namespace
}  // namespace cbm
