// Whose connection is whose. A name is given once, tells nothing, and is worth nothing after its
// session: that is what identity rests on.

#include "server/gate/session_table.h"

#include <algorithm>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "core/crypto/system_random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/gate/session.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_pki.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::kTestStart;
using ::cbm::test::TestPki;

constexpr PlaceLimits kManySessions{.owner = 1'000, .state = 1'000};
using enum SessionTable::Room;

class Table : public testing::Test {
 protected:
  // Whose certificate it is tells who it is counted for.
  static SessionFacts Facts(const Certificate& certificate, std::string owner = "") {
    owner = owner.empty() ? certificate.Name() : owner;
    return {.certificate = certificate,
            .source = "192.0.2.1",
            .owner = owner,
            .state = owner.substr(0, owner.find('/')),
            .was_active = true,
            .since = kTestStart};
  }
  SessionTable::Place Enter(const Certificate& certificate) {
    return table_.Enter(Facts(certificate), kManySessions, [this] { ++ended_; }).value();
  }

  TestPki pki_;
  const Certificate estonia_ = pki_.Issue("EE").certificate;
  const Certificate latvia_ = pki_.Issue("LV").certificate;
  SystemRandom random_;
  SessionTable table_{random_};
  int ended_ = 0;
};

TEST_F(Table, FindsASessionByItsName) {
  const SessionTable::Place place = Enter(estonia_);
  const auto facts = table_.Find(place.name());
  ASSERT_NE(facts, nullptr);
  EXPECT_EQ(facts->certificate, estonia_);
  EXPECT_EQ(facts->source, "192.0.2.1");
  EXPECT_EQ(facts->since, kTestStart);
}

TEST_F(Table, FindsNothingByAnotherName) {
  const SessionTable::Place place = Enter(estonia_);
  std::string name = place.name();
  for (char& character : name) {
    const char right = std::exchange(character, character == '0' ? '1' : '0');
    EXPECT_EQ(table_.Find(name), nullptr) << name;
    character = right;
  }
  EXPECT_EQ(table_.Find(""), nullptr);
  EXPECT_EQ(table_.Find(name.substr(1)), nullptr);
  EXPECT_EQ(table_.Find(name + "0"), nullptr);
}

TEST_F(Table, ForgetsANameWithItsSession) {
  std::string name;
  {
    const SessionTable::Place place = Enter(estonia_);
    name = place.name();
  }
  EXPECT_EQ(table_.Find(name), nullptr);
  EXPECT_THAT(table_.List(), testing::IsEmpty());
}

TEST_F(Table, KeepsANameWhenItsPlaceIsMoved) {
  SessionTable::Place first = Enter(estonia_);
  const std::string name = first.name();
  SessionTable::Place second = std::move(first);
  EXPECT_NE(table_.Find(name), nullptr);
  second = Enter(latvia_);
  EXPECT_EQ(table_.Find(name), nullptr) << "its place was given up";
}

TEST_F(Table, GivesNoNameTwiceAndNoneThatCanBeForetold) {
  std::set<std::string> names;
  for (int i = 0; i < 1'000; ++i) {
    const SessionTable::Place place = Enter(estonia_);
    EXPECT_EQ(place.name().size(), 36U);  // 32 of the digits are random: 128 bits.
    EXPECT_TRUE(names.insert(place.name()).second);
  }
  std::set<std::string> beginnings;
  for (const std::string& name : names) {
    beginnings.insert(name.substr(0, 12));
  }
  EXPECT_GT(beginnings.size(), 990U);
}

TEST_F(Table, EndsTheSessionsOfACertificateAndNoOthers) {
  const SessionTable::Place a = Enter(estonia_);
  const SessionTable::Place b = Enter(latvia_);
  const SessionTable::Place c = Enter(estonia_);
  EXPECT_EQ(table_.CountOf(estonia_.Name()), 2U);
  EXPECT_EQ(table_.End(estonia_.fingerprint()), 2U);
  EXPECT_EQ(ended_, 2);
  EXPECT_EQ(table_.End(pki_.Issue("FI").certificate.fingerprint()), 0U);
  EXPECT_EQ(ended_, 2);
}

TEST_F(Table, MayBeLeftByWhoIsEnded) {
  // The end of a session asks the table itself: no lock may be held meanwhile.
  SessionTable::Place place;
  place =
      table_.Enter(Facts(estonia_), kManySessions, [&] { place = SessionTable::Place(); }).value();
  EXPECT_EQ(table_.End(estonia_.fingerprint()), 1U);
  EXPECT_THAT(table_.List(), testing::IsEmpty());
}

