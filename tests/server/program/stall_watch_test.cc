// A disk or a token that hangs fails no call, so that nothing else would tell the operator why acts
// are not answered.

#include "server/program/stall_watch.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"
#include "tests/support/test_pki.h"

namespace cbm::test {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StallWatching : public ::testing::Test {
 protected:
  // Looks each second of so many.
  void Look(const SequencerWork& work, int times) {
    for (int i = 0; i < times; ++i) {
      watch_.Look(work, now_);
      now_ += seconds(1);
    }
  }

  FakeClock clock_{kTestStart};
  std::vector<std::string> lines_;
  Log log_{clock_, LogLevel::kInfo, [this](std::string_view line) {
             lines_.emplace_back(line);
             return true;
           }};
  StallWatch watch_{log_};
  std::chrono::steady_clock::time_point now_ =
      std::chrono::steady_clock::time_point() + std::chrono::hours(1);
};

TEST_F(StallWatching, SaysThatNothingGoesOnOnceAndAgainEachMinuteAndWhenItDoes) {
  Look({.waiting = 0, .answered = 7, .step = "answer"}, 3);
  const SequencerWork stalled = {.waiting = 2, .answered = 7, .step = "commit"};
  Look(stalled, 9);
  EXPECT_THAT(lines_, IsEmpty());
  Look(stalled, 1);
  EXPECT_THAT(lines_, ElementsAre(AllOf(HasSubstr(R"("level":"error","event":"acts_stalled")"),
                                        HasSubstr(R"("seconds":10,"waiting":2,"in":"commit")"))));
  Look(stalled, 59);
  EXPECT_THAT(lines_, SizeIs(1));
  Look(stalled, 1);
  ASSERT_THAT(lines_, SizeIs(2));
  EXPECT_THAT(lines_.back(), HasSubstr(R"("seconds":70,)"));
  Look({.waiting = 1, .answered = 8, .step = "answer"}, 1);
  ASSERT_THAT(lines_, SizeIs(3));
  EXPECT_THAT(lines_.back(), AllOf(HasSubstr(R"("level":"info","event":"acts_go_on")"),
                                   HasSubstr(R"("after_seconds":71)")));
}

TEST_F(StallWatching, SaysNothingWhileActsAreAnsweredHoweverManyWait) {
  for (uint64_t answered = 0; answered < 100; ++answered) {
    Look({.waiting = 4096, .answered = answered, .step = "commit"}, 9);
  }
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(StallWatching, SaysNothingWhileNoneWaits) {
  Look({.waiting = 0, .answered = 7, .step = "answer"}, 100);
  Look({.waiting = 1, .answered = 7, .step = "decide"}, 9);
  EXPECT_THAT(lines_, IsEmpty());
}

}  // namespace
}  // namespace cbm::test
