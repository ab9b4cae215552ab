// Who is let in when many come. The bounds are small here, so that each is met; time is a number.

#include "server/gate/admission.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::StatusCode kFull = absl::StatusCode::kResourceExhausted;
constexpr SteadyTime kStart = SteadyTime() + std::chrono::hours(1);
const std::string kHere = "192.0.2.1";
const std::string kThere = "192.0.2.2";

class Guests : public testing::Test {
 protected:
  absl::StatusOr<Admission::Place> Come(const std::string& source) {
    const int number = coming_++;
    return admission_.Admit(source, now_, [this, number] { gave_up_.push_back(number); });
  }
  // One who stays. The place must be kept.
  void Stay(const std::string& source) {
    auto place = Come(source);
    ASSERT_THAT(place, IsOk());
    EXPECT_TRUE(place->Settle());
    places_.push_back(*std::move(place));
  }
  void Begin(const std::string& source) {
    auto place = Come(source);
    ASSERT_THAT(place, IsOk());
    places_.push_back(*std::move(place));
  }
  void PassTheSparedTime() { now_ += std::chrono::milliseconds(1'001); }

  SteadyTime now_ = kStart;
  int coming_ = 0;
  std::vector<int> gave_up_;  // In the order of their coming.
  Admission admission_{{.sessions_max = 6,
                        .sessions_per_source_max = 4,
                        .handshakes_max = 3,
                        .handshakes_per_source_max = 2}};
  std::vector<Admission::Place> places_;
};

TEST_F(Guests, AreAsManyAsTheBoundAndNoMore) {
  for (int i = 0; i < 6; ++i) {
    Stay(i < 3 ? kHere : kThere);
  }
  const auto full = Come("192.0.2.3");
  ASSERT_THAT(full, HasCode(kFull));
  EXPECT_THAT(std::string(full.status().message()), HasSubstr("at most 6"));
  EXPECT_EQ(admission_.sessions(), 6U);
}

TEST_F(Guests, FromOneSourceHaveABoundOfTheirOwn) {
  for (int i = 0; i < 4; ++i) {
    Stay(kHere);
  }
  EXPECT_THAT(Come(kHere), HasCode(kFull));
  Stay(kThere);
}

TEST_F(Guests, MakeRoomWhenTheyLeave) {
  for (int i = 0; i < 4; ++i) {
    Stay(kHere);
  }
  places_.pop_back();
  Stay(kHere);
  places_.clear();
  EXPECT_EQ(admission_.sessions(), 0U);
}

TEST_F(Guests, AtTheHandshakeGiveWayTheOldestFirst) {
  Begin(kHere);
  Begin(kHere);
  PassTheSparedTime();
  Begin(kHere);
  EXPECT_THAT(gave_up_, ElementsAre(0));
  Begin(kHere);
  EXPECT_THAT(gave_up_, ElementsAre(0, 1));
  EXPECT_FALSE(places_[0].Settle()) << "its place is another's";
  EXPECT_TRUE(places_[2].Settle());
}

TEST_F(Guests, AtTheHandshakeAreSparedForAWhile) {
  Begin(kHere);
  Begin(kHere);
  now_ += std::chrono::milliseconds(999);
  EXPECT_THAT(Come(kHere), HasCode(kFull));
  EXPECT_THAT(gave_up_, IsEmpty());
}

TEST_F(Guests, OfOneSourceDoNotKeepAnotherOut) {
  for (int i = 0; i < 50; ++i) {  // As many as like, at any time.
    now_ += std::chrono::milliseconds(700);
    if (auto place = Come(kHere); place.ok()) {
      places_.push_back(*std::move(place));
    }
  }
  Begin(kThere);
  EXPECT_TRUE(places_.back().Settle());
}

TEST_F(Guests, OfManySourcesGiveWayToo) {
  Begin("192.0.2.11");
  Begin("192.0.2.12");
  Begin("192.0.2.13");
  EXPECT_THAT(Come(kThere), HasCode(kFull));
  PassTheSparedTime();
  Begin(kThere);
  EXPECT_THAT(gave_up_, ElementsAre(0));
}

TEST_F(Guests, OfTheBusiestSourceGiveWayHoweverYoungTheyAre) {
  Begin("192.0.2.11");
  Begin(kHere);
  Begin(kHere);
  EXPECT_THAT(Come("192.0.2.11"), HasCode(kFull)) << "it has one itself";
  Begin(kThere);
  EXPECT_THAT(gave_up_, ElementsAre(1)) << "the oldest of the busiest source, and not of all";
  EXPECT_TRUE(places_.back().Settle());
}

TEST_F(Guests, AtTheHandshakeGiveWayToAConnectionToo) {
  for (int i = 0; i < 4; ++i) {
    Stay("192.0.2.9");
  }
  Begin(kHere);
  Begin(kThere);  // There is no room for one more, though there may be a third handshake.
  EXPECT_THAT(Come(kHere), HasCode(kFull));
  PassTheSparedTime();
  EXPECT_THAT(Come(kHere), IsOk());
  EXPECT_THAT(gave_up_, ElementsAre(4));
}

TEST_F(Guests, ThatHaveSettledNeverGiveWay) {
  for (int i = 0; i < 4; ++i) {
    Stay(kHere);
  }
  PassTheSparedTime();
  EXPECT_THAT(Come(kHere), HasCode(kFull)) << "of the source there are four";
  EXPECT_THAT(gave_up_, IsEmpty());
  EXPECT_TRUE(places_[0].Settle()) << "again, and it changes nothing";
  EXPECT_TRUE(places_[1].Settle());
}

TEST_F(Guests, AreCountedOnceThoughTheyGaveWayAndThenLeft) {
  for (int round = 0; round < 100; ++round) {
    PassTheSparedTime();
    Begin(kHere);
  }
  EXPECT_EQ(admission_.sessions(), 2U);
  places_.clear();
  EXPECT_EQ(admission_.sessions(), 0U);
  Begin(kHere);
}

}  // namespace
}  // namespace cbm
