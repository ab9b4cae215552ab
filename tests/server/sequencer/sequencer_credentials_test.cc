// Who may carry and sign an act: the registry is read again when the act is decided, and the time
// is the exchange's, whatever was true when the act was handed in.

#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/sequencer/sequencer.h"
#include "tests/support/faulty_store.h"
#include "tests/support/server_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

class SequencerCredentials : public ::testing::Test {
 protected:
  // Hands an act in, lets `meanwhile` happen, and then has it decided.
  template <typename Meanwhile>
  absl::StatusOr<Taken> TakeAfter(HandedIn act, Meanwhile meanwhile) {
    Answers answers;
    FaultyStore store(world_.store());
    store.gate.Shut();
    Sequencer sequencer(store, world_.clock(), world_.random(), {});
    EXPECT_THAT(sequencer.HandIn(std::move(act), answers.For("it")), IsOk());
    meanwhile();
    store.gate.Open();
    sequencer.Stop();
    return answers.Of("it");
  }

  void ExpectUnauthenticated(HandedIn act) {
    const auto sizes = world_.Sizes();
    EXPECT_THAT(world_.Take(std::move(act)), HasCode(absl::StatusCode::kUnauthenticated));
    EXPECT_EQ(world_.Sizes(), sizes);
  }

  const Desk& ee_ = ServerWorld::Of("EE");
  const Desk& lv_ = ServerWorld::Of("LV");
  const Desk& siem_ = ServerWorld::Of("LV", "siem");
  const Desk& spare_ = ServerWorld::Spare("LV");

  ServerWorld world_;
};

TEST_F(SequencerCredentials, CountUpToTheInstantTheyEnd) {
  const absl::Time end = kTestStart + absl::Hours(1);
  ASSERT_THAT(world_.Take(world_.Enrol(spare_, {.not_after = end})), IsOk());
  world_.clock().Set(end - absl::Microseconds(1));
  EXPECT_THAT(world_.Take(world_.Submit(spare_, {"EE"})), IsOk());
  world_.clock().Set(end);
  ExpectUnauthenticated(world_.Submit(spare_, {"EE"}));
}

TEST_F(SequencerCredentials, CountFromTheInstantTheyBegin) {
  const absl::Time begin = kTestStart + absl::Hours(1);
  ASSERT_THAT(world_.Take(world_.Enrol(spare_, {.not_before = begin})), IsOk());
  world_.clock().Set(begin - absl::Microseconds(1));
  ExpectUnauthenticated(world_.Submit(spare_, {"EE"}));
  world_.clock().Set(begin);
  EXPECT_THAT(world_.Take(world_.Submit(spare_, {"EE"})), IsOk());
}

TEST_F(SequencerCredentials, AreLookedAtWhenTheActIsDecidedNotWhenItIsHandedIn) {
  const absl::Time end = kTestStart + absl::Hours(1);
  ASSERT_THAT(world_.Take(world_.Enrol(spare_, {.not_after = end})), IsOk());
  const auto sizes = world_.Sizes();
  EXPECT_THAT(TakeAfter(world_.Submit(spare_, {"EE"}), [&] { world_.clock().Set(end); }),
              HasCode(absl::StatusCode::kUnauthenticated));
  EXPECT_EQ(world_.Sizes(), sizes);
}

TEST_F(SequencerCredentials, OfTheCarrierMustHoldToo) {
  const absl::Time end = kTestStart + absl::Hours(1);
  ASSERT_THAT(world_.Take(world_.Enrol(spare_, {.not_after = end})), IsOk());
  EXPECT_THAT(TakeAfter(ServerWorld::CarriedBy(spare_, world_.Submit(lv_, {"EE"})),
                        [&] { world_.clock().Set(end); }),
              HasCode(absl::StatusCode::kUnauthenticated));
}

TEST_F(SequencerCredentials, MustBeRegistered) {
  ExpectUnauthenticated(world_.Submit(spare_, {"EE"}));
  ExpectUnauthenticated(ServerWorld::CarriedBy(spare_, world_.Submit(lv_, {"EE"})));
}

