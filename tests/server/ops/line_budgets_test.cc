// However much one writes into the log, the others' lines stand there: each has a budget of his
// own, and there are not more budgets than memory was meant for.

#include "server/ops/line_budgets.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cbm {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Optional;

constexpr std::chrono::nanoseconds kStart = std::chrono::hours(1);

class BudgetsOfLines : public testing::Test {
 protected:
  // How many of a thousand lines were written.
  int Flood(std::string_view who, std::chrono::nanoseconds now = kStart) {
    int written = 0;
    for (int i = 0; i < 1'000; ++i) {
      written += budgets_.Take(who, now).has_value() ? 1 : 0;
    }
    return written;
  }
  // Has as many flood as are remembered.
  void FillUp() {
    for (size_t i = 0; i < LineBudgets::kMost; ++i) {
      Flood(fmt::format("office {}", i));
    }
  }

  LineBudgets budgets_;
};

TEST_F(BudgetsOfLines, HaveAHundredAtOnceAndTenASecondAndCountTheRest) {
  EXPECT_EQ(Flood("EE"), 100);
  EXPECT_EQ(budgets_.Take("EE", kStart + milliseconds(99)), std::nullopt);
  EXPECT_THAT(budgets_.Take("EE", kStart + milliseconds(101)), Optional(901));
  EXPECT_THAT(budgets_.Take("EE", kStart + milliseconds(202)), Optional(0));
  EXPECT_EQ(Flood("EE", kStart + seconds(3)), 28);
  EXPECT_EQ(Flood("EE", kStart + seconds(1'000)), 100);  // No more, however long.
}

TEST_F(BudgetsOfLines, AreApart) {
  Flood("EE");
  EXPECT_THAT(budgets_.Take("LV", kStart), Optional(0));
  EXPECT_EQ(Flood("LV"), 99);
}

TEST_F(BudgetsOfLines, GiveNothingForAClockThatIsSetBackAndGoOnWithIt) {
  Flood("EE");
  EXPECT_EQ(budgets_.Take("EE", kStart - seconds(1'000)), std::nullopt);
  EXPECT_THAT(budgets_.Take("EE", kStart - seconds(999)), Optional(901));
}

TEST_F(BudgetsOfLines, AreSharedByThoseForWhomThereIsNoRoom) {
  FillUp();
  EXPECT_EQ(Flood("late"), 100);
  EXPECT_EQ(budgets_.Take("later", kStart), std::nullopt);
  EXPECT_THAT(budgets_.Take("later", kStart + milliseconds(101)), Optional(901));
  EXPECT_THAT(budgets_.Take("office 7", kStart + milliseconds(101)), Optional(900));
}

TEST_F(BudgetsOfLines, AreForgottenForAnotherOnceTheyAreFullAgainAndWhatWasLeftOutIsSaid) {
  FillUp();
  EXPECT_EQ(Flood("late"), 100);
  EXPECT_EQ(Flood("office 7", kStart + seconds(5)), 50);
  EXPECT_EQ(Flood("new", kStart + seconds(10)), 100);
  EXPECT_EQ(Flood("office 7", kStart + seconds(10)), 50);  // Was not full, and is not forgotten.
  for (size_t i = 0; i < LineBudgets::kMost - 2; ++i) {
    EXPECT_EQ(Flood(fmt::format("another {}", i), kStart + seconds(10)), 100);
  }
  // 900 of "late", and 900 of each that was forgotten.
  EXPECT_THAT(budgets_.Take("no room", kStart + seconds(10)),
              Optional(uint64_t{900} * LineBudgets::kMost));
}

}  // namespace
}  // namespace cbm
