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

constexpr FairQueueBounds kWide{.all = 100, .of_party = 100, .bytes_of_party = 100};

// Work that goes on until it is told to end. Must outlive the executor.
class LongWork {
 public:
  void Begin(FairExecutor& executor, const std::string& party) {
    ASSERT_THAT(executor.HandIn({.party = party, .office = "duty"}, 1,
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
    LongWork first;
    FairExecutor executor(1, kWide);
    first.Begin(executor, "A");
    for (const std::string one : {"A1", "A2", "A3", "B1", "B2", "C1"}) {
      ASSERT_THAT(executor.HandIn({.party = one.substr(0, 1), .office = "duty"}, 1,
                                  [&done, one] { done.push_back(one); }),
                  IsOk());
    }
    first.End();
  }
  EXPECT_THAT(done, ElementsAre("A1", "B1", "C1", "A2", "B2", "A3"));
}

TEST(FairExecutorTest, LetsTheOfficesOfAPartyTakeItsTurns) {
  std::vector<std::string> done;
  {
    LongWork first;
    FairExecutor executor(1, kWide);
    first.Begin(executor, "B");
    for (const std::string office : {"siem", "siem", "siem", "duty"}) {
      ASSERT_THAT(executor.HandIn({.party = "A", .office = office}, 1,
                                  [&done, office] { done.push_back(office); }),
                  IsOk());
    }
    first.End();
  }
  EXPECT_THAT(done, ElementsAre("siem", "duty", "siem", "siem"));
}

TEST(FairExecutorTest, RefusesWhatHasNoRoomAndNeverDoesIt) {
  constexpr auto kFull = absl::StatusCode::kResourceExhausted;
  std::atomic<int> done = 0;
  {
    LongWork first;
    FairExecutor executor(1, {.all = 7, .of_party = 4, .bytes_of_party = 20});
    const auto hand_in = [&](const char* party, const char* office, size_t bytes) {
      return executor.HandIn({.party = party, .office = office}, bytes, [&done] { ++done; });
    };
    first.Begin(executor, "A");
    ASSERT_THAT(hand_in("A", "duty", 1), IsOk());
    ASSERT_THAT(hand_in("A", "duty", 1), IsOk());
    EXPECT_THAT(hand_in("A", "duty", 1), HasCode(kFull)) << "half of the party's";
    ASSERT_THAT(hand_in("A", "policy", 1), IsOk());
    ASSERT_THAT(hand_in("A", "policy", 1), IsOk());
    EXPECT_THAT(hand_in("A", "technical", 1), HasCode(kFull)) << "the party's";
    EXPECT_THAT(hand_in("B", "duty", 10), IsOk());
    EXPECT_THAT(hand_in("B", "duty", 1), HasCode(kFull)) << "half of the party's bytes";
    EXPECT_THAT(hand_in("B", "policy", 10), IsOk());
    EXPECT_THAT(hand_in("B", "technical", 1), HasCode(kFull)) << "the party's bytes";
    EXPECT_THAT(hand_in("C", "duty", 1), IsOk());
    EXPECT_THAT(hand_in("D", "duty", 1), HasCode(kFull)) << "all";
    first.End();
  }
  EXPECT_EQ(done, 7);
}

TEST(FairExecutorTest, HasRoomAgainForAnOfficeWhoseWorkIsDone) {
  std::vector<std::promise<void>> all(3);
  FairExecutor executor(1, {.all = 10, .of_party = 2, .bytes_of_party = 10});
  for (std::promise<void>& done : all) {
    ASSERT_THAT(
        executor.HandIn({.party = "A", .office = "duty"}, 10, [&done] { done.set_value(); }),
        IsOk());
    done.get_future().wait();
  }
}

TEST(FairExecutorTest, GoesOnBesideWorkThatLasts) {
  LongWork lasting;
  std::promise<void> done;
  FairExecutor executor(2, kWide);
  lasting.Begin(executor, "A");
  ASSERT_THAT(executor.HandIn({.party = "A", .office = "duty"}, 1, [&done] { done.set_value(); }),
              IsOk());
  done.get_future().wait();
  lasting.End();
}

}  // namespace
}  // namespace cbm::test
