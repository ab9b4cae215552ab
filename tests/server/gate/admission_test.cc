// Who is let in when many come. The bounds are small here, so that each is met; time is a number.

#include "server/gate/admission.h"

#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
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
const std::string kOneSite = "2001:db8:1::/48";
const std::string kAnotherSite = "2001:db8:2::/48";

// One of many that a site has, as a host there takes them.
Source NameIn(const std::string& network, int number) {
  return {.name = fmt::format("name {} of {}", number, network), .network = network};
}

class Guests : public testing::Test {
 protected:
  explicit Guests(const AdmissionLimits& limits = {.sessions_max = 6,
                                                   .sessions_per_source_max = 4,
                                                   .handshakes_max = 3,
                                                   .handshakes_per_source_max = 2})
      : admission_(limits) {}

  // `name` is of one network with all the others.
  absl::StatusOr<Admission::Place> Come(const std::string& name) {
    return Come({.name = name, .network = "192.0.2.0/24"});
  }
  absl::StatusOr<Admission::Place> Come(const Source& source) {
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
  template <typename Name>
  void Begin(const Name& source) {
    auto place = Come(source);
    ASSERT_THAT(place, IsOk());
    places_.push_back(*std::move(place));
  }
  void PassTheSparedTime() { now_ += std::chrono::milliseconds(1'001); }

  SteadyTime now_ = kStart;
  int coming_ = 0;
  std::vector<int> gave_up_;  // In the order of their coming.
  Admission admission_;
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

class NetworksOfGuests : public Guests {
 protected:
  NetworksOfGuests()
      : Guests({.sessions_max = 12,
                .sessions_per_source_max = 12,
                .handshakes_max = 6,
                .handshakes_per_source_max = 4}) {}
};

TEST_F(NetworksOfGuests, DoNotKeepOthersOutHoweverManyNamesTheyHave) {
  for (int i = 0; i < 50; ++i) {
    if (auto place = Come(NameIn(kOneSite, i)); place.ok()) {
      places_.push_back(*std::move(place));
    }
  }
  Begin(NameIn(kAnotherSite, 0));
  EXPECT_THAT(gave_up_, ElementsAre(0)) << "the oldest of that network";
  EXPECT_TRUE(places_.back().Settle());
}

TEST_F(NetworksOfGuests, DoNotEndWhatASlowOneElsewhereHasBegunHoweverFastTheyAre) {
  Begin(NameIn(kAnotherSite, 0));
  for (int i = 0; i < 50; ++i) {
    now_ += std::chrono::milliseconds(300);
    if (auto place = Come(NameIn(kOneSite, i)); place.ok()) {
      places_.push_back(*std::move(place));
    }
  }
  EXPECT_GT(gave_up_.size(), 30U) << "they end each other's";
  EXPECT_TRUE(places_.front().Settle());
}

TEST_F(NetworksOfGuests, GiveUpWhatIsOverdueToWhoeverHasMore) {
  Begin(NameIn(kAnotherSite, 0));
  Begin(NameIn(kAnotherSite, 0));
  for (int i = 0; i < 4; ++i) {
    Begin(NameIn(fmt::format("2001:db8:a{}::/48", i), 0));
  }
  now_ += std::chrono::milliseconds(2'999);
  places_.erase(places_.begin(), places_.begin() + 2);
  Begin(NameIn(kAnotherSite, 0));
  Begin(NameIn(kAnotherSite, 0));
  EXPECT_THAT(Come(NameIn(kAnotherSite, 0)), HasCode(kFull));
  now_ += std::chrono::milliseconds(1);
  Begin(NameIn(kAnotherSite, 0));
  EXPECT_THAT(gave_up_, ElementsAre(2)) << "the oldest of them";
}

TEST_F(NetworksOfGuests, GiveWayForWhatTheyHaveInAll) {
  Begin(NameIn(kAnotherSite, 0));
  Begin(NameIn(kAnotherSite, 0));
  for (int i = 0; i < 4; ++i) {
    Begin(NameIn(kOneSite, i));
  }
  EXPECT_THAT(Come(NameIn(kOneSite, 4)), HasCode(kFull)) << "another's has two, and this one four";
  Begin(NameIn("2001:db8:3::/48", 0));
  EXPECT_THAT(gave_up_, ElementsAre(2));
}

TEST_F(NetworksOfGuests, GiveUpWhatTheBusiestOfTheirNamesBegan) {
  Begin(NameIn(kAnotherSite, 0));
  Begin(NameIn(kAnotherSite, 1));
  Begin(NameIn(kOneSite, 0));
  for (int i = 0; i < 3; ++i) {
    Begin(NameIn(kOneSite, 1));
  }
  Begin(NameIn("2001:db8:3::/48", 0));
  EXPECT_THAT(gave_up_, ElementsAre(3));
  EXPECT_THAT(Come(NameIn(kAnotherSite, 2)), HasCode(kFull)) << "nobody has two more";
}

TEST_F(NetworksOfGuests, AreNotBusyWithWhatHasSettledOrLeft) {
  for (int i = 0; i < 5; ++i) {
    Begin(NameIn(kOneSite, i));
  }
  places_.clear();
  for (int i = 0; i < 5; ++i) {
    Begin(NameIn(kOneSite, i));
    EXPECT_TRUE(places_.back().Settle());
  }
  for (int i = 0; i < 6; ++i) {
    Begin(NameIn(kAnotherSite, i));
  }
  Begin(NameIn(kOneSite, 5));
  EXPECT_THAT(gave_up_, ElementsAre(10));
}

}  // namespace
}  // namespace cbm
