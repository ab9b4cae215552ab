// How fast a party may call, and that it costs nobody else anything.

#include "server/service/rate_limiter.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::FakeClock;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

constexpr RatePayer kDuty{.party = "EE", .office = "duty"};
constexpr RatePayer kPolicy{.party = "EE", .office = "policy"};
constexpr RatePayer kSiem{.party = "EE", .office = "siem"};
constexpr RatePayer kOther{.party = "LV", .office = "duty"};

class RateLimiterTest : public testing::Test {
 protected:
  // How many calls are let through before one is refused.
  int CountTaken(const RatePayer& payer) {
    int taken = 0;
    while (limiter_.Take(payer).ok()) {
      ++taken;
    }
    return taken;
  }

  FakeClock clock_;
  RateLimiter limiter_{clock_, {.per_second = 20, .burst = 200, .buckets_max = 8}};
  RateLimiter of_bytes_{clock_, {.bytes_per_second = 100, .bytes_burst = 1'000}};
};

TEST_F(RateLimiterTest, LetsOneOfficeUseHalfOfItsPartysAllowance) {
  EXPECT_EQ(CountTaken(kDuty), 100);
  EXPECT_EQ(CountTaken(kPolicy), 100);
}

TEST_F(RateLimiterTest, GivesAPartyNoMoreForHavingMoreOffices) {
  EXPECT_EQ(CountTaken(kDuty) + CountTaken(kPolicy) + CountTaken(kSiem), 200);
}

TEST_F(RateLimiterTest, RefusesWithResourceExhausted) {
  CountTaken(kDuty);
  EXPECT_THAT(limiter_.Take(kDuty), HasCode(absl::StatusCode::kResourceExhausted));
}

TEST_F(RateLimiterTest, CostsAnotherPartyNothing) {
  CountTaken(kDuty);
  CountTaken(kPolicy);
  EXPECT_EQ(CountTaken(kOther), 100);
}

TEST_F(RateLimiterTest, TakesNothingForACallThatIsRefused) {
  CountTaken(kDuty);
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_FALSE(limiter_.Take(kDuty).ok());
  }
  EXPECT_EQ(CountTaken(kPolicy), 100);
}

TEST_F(RateLimiterTest, GivesTheSustainedRateBack) {
  CountTaken(kDuty);
  CountTaken(kPolicy);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(CountTaken(kDuty), 10);
  EXPECT_EQ(CountTaken(kPolicy), 10);
}

TEST_F(RateLimiterTest, SavesUpNoMoreThanTheBurst) {
  CountTaken(kDuty);
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(CountTaken(kDuty), 100);
}

TEST_F(RateLimiterTest, GivesNothingWhenTheClockStepsBack) {
  CountTaken(kDuty);
  clock_.Advance(-absl::Hours(1));
  EXPECT_FALSE(limiter_.Take(kDuty).ok());
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(CountTaken(kDuty), 10);
}

TEST_F(RateLimiterTest, RefusesMorePayersThanItRemembersUntilOthersAreFullAgain) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_THAT(limiter_.Take({.party = "P" + std::to_string(i), .office = "duty"}), IsOk());
  }
  EXPECT_THAT(limiter_.Take(kDuty), HasCode(absl::StatusCode::kResourceExhausted));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(limiter_.Take(kDuty), IsOk());
}

TEST_F(RateLimiterTest, LetsAnyoneCallEvenIfTheBurstIsOne) {
  RateLimiter strict{clock_, {.per_second = 1, .burst = 1}};
  EXPECT_THAT(strict.Take(kDuty), IsOk());
  EXPECT_THAT(strict.Take(kDuty), HasCode(absl::StatusCode::kResourceExhausted));
}

TEST_F(RateLimiterTest, RefusesWhoHasUsedUpItsBytes) {
  EXPECT_THAT(of_bytes_.Take(kDuty, 499), IsOk());
  EXPECT_THAT(of_bytes_.Take(kDuty, 1), IsOk());
  const absl::Status refused = of_bytes_.Take(kDuty, 1);
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(refused.message(),
            "your office's rate is used up: at most 50 bytes a second, 500 at once");
  EXPECT_THAT(of_bytes_.Take(kPolicy, 500), IsOk());
  EXPECT_THAT(of_bytes_.Take(kSiem, 1), HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(of_bytes_.Take(kOther, 500), IsOk());
}

TEST_F(RateLimiterTest, HasNoCallsOfWhoOwesBytesUntilTheyAreGivenBack) {
  EXPECT_THAT(of_bytes_.Take(kDuty), IsOk());
  of_bytes_.Charge(kDuty, 700);
  EXPECT_THAT(of_bytes_.Take(kDuty), HasCode(absl::StatusCode::kResourceExhausted));
  clock_.Advance(absl::Seconds(4));
  EXPECT_THAT(of_bytes_.Take(kDuty), HasCode(absl::StatusCode::kResourceExhausted));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(of_bytes_.Take(kDuty), IsOk());
}

TEST_F(RateLimiterTest, RemembersWhoOwesBytesThoughItsCallsAreFullAgain) {
  RateLimiter small{clock_, {.bytes_per_second = 1, .bytes_burst = 10, .buckets_max = 4}};
  EXPECT_THAT(small.Take(kDuty, 100), IsOk());
  clock_.Advance(absl::Seconds(20));
  EXPECT_THAT(small.Take({.party = "LT", .office = "duty"}), IsOk());
  EXPECT_THAT(small.Take(kOther), HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(small.Take(kDuty), HasCode(absl::StatusCode::kResourceExhausted));
}

}  // namespace
}  // namespace cbm
