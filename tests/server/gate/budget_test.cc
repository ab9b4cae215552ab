// What may happen how often. Time is a number that the test counts up.

#include "server/gate/budget.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cbm {
namespace {

using std::chrono::milliseconds;

constexpr SteadyTime kStart = SteadyTime() + std::chrono::hours(1);

int TakeAll(Budget& budget, SteadyTime now) {
  int taken = 0;
  while (budget.Take(now)) {
    ++taken;
  }
  return taken;
}

TEST(Budget, AllowsItsBurstAtOnceAndNoMore) {
  Budget budget({.burst = 7, .per_second = 1});
  EXPECT_EQ(TakeAll(budget, kStart), 7);
}

TEST(Budget, ComesBackAtItsRate) {
  Budget budget({.burst = 100, .per_second = 10});
  EXPECT_EQ(TakeAll(budget, kStart), 100);
  EXPECT_FALSE(budget.Take(kStart + milliseconds(99)));
  EXPECT_TRUE(budget.Take(kStart + milliseconds(101)));
  EXPECT_EQ(TakeAll(budget, kStart + milliseconds(1'102)), 10);
}

TEST(Budget, NeverHoldsMoreThanItsBurst) {
  Budget budget({.burst = 5, .per_second = 1'000});
  EXPECT_EQ(TakeAll(budget, kStart), 5);
  EXPECT_EQ(TakeAll(budget, kStart + std::chrono::hours(1)), 5);
}

TEST(Budget, GivesNothingBackForTimeThatRunsBackwards) {
  Budget budget({.burst = 2, .per_second = 1'000});
  EXPECT_EQ(TakeAll(budget, kStart), 2);
  EXPECT_FALSE(budget.Take(kStart - std::chrono::hours(1)));
  EXPECT_FALSE(budget.Take(kStart));
}

}  // namespace
}  // namespace cbm