TEST_F(SequencerCredentials, MustHaveThePurposeTheyAreUsedFor) {
  ASSERT_THAT(world_.Take(world_.Enrol(spare_, {.purposes = {v1::CREDENTIAL_PURPOSE_CONNECT}})),
              IsOk());
  ExpectUnauthenticated(world_.Submit(spare_, {"EE"}));
  EXPECT_THAT(world_.Take(ServerWorld::CarriedBy(spare_, world_.Submit(lv_, {"EE"}))), IsOk());

  const Desk& signs = ServerWorld::Spare("FI");
  ASSERT_THAT(world_.Take(world_.Enrol(signs, {.purposes = {v1::CREDENTIAL_PURPOSE_SIGN}})),
              IsOk());
  ExpectUnauthenticated(world_.Submit(signs, {"EE"}));
  EXPECT_THAT(
      world_.Take(ServerWorld::CarriedBy(ServerWorld::Of("FI"), world_.Submit(signs, {"EE"}))),
      IsOk());
}

TEST_F(SequencerCredentials, OfAnotherPartyCarryNothing) {
  ExpectUnauthenticated(ServerWorld::CarriedBy(lv_, world_.Submit(ee_, {"FI"})));
  ExpectUnauthenticated(
      ServerWorld::CarriedBy(ServerWorld::Secretariat(), world_.Submit(ee_, {"FI"})));
}

// What another signed can be told by its bytes, but not whether the exchange has it.
TEST_F(SequencerCredentials, OfAnotherPartyDoNotGetAtWhatWasTaken) {
  const HandedIn act = world_.Submit(ee_, {"LV"});
  const HandedIn never = world_.Submit(ee_, {"LV"});
  ASSERT_THAT(world_.Take(act), IsOk());
  const absl::Status of_taken = world_.Take(ServerWorld::CarriedBy(lv_, act)).status();
  EXPECT_THAT(of_taken, HasCode(absl::StatusCode::kUnauthenticated));
  EXPECT_EQ(of_taken, world_.Take(ServerWorld::CarriedBy(lv_, never)).status());
}

TEST_F(SequencerCredentials, OfTwoOfficesOfAPartyMayShareAnAct) {
  EXPECT_THAT(world_.Take(ServerWorld::CarriedBy(ServerWorld::Of("EE", "policy"),
                                                 world_.Submit(ee_, {"LV"}))),
              IsOk());
}

TEST_F(SequencerCredentials, OfAnIntegrationCarryItsOwnActsAlone) {
  ExpectUnauthenticated(ServerWorld::CarriedBy(siem_, world_.Submit(lv_, {"EE"})));
  ExpectUnauthenticated(ServerWorld::CarriedBy(lv_, world_.Submit(siem_, {"EE"})));
  EXPECT_THAT(world_.Take(world_.Submit(siem_, {"EE"})), IsOk());
}

TEST_F(SequencerCredentials, OfAnIntegrationActInItsLedgerAndItsStates) {
  const absl::StatusOr<Taken> taken = world_.Take(world_.Submit(siem_, {"EE"}));
  ASSERT_THAT(taken, IsOk());
  EXPECT_EQ(taken->ledger, siem_.ledger());
  const EncodedEntry states = world_.EntriesOf(LedgerId::State("LV")).back();
  EXPECT_EQ(states.entry.act_digest(), taken->entry.entry.act_digest());
  EXPECT_EQ(states.entry.role(), v1::ENTRY_ROLE_INFORMED);
}

TEST_F(SequencerCredentials, CountNoMoreOnceTheyAreSuspendedUntilTheyAreRestored) {
  ASSERT_THAT(world_.Take(world_.Suspend(ServerWorld::Secretariat(), lv_)), IsOk());
  ExpectUnauthenticated(world_.Submit(lv_, {"EE"}));
  ExpectUnauthenticated(world_.Restore(lv_, lv_));
  ASSERT_THAT(world_.Take(world_.Restore(ServerWorld::Secretariat(), lv_)), IsOk());
  EXPECT_THAT(world_.Take(world_.Submit(lv_, {"EE"})), IsOk());
}

