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
  answers.Add(kDuty, 49);
  EXPECT_THAT(answers.CheckRoom(kDuty), IsOk());
  answers.Add(kDuty, 1);
  EXPECT_THAT(answers.CheckRoom(kDuty), HasCode(kFull));
  EXPECT_THAT(answers.CheckRoom(kTechnical), IsOk());
  answers.Add(kTechnical, 40);
  answers.Add(kLaw, 10);
  EXPECT_THAT(answers.CheckRoom(kLaw), HasCode(kFull)) << "of the State";
  EXPECT_THAT(answers.CheckRoom(kTechnical), HasCode(kFull)) << "of the State";
  EXPECT_THAT(answers.CheckRoom({.party = "LV", .office = "duty"}), IsOk());
}

// An integration may know less than its State asks for.
TEST(UntakenAnswersTest, AreNotCountedToWhoIsRefused) {
  UntakenAnswers answers(100);
  answers.Add(kDuty, 54);
  answers.Add(kTechnical, 49);
  const std::string told(answers.CheckRoom(kLaw).message());
  EXPECT_THAT(told, HasSubstr("at most 100 bytes"));
  for (const char* const count : {"103", "54", "49"}) {
    EXPECT_THAT(told, Not(HasSubstr(count)));
  }
}

TEST(UntakenAnswersTest, AreGivenBack) {
  UntakenAnswers answers(100);
  answers.Add(kDuty, 1'000);
  answers.Add(kDuty, 50);
  answers.GiveBack(kDuty, 1'000);
  EXPECT_THAT(answers.CheckRoom(kDuty), HasCode(kFull));
  EXPECT_THAT(answers.CheckRoom(kTechnical), IsOk());
  answers.GiveBack(kDuty, 50);
  EXPECT_THAT(answers.CheckRoom(kDuty), IsOk());
}

}  // namespace
}  // namespace cbm::test