TEST_F(Table, GivesAnOwnerNoMorePlacesThanTheBoundHoweverManyAskAtOnce) {
  constexpr PlaceLimits kMax{.owner = 5, .state = 5};
  constexpr uint32_t kOfOne = 3;
  std::vector<absl::StatusOr<SessionTable::Place>> places(40);
  std::vector<std::thread> threads;
  for (size_t first = 0; first < places.size(); first += 10) {
    threads.emplace_back([&, first] {
      for (size_t i = first; i < first + 10; ++i) {
        places[i] = table_.Enter(Facts(estonia_), kMax, [] {});
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(
      std::count_if(places.begin(), places.end(), [](const auto& place) { return place.ok(); }),
      kOfOne);
  EXPECT_THAT(table_.Enter(Facts(estonia_), kMax, [] {}),
              HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(table_.Enter(Facts(latvia_), kMax, [] {}), IsOk());
  places.clear();
  EXPECT_THAT(table_.Enter(Facts(estonia_), kMax, [] {}), IsOk());
}

TEST_F(Table, StillCountsASessionThatIsNobodysAnyMore) {
  SessionTable::Place place = Enter(estonia_);
  place.Disown();
  EXPECT_EQ(table_.Find(place.name()), nullptr);
  EXPECT_EQ(table_.End(estonia_.fingerprint()), 0U);
  EXPECT_THAT(table_.Enter(Facts(estonia_), {.owner = 1, .state = 1}, [] {}),
              HasCode(absl::StatusCode::kResourceExhausted));
  place = SessionTable::Place();
  EXPECT_THAT(table_.Enter(Facts(estonia_), {.owner = 1, .state = 1}, [] {}), IsOk());
}

CallUse Calls(uint32_t calls) { return {.calls = calls}; }

// Bounds of an owner that no State stands in the way of.
UseLimits OfOwner(const CallUse& max) {
  CallUse much = max;
  return {.owner = max, .state = ((much += max) += max) += max};
}
UseLimits OfOwner(uint32_t calls) {
  return OfOwner({.calls = calls, .request_frames = 1'000, .request_bytes = 1'000'000'000});
}

TEST_F(Table, BoundsTheCallsOfACertificateOverAllItsSessions) {
  SessionTable::Place first = Enter(estonia_);
  SessionTable::Place second = Enter(estonia_);
  SessionTable::Place other = Enter(latvia_);
  EXPECT_EQ(first.SetUse(Calls(6), OfOwner(20)), kEnough);
  EXPECT_EQ(second.SetUse(Calls(5), OfOwner(20)), kUsedUp);
  EXPECT_EQ(other.SetUse(Calls(10), OfOwner(20)), kEnough);
  EXPECT_EQ(second.SetUse(Calls(4), OfOwner(20)), kEnough) << "what was refused does not count";
  EXPECT_EQ(first.SetUse(Calls(5), OfOwner(3)), kEnough) << "fewer is always allowed";
  EXPECT_EQ(second.SetUse(Calls(5), OfOwner(20)), kEnough);
  first = SessionTable::Place();
  EXPECT_EQ(second.SetUse(Calls(10), OfOwner(20)), kEnough) << "a session takes its calls with it";
  EXPECT_EQ(second.SetUse(Calls(11), OfOwner(20)), kUsedUpByItself);
}

TEST_F(Table, BoundsWhatCallsSendAndNotTheirNumberAlone) {
  const UseLimits max =
      OfOwner({.calls = 100, .request_frames = 3'000, .request_bytes = 3'000'000});
  SessionTable::Place place = Enter(estonia_);
  const CallUse half{.calls = 50, .request_frames = 1'500, .request_bytes = 1'500'000};
  EXPECT_EQ(place.SetUse(half, max), kEnough);
  for (const CallUse& more :
       {CallUse{.calls = 1}, CallUse{.request_frames = 1}, CallUse{.request_bytes = 1}}) {
    CallUse use = half;
    EXPECT_EQ(place.SetUse(use += more, max), kUsedUpByItself);
  }
  SessionTable::Place another = Enter(estonia_);
  CallUse beyond = kFirstCall;
  beyond += {.request_bytes = 1};
  EXPECT_EQ(another.SetUse(beyond, max), kUsedUp);
  EXPECT_EQ(another.SetUse(kFirstCall, max), kEnough) << "an urgent act has room";
  EXPECT_EQ(another.SetUse({.calls = 2}, max), kUsedUp);
  EXPECT_EQ(another.SetUse({}, max), kEnough);
}

// What is kept free for first calls is not without end either: a session costs next to nothing.
TEST_F(Table, KeepsAQuarterMoreFreeForFirstCallsAndNoMore) {
  const UseLimits max = OfOwner(80);
  std::vector<SessionTable::Place> places(60);
  size_t taken = 0;
  for (SessionTable::Place& place : places) {
    place = Enter(estonia_);
    taken += place.SetUse(Calls(1), max) == kEnough ? size_t{1} : size_t{0};
  }
  EXPECT_EQ(taken, 50U) << "half of 100, for one certificate";
}

// A State's offices are as many as it likes: together they have what the State may.
TEST_F(Table, BoundsTheCallsOfAllOwnersOfAState) {
  const UseLimits max{.owner = {.calls = 40, .request_frames = 160, .request_bytes = 800},
                      .state = {.calls = 60, .request_frames = 100, .request_bytes = 500}};
  std::vector<SessionTable::Place> places;
  for (const std::string owner : {"EE/duty", "EE/technical", "EE/law", "LV/duty"}) {
    places.push_back(
        table_.Enter(Facts(pki_.Issue(owner).certificate, owner), kManySessions, [] {}).value());
  }
  EXPECT_EQ(places[0].SetUse({.calls = 20}, max), kEnough);
  EXPECT_EQ(places[1].SetUse({.calls = 20, .request_frames = 40, .request_bytes = 200}, max),
            kEnough);
  EXPECT_EQ(places[2].SetUse({.calls = 20}, max), kEnough);
  EXPECT_EQ(places[2].SetUse({.calls = 21}, max), kUsedUpByItself) << "of its own, too";
  EXPECT_EQ(places[0].SetUse({.calls = 20, .request_frames = 40, .request_bytes = 200}, max),
            kEnough);
  EXPECT_EQ(places[2].SetUse({.calls = 10}, max), kEnough);
  for (const CallUse& more :
       {CallUse{.calls = 10, .request_frames = 21}, CallUse{.calls = 10, .request_bytes = 101}}) {
    EXPECT_EQ(places[2].SetUse(more, max), kUsedUp);
  }
  EXPECT_EQ(places[3].SetUse({.calls = 20, .request_frames = 40, .request_bytes = 200}, max),
            kEnough)
      << "another State";
  places[0] = SessionTable::Place();
  EXPECT_EQ(places[2].SetUse({.calls = 20, .request_frames = 40, .request_bytes = 200}, max),
            kEnough);
}

// An office renews its certificate and has two for a while; that gives it nothing, and whoever has
// one of them does not keep the other out.
TEST_F(Table, CountsTheCertificatesOfAnOwnerTogetherAndGivesNoneMoreThanHalf) {
  constexpr PlaceLimits kMax{.owner = 4, .state = 100};
  const Certificate renewed = pki_.Issue("EE").certificate;
  const Certificate third = pki_.Issue("EE").certificate;
  std::vector<SessionTable::Place> places;
  const auto enter = [&](const Certificate& certificate, const std::string& owner) {
    auto place = table_.Enter(Facts(certificate, owner), kMax, [this] { ++ended_; });
    if (place.ok()) {
      places.push_back(*std::move(place));
    }
    return place.status();
  };
  constexpr auto kFull = absl::StatusCode::kResourceExhausted;
  EXPECT_THAT(enter(estonia_, "EE/duty"), IsOk());
  EXPECT_THAT(enter(estonia_, "EE/duty"), IsOk());
  EXPECT_THAT(enter(estonia_, "EE/duty"), HasCode(kFull));
  EXPECT_THAT(enter(renewed, "EE/duty"), IsOk());
  EXPECT_THAT(enter(renewed, "EE/duty"), IsOk());
  EXPECT_THAT(enter(third, "EE/duty"), HasCode(kFull));
  EXPECT_THAT(enter(third, "EE/night"), IsOk());
  EXPECT_EQ(table_.CountOf("EE/duty"), 4U);

  EXPECT_EQ(places[0].SetUse(Calls(5), OfOwner(10)), kEnough);
  EXPECT_EQ(places[1].SetUse(Calls(2), OfOwner(10)), kUsedUp);
  EXPECT_EQ(places[2].SetUse(Calls(5), OfOwner(10)), kEnough);
  EXPECT_EQ(places[0].SetUse(Calls(4), OfOwner(10)), kEnough);
  places.erase(places.begin() + 1);  // estonia_ has one place, with four calls.
  EXPECT_THAT(enter(third, "EE/duty"), IsOk());
  EXPECT_EQ(places.back().SetUse(Calls(2), OfOwner(10)), kUsedUp);
  EXPECT_EQ(places.back().SetUse(Calls(1), OfOwner(10)), kEnough);

  EXPECT_EQ(table_.End(renewed.fingerprint()), 2U) << "ended is who holds the certificate alone";
  EXPECT_EQ(ended_, 2);
}

// So that no State has all sessions of the gate, however many offices it enrols.
TEST_F(Table, GivesTheOwnersOfOneStateNoMorePlacesThanItMayHave) {
  constexpr PlaceLimits kMax{.owner = 4, .state = 3};
  std::vector<SessionTable::Place> places;
  for (const std::string owner : {"EE/duty", "EE/technical", "EE/law"}) {
    places.push_back(
        table_.Enter(Facts(pki_.Issue(owner).certificate, owner), kMax, [] {}).value());
  }
  EXPECT_THAT(table_.Enter(Facts(estonia_, "EE/press"), kMax, [] {}),
              HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(table_.CountOf("EE/press"), 0U) << "who was refused is counted nowhere";
  EXPECT_THAT(table_.Enter(Facts(latvia_, "LV/duty"), kMax, [] {}), IsOk());
  places.pop_back();
  EXPECT_THAT(table_.Enter(Facts(estonia_, "EE/press"), kMax, [] {}), IsOk());
}

TEST_F(Table, HasRoomForTheLongestActsOfAnOfficeAndForThatOfAnother) {
  const SessionLimits limits;
  const UseLimits max{.owner = limits.calls_per_office_max, .state = limits.calls_per_state_max};
  const auto acts = [](uint32_t count) {  // Act, contents and what a request may have besides.
    return CallUse{.calls = count,
                   .request_frames = count * 72,
                   .request_bytes = count * uint64_t{16 + 1024 + 64} * 1024};
  };
  const auto enter = [&](const std::string& name, const std::string& owner) {
    return table_.Enter(Facts(pki_.Issue(name).certificate, owner), kManySessions, [] {}).value();
  };
  SessionTable::Place first = enter("EE one", "EE/duty");
  SessionTable::Place second = enter("EE two", "EE/duty");
  SessionTable::Place other = enter("EE law", "EE/law");
  EXPECT_EQ(first.SetUse(acts(3), max), kEnough);
  // All that the office may have, with two certificates.
  const CallUse half{.calls = max.owner.calls / 2,
                     .request_frames = max.owner.request_frames / 2,
                     .request_bytes = max.owner.request_bytes / 2};
  EXPECT_EQ(first.SetUse(half, max), kEnough);
  EXPECT_EQ(second.SetUse(half, max), kEnough);
  EXPECT_EQ(other.SetUse(acts(1), max), kEnough);
}

// An upload of an act with all its contents has some 130 frames: it is no abuse, and that others of
// the State have the rest is not held against it.
TEST_F(Table, HoldsWhatOthersOfTheStateUseAgainstNobody) {
  const UseLimits max{
      .owner = {.calls = 256, .request_frames = 384, .request_bytes = uint64_t{16} << 20},
      .state = {.calls = 512, .request_frames = 448, .request_bytes = uint64_t{24} << 20}};
  const auto upload = [](uint32_t frames) {
    return CallUse{.calls = 1, .request_frames = frames, .request_bytes = uint64_t{frames} << 13};
  };
  std::vector<SessionTable::Place> places;
  for (const std::string owner : {"EE/duty", "EE/technical", "EE/law"}) {
    places.push_back(
        table_.Enter(Facts(pki_.Issue(owner).certificate, owner), kManySessions, [] {}).value());
  }
  EXPECT_EQ(places[0].SetUse(upload(98), max), kEnough);
  EXPECT_EQ(places[1].SetUse(upload(175), max), kEnough);
  EXPECT_EQ(places[2].SetUse(upload(175), max), kEnough);
  EXPECT_EQ(places[0].SetUse(upload(99), max), kUsedUp);
  places.resize(1);
  // Several long requests at once are too much, and no abuse; crumbs are, and calls without end.
  EXPECT_EQ(places[0].SetUse(upload(193), max), kUsedUp);
  CallUse crumbs = upload(193);
  crumbs.request_bytes = uint64_t{193} << 11;
  EXPECT_EQ(places[0].SetUse(crumbs, max), kUsedUpByItself);
  CallUse calls = upload(100);
  calls.calls = 129;
  EXPECT_EQ(places[0].SetUse(calls, max), kUsedUpByItself);
}

TEST_F(Table, IsForManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 500; ++j) {
        const absl::StatusOr<SessionTable::Place> place =
            table_.Enter(Facts(estonia_), kManySessions, [] {});
        ASSERT_THAT(place, IsOk());
        EXPECT_NE(table_.Find(place->name()), nullptr);
        EXPECT_GE(table_.CountOf(estonia_.Name()), 1U);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_THAT(table_.List(), testing::IsEmpty());
}

}  // namespace
}  // namespace cbm
