// Whose connection goes on: of a credential that is out of use nobody keeps one, and yet its holder
// can come again to be told why.

#include "server/program/session_ender.h"

#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/faulty_store.h"
#include "tests/support/server_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

class EndOfSessions : public testing::Test {
 protected:
  SessionTable::Place Enter(const Desk& desk, bool was_active = true) {
    world_.clock().Advance(absl::Milliseconds(1));
    return sessions_
        .Enter({.certificate = desk.credential.certificate,
                .source = "192.0.2.1",
                .owner = desk.credential.certificate.Name(),
                .state = desk.credential.certificate.Name(),
                .was_active = was_active,
                .since = world_.clock().Now()},
               {.owner = 10, .state = 10}, [this] { ++ended_; })
        .value();
  }
  void Take(HandedIn act) {
    world_.clock().Advance(absl::Milliseconds(1));
    ASSERT_THAT(world_.Take(std::move(act)), IsOk());
  }
  // How many sessions were ended by it.
  int Tick() {
    const int before = ended_;
    ender_.Tick();
    return ended_ - before;
  }

  const Desk& secretariat_ = ServerWorld::Secretariat();
  const Desk& lv_ = ServerWorld::Of("LV");
  ServerWorld world_;
  SessionTable sessions_{world_.random()};
  SessionEnder ender_{world_.store(), sessions_, world_.clock()};
  int ended_ = 0;
};

TEST_F(EndOfSessions, DoesNotComeToWhoIsActive) {
  const auto lv = Enter(lv_);
  const auto ee = Enter(ServerWorld::Of("EE"));
  Take(world_.Suspend(secretariat_, ServerWorld::Of("FI")));
  EXPECT_EQ(Tick(), 0);
  EXPECT_EQ(Tick(), 0);
}

TEST_F(EndOfSessions, ComesToAllOfOneThatIsSuspendedOrRevoked) {
  auto first = Enter(lv_);
  auto second = Enter(lv_);
  const auto other = Enter(ServerWorld::Of("EE"));
  Take(world_.Suspend(secretariat_, lv_));
  EXPECT_EQ(Tick(), 0);  // What is under way is answered first.
  EXPECT_EQ(Tick(), 2);

  first = {};
  second = {};
  const auto fi = Enter(ServerWorld::Of("FI"));
  Take(world_.Revoke(secretariat_, ServerWorld::Of("FI")));
  EXPECT_EQ(Tick(), 0);
  EXPECT_EQ(Tick(), 1);
}

TEST_F(EndOfSessions, ComesWhenTheCertificateRunsOut) {
  const absl::Time end = kTestStart + absl::Hours(1);
  const Desk& spare = ServerWorld::Spare("LV");
  Take(world_.Enrol(spare, {.not_after = end}));
  const auto session = Enter(spare);
  world_.clock().Set(end - absl::Nanoseconds(1));
  EXPECT_EQ(Tick() + Tick(), 0);
  world_.clock().Set(end);
  EXPECT_EQ(Tick(), 0);
  EXPECT_EQ(Tick(), 1);
}

TEST_F(EndOfSessions, DoesNotComeToOneThatWasRestoredInTime) {
  const auto session = Enter(lv_);
  Take(world_.Suspend(secretariat_, lv_));
  EXPECT_EQ(Tick(), 0);
  Take(world_.Restore(secretariat_, lv_));
  EXPECT_EQ(Tick() + Tick(), 0);
  Take(world_.Suspend(secretariat_, lv_));
  EXPECT_EQ(Tick(), 0);  // Seen anew.
  EXPECT_EQ(Tick(), 1);
}

// An act's time is read before it is durable: who is let in between is of the office still.
TEST_F(EndOfSessions, ComesToWhoWasLetInAsActiveWheneverThatWas) {
  Take(world_.Suspend(secretariat_, lv_));
  const auto late = Enter(lv_);
  EXPECT_EQ(Tick(), 0);
  EXPECT_EQ(Tick(), 1);
}

TEST_F(EndOfSessions, ComesToWhoIsRegisteredToNobody) {
  const auto stranger = Enter(ServerWorld::Spare("LV"), /*was_active=*/false);
  EXPECT_EQ(Tick(), 0);
  EXPECT_EQ(Tick(), 1);
}

// Whatever the moment, and whatever the ticks before it found: a second is what the exchange
// promises, and half of it is what the ticks take of it.
TEST_F(EndOfSessions, ComesAtTheSecondTickWhenBetweenOneAndTwoOfTheirTimesHavePassed) {
  constexpr absl::Duration kStep = absl::Milliseconds(25);
  EXPECT_LE(2 * kSessionTickEvery, absl::Milliseconds(500));
  for (absl::Duration after = absl::ZeroDuration(); after < kSessionTickEvery; after += kStep) {
    const auto session = Enter(lv_);
    const absl::Time ticked = world_.clock().Now();
    EXPECT_EQ(Tick(), 0);
    world_.clock().Set(ticked + after);
    Take(world_.Suspend(secretariat_, lv_));
    const absl::Time changed = world_.clock().Now();
    int ticks = 0;
    for (int ended = 0; ended == 0 && ticks < 9;) {
      world_.clock().Set(ticked + ++ticks * kSessionTickEvery);
      ended = Tick();
    }
    EXPECT_EQ(ticks, 2) << after;
    EXPECT_GE(world_.clock().Now() - changed, kSessionTickEvery - absl::Milliseconds(1)) << after;
    EXPECT_LE(world_.clock().Now() - changed, 2 * kSessionTickEvery) << after;
    Take(world_.Restore(secretariat_, lv_));
  }
}

// A store that does not answer ends nobody; and he who was seen out of use waits no longer for it.
TEST_F(EndOfSessions, WaitsForTheStoreToSaySoAndNotForItToSaySoAnew) {
  FaultyStore store(world_.store());
  SessionEnder ender(store, sessions_, world_.clock());
  const auto session = Enter(lv_);
  Take(world_.Suspend(secretariat_, lv_));
  ender.Tick();
  store.faults.at_find_credential = [] { return absl::UnavailableError("busy"); };
  ender.Tick();
  EXPECT_EQ(ended_, 0);
  store.faults.at_find_credential = Faults::None;
  ender.Tick();
  EXPECT_EQ(ended_, 1);
}

// Who comes again is told why by every call, and is not cut off every second: he has ten.
TEST_F(EndOfSessions, LeavesWhoConnectsAfterwardsTimeToBeToldWhy) {
  {
    const auto before = Enter(lv_);
    Take(world_.Suspend(secretariat_, lv_));
    EXPECT_EQ(Tick(), 0);
    EXPECT_EQ(Tick(), 1);
  }
  const auto after = Enter(lv_, /*was_active=*/false);
  for (int i = 0; i < 9; ++i) {
    world_.clock().Advance(absl::Seconds(1));
    EXPECT_EQ(Tick(), 0);
  }
  world_.clock().Advance(absl::Seconds(1));
  EXPECT_EQ(Tick() + Tick(), 1);
}

}  // namespace
}  // namespace cbm::test
