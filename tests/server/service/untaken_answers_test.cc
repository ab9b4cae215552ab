#include "server/service/untaken_answers.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr RatePayer kDuty{.party = "EE", .office = "duty"};
constexpr RatePayer kTechnical{.party = "EE", .office = "technical"};
constexpr RatePayer kLaw{.party = "EE", .office = "law"};
constexpr auto kFull = absl::StatusCode::kResourceExhausted;

TEST(UntakenAnswersTest, AreBoundedForAStateAndHalfOfThatForAnOffice) {
  UntakenAnswers answers(100);
  EXPECT_THAT(answers.Take(kDuty, 50), IsOk());
  EXPECT_THAT(answers.Take(kDuty, 1), HasCode(kFull));
  EXPECT_THAT(answers.Take(kTechnical, 40), IsOk());
  EXPECT_THAT(answers.Take(kLaw, 11), HasCode(kFull)) << "of the State";
  EXPECT_THAT(answers.Take(kLaw, 10), IsOk()) << "what was refused does not count";
  EXPECT_THAT(answers.Take({.party = "LV", .office = "duty"}, 50), IsOk());
}

// An integration may know less than its State asks for.
TEST(UntakenAnswersTest, AreNotCountedToWhoIsRefused) {
  UntakenAnswers answers(100);
  ASSERT_THAT(answers.Take(kDuty, 47), IsOk());
  ASSERT_THAT(answers.Take(kTechnical, 46), IsOk());
  const std::string told(answers.Take(kLaw, 8).message());
  EXPECT_THAT(told, HasSubstr("at most 100 bytes"));
  for (const char* const count : {"93", "47", "46"}) {
    EXPECT_THAT(told, Not(HasSubstr(count)));
  }
}

TEST(UntakenAnswersTest, AreGivenBack) {
  UntakenAnswers answers(100);
  ASSERT_THAT(answers.Take(kDuty, 30), IsOk());
  ASSERT_THAT(answers.Take(kDuty, 20), IsOk());
  answers.GiveBack(kDuty, 20);
  EXPECT_THAT(answers.Take(kDuty, 21), HasCode(kFull));
  EXPECT_THAT(answers.Take(kDuty, 20), IsOk());
}

TEST(UntakenAnswersTest, HaveRoomWhenAloneHoweverLarge) {
  UntakenAnswers answers(100);
  EXPECT_THAT(answers.Take(kDuty, 1'000), IsOk());
  EXPECT_THAT(answers.Take(kTechnical, 1), HasCode(kFull));
  answers.GiveBack(kDuty, 1'000);
  EXPECT_THAT(answers.Take(kTechnical, 1), IsOk());
}

}  // namespace
}  // namespace cbm::test