TEST_F(SequencerCredentials, CountNeverAgainOnceTheyAreRevoked) {
  ASSERT_THAT(world_.Take(world_.Revoke(lv_, lv_)), IsOk());
  ExpectUnauthenticated(world_.Submit(lv_, {"EE"}));
  const auto sizes = world_.Sizes();
  EXPECT_THAT(world_.Take(world_.Restore(ServerWorld::Secretariat(), lv_)),
              HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(world_.Sizes(), sizes);
}

// What was handed in before is decided after.
TEST_F(SequencerCredentials, AreSuspendedForActsThatWaitAlready) {
  Answers answers;
  FaultyStore store(world_.store());
  store.gate.Shut();
  Sequencer sequencer(store, world_.clock(), world_.random(), {});
  ASSERT_THAT(
      sequencer.HandIn(world_.Suspend(ServerWorld::Secretariat(), lv_), answers.For("suspension")),
      IsOk());
  ASSERT_THAT(sequencer.HandIn(world_.Submit(lv_, {"EE"}), answers.For("act")), IsOk());
  store.gate.Open();
  sequencer.Stop();
  EXPECT_THAT(answers.Of("suspension"), IsOk());
  EXPECT_THAT(answers.Of("act"), HasCode(absl::StatusCode::kUnauthenticated));
}

// A thief of the signing key cannot use another's connection either, nor the other way round.
TEST_F(SequencerCredentials, ThatAreSuspendedNeitherSignNorCarry) {
  const Desk& duty = ServerWorld::Of("EE");
  const Desk& policy = ServerWorld::Of("EE", "policy");
  ASSERT_THAT(world_.Take(world_.Suspend(policy, duty)), IsOk());
  ExpectUnauthenticated(ServerWorld::CarriedBy(policy, world_.Submit(duty, {"LV"})));
  ExpectUnauthenticated(ServerWorld::CarriedBy(duty, world_.Submit(policy, {"LV"})));
}

TEST_F(SequencerCredentials, ThatRanOutRenewThemselvesForSevenDaysAndDoNothingElse) {
  const absl::Time end = kTestStart + absl::Hours(1);
  ASSERT_THAT(world_.Take(world_.Enrol(spare_, {.not_after = end})), IsOk());
  const Desk& next = ServerWorld::Spare("FI");  // A key that nobody has registered.
  world_.clock().Set(end + absl::Hours(24 * 7));
  ExpectUnauthenticated(world_.Renew(spare_, next));
  world_.clock().Set(end + absl::Hours(24 * 7) - absl::Microseconds(1));
  ExpectUnauthenticated(world_.Submit(spare_, {"EE"}));
  ExpectUnauthenticated(world_.Suspend(spare_, spare_));
  // It carries its own renewal alone.
  ExpectUnauthenticated(ServerWorld::CarriedBy(spare_, world_.Renew(lv_, next)));
  EXPECT_THAT(world_.Take(world_.Renew(spare_, next)), IsOk());
}

TEST_F(SequencerCredentials, ThatRanOutHaveTheirRenewalCarriedByAnotherOffice) {
  const absl::Time end = kTestStart + absl::Hours(1);
  ASSERT_THAT(world_.Take(world_.Enrol(spare_, {.not_after = end})), IsOk());
  world_.clock().Set(end);
  EXPECT_THAT(
      world_.Take(ServerWorld::CarriedBy(lv_, world_.Renew(spare_, ServerWorld::Spare("FI")))),
      IsOk());
}

TEST_F(SequencerCredentials, ThatRanOutAndWereSuspendedDoNotRenew) {
  const absl::Time end = kTestStart + absl::Hours(1);
  ASSERT_THAT(world_.Take(world_.Enrol(spare_, {.not_after = end})), IsOk());
  ASSERT_THAT(world_.Take(world_.Suspend(lv_, spare_)), IsOk());
  world_.clock().Set(end);
  ExpectUnauthenticated(world_.Renew(spare_, ServerWorld::Spare("FI")));
}

TEST_F(SequencerCredentials, AreRenewedToACertificateThatIsNew) {
  const auto sizes = world_.Sizes();
  EXPECT_THAT(world_.Take(world_.Renew(lv_, lv_)), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(world_.Take(world_.Renew(lv_, ee_)), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(world_.Sizes(), sizes);
}

}  // namespace
}  // namespace cbm::test
