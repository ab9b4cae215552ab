// Work of several parties on one thread or more: whose turn it is, how much of it may wait, and
// that none of it is lost.

#include "server/service/fair_executor.h"

#include <atomic>
#include <future>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

using ::testing::ElementsAre;

constexpr FairExecutor::Bounds kWide{.all = 100, .of_party = 100, .bytes_of_party = 100};

// Work that goes on until it is told to end.
class LongWork {
 public:
  void Begin(FairExecutor& executor, const std::string& party) {
    ASSERT_THAT(executor.HandIn(party, 1,
                                [this] {
                                  begun_.set_value();
                                  end_.get_future().wait();
                                }),
                IsOk());
    begun_.get_future().wait();
  }
  void End() { end_.set_value(); }

 private:
  std::promise<void> begun_;
  std::promise<void> end_;
};

TEST(FairExecutorTest, LetsPartiesTakeTurns) {
  std::vector<std::string> done;
  {
    FairExecutor executor(1, kWide);
    LongWork first;
    first.Begin(executor, "A");
    for (const std::string one : {"A1", "A2", "A3", "B1", "B2", "C1"}) {
      ASSERT_THAT(executor.HandIn(one.substr(0, 1), 1, [&done, one] { done.push_back(one); }),
                  IsOk());
    }
    first.End();
  }
  EXPECT_THAT(done, ElementsAre("A1", "B1", "C1", "A2", "B2", "A3"));
}

TEST(FairExecutorTest, RefusesWhatAPartyHasNoRoomForAndNeverDoesIt) {
  std::atomic<int> done = 0;
  {
    FairExecutor executor(1, {.all = 3, .of_party = 2, .bytes_of_party = 10});
    const auto hand_in = [&](const char* party, size_t bytes) {
      return executor.HandIn(party, bytes, [&done] { ++done; });
    };
    LongWork first;
    first.Begin(executor, "A");
    ASSERT_THAT(hand_in("A", 1), IsOk());
    ASSERT_THAT(hand_in("A", 1), IsOk());
    EXPECT_THAT(hand_in("A", 1), HasCode(absl::StatusCode::kResourceExhausted));
    EXPECT_THAT(hand_in("B", 10), IsOk());
    EXPECT_THAT(hand_in("B", 1), HasCode(absl::StatusCode::kResourceExhausted));
    EXPECT_THAT(hand_in("C", 1), HasCode(absl::StatusCode::kResourceExhausted)) << "all";
    first.End();
  }
  EXPECT_EQ(done, 3);
}

TEST(FairExecutorTest, GoesOnBesideWorkThatLasts) {
  FairExecutor executor(2, kWide);
  LongWork lasting;
  lasting.Begin(executor, "A");
  std::promise<void> done;
  ASSERT_THAT(executor.HandIn("A", 1, [&done] { done.set_value(); }), IsOk());
  done.get_future().wait();
  lasting.End();
}

}  // namespace
}  // namespace cbm::test
