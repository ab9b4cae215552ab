#include "server/service/untaken_answers.h"

#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

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
