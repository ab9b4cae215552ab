// Stating that a notification was received. The sender is given the act; the secretariat learns
// that one of the addressees did, by its commitment; a third State learns nothing.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/rules_world.h"

namespace cbm::rules {
namespace {

using ::cbm::test::Attempt;
using ::cbm::test::IsAccepted;
using ::cbm::test::IsRefusedAs;
using ::cbm::test::NotificationIn;
using ::cbm::test::OnlyEntry;
using ::cbm::test::RulesWorld;
using ::cbm::test::ToldBy;
using ::cbm::test::Written;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Acknowledge : public ::testing::Test {
 protected:
  Decision AcknowledgedBy(const v1::CredentialRecord& office, const Digest& notification) {
    return world_.Perform(world_.Acknowledge(office, notification)).decision;
  }

  // The entry of the one act before, by LV, that a ledger gets.
  v1::Entry EntryFor(const LedgerId& ledger) {
    return OnlyEntry(world_.Decide(world_.Acknowledge(world_.Duty("LV"), sent_)), ledger).entry;
  }

  RulesWorld world_;
  const Attempt attempt_ = world_.ToNamed(world_.Duty("EE"), {"LV", "FI"});
  const Digest sent_ = world_.Perform(attempt_).act_digest;
};

TEST_F(Acknowledge, GivesTheSenderTheActAndTheOverseersASummary) {
  const Decision decision = AcknowledgedBy(world_.Duty("LV"), sent_);
  EXPECT_THAT(ToldBy(decision.entries),
              ElementsAre("auditor header summary", "secretariat header summary",
                          "state/EE addressed act", "state/LV own act"));
  EXPECT_EQ(OnlyEntry(decision, LedgerId::State("EE")).delivered_to, "EE");
}

TEST_F(Acknowledge, NamesTheAddresseeToTheSecretariatByItsCommitmentAlone) {
  const v1::Entry entry = EntryFor(LedgerId::Secretariat());
  const v1::Summary& summary = entry.summary();
  EXPECT_EQ(summary.commitment(), test::ExpectedCommitment(attempt_.openings[1]));
  EXPECT_EQ(summary.party(), "");
  EXPECT_THAT(entry.SerializeAsString(), Not(HasSubstr("LV")));
  EXPECT_EQ(summary.acted_on(), BytesOf(sent_));
  EXPECT_EQ(summary.record_version(), 1u);
  EXPECT_EQ(summary.new_state(), "acknowledged");
  EXPECT_EQ(summary.manner(), v1::OPEN_MANNER_BY_HAND);
  EXPECT_EQ(summary.precedence(), v1::PRECEDENCE_URGENT);
  EXPECT_EQ(summary.context(), v1::CONTEXT_TEST);
  EXPECT_EQ(summary.marking(), v1::MARKING_AMBER);
  EXPECT_EQ(summary.notification_kind(), "INC");
}

TEST_F(Acknowledge, TellsTheAuditorNeitherWhoNorHow) {
  const v1::Entry entry = EntryFor(LedgerId::Auditor());
  EXPECT_EQ(entry.summary().new_state(), "acknowledged");
  EXPECT_EQ(entry.summary().party(), "");
  EXPECT_EQ(entry.summary().commitment(), "");
  EXPECT_EQ(entry.summary().manner(), v1::OPEN_MANNER_UNSPECIFIED);
  EXPECT_EQ(entry.openings_size(), 0);
  for (const std::string_view state : {"LV", "EE"}) {
    EXPECT_THAT(entry.SerializeAsString(), Not(HasSubstr(state)));
  }
}

TEST_F(Acknowledge, OfWhatWentToAllNamesTheState) {
  const Digest to_all = world_.Perform(world_.ToAll(world_.Duty("EE"))).act_digest;
  const Decision decision = AcknowledgedBy(world_.Duty("LV"), to_all);
  EXPECT_THAT(ToldBy(decision.entries),
              ElementsAre("auditor header summary", "secretariat header summary",
                          "state/EE addressed act", "state/LV own act"));
  const v1::Summary& summary = OnlyEntry(decision, LedgerId::Secretariat()).entry.summary();
  EXPECT_EQ(summary.party(), "LV");
  EXPECT_EQ(summary.commitment(), "");
  EXPECT_EQ(OnlyEntry(decision, LedgerId::Auditor()).entry.summary().party(), "");
}

TEST_F(Acknowledge, ByTheSecretariatOfWhatItWasSentTellsTheSenderAndTheAuditor) {
  const Digest to_secretariat = world_.Perform(world_.ToSecretariat(world_.Duty("EE"))).act_digest;
  EXPECT_THAT(
      ToldBy(AcknowledgedBy(world_.Secretariat(), to_secretariat).entries),
      ElementsAre("auditor header summary", "secretariat own act", "state/EE addressed act"));
  EXPECT_THAT(AcknowledgedBy(world_.Secretariat(), to_secretariat),
              IsRefusedAs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(Acknowledge, NeedsNoOpenAndInventsNone) {
  AcknowledgedBy(world_.Duty("LV"), sent_);
  for (const std::string_view state : {"EE", "LV"}) {
    const v1::NotificationRecord record = NotificationIn(world_.State(state), sent_);
    for (const v1::Delivery& delivery : record.deliveries()) {
      EXPECT_FALSE(delivery.has_opened());
      EXPECT_EQ(delivery.has_acknowledged(), delivery.state() == "LV");
    }
  }
}

TEST_F(Acknowledge, IsRefusedTheSecondTimeToAnyOfficeOfTheState) {
  world_.Enrol({.party = "LV", .office = "mfa", .type = v1::OFFICE_TYPE_POLICY});
  EXPECT_THAT(AcknowledgedBy(world_.Duty("LV"), sent_), IsAccepted());
  EXPECT_THAT(AcknowledgedBy(world_.Duty("LV"), sent_),
              IsRefusedAs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(AcknowledgedBy(world_.Signer("LV", "mfa"), sent_),
              IsRefusedAs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(AcknowledgedBy(world_.Duty("FI"), sent_), IsAccepted());
}

TEST_F(Acknowledge, OfWhatWentToAllIsRefusedTheSecondTime) {
  const Digest to_all = world_.Perform(world_.ToAll(world_.Duty("EE"))).act_digest;
  EXPECT_THAT(AcknowledgedBy(world_.Duty("LV"), to_all), IsAccepted());
  EXPECT_THAT(AcknowledgedBy(world_.Duty("LV"), to_all),
              IsRefusedAs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(AcknowledgedBy(world_.Duty("SE"), to_all), IsAccepted());
}

TEST_F(Acknowledge, OfSomebodyElsesNotificationIsAnsweredAsIfThereWereNone) {
  const Decision others = world_.Decide(world_.Acknowledge(world_.Duty("SE"), sent_));
  const Decision unknown = world_.Decide(world_.Acknowledge(world_.Duty("SE"), Sha256("nothing")));
  EXPECT_THAT(others, IsRefusedAs(absl::StatusCode::kNotFound));
  EXPECT_THAT(unknown, IsRefusedAs(absl::StatusCode::kNotFound));
  EXPECT_EQ(others.verdict.ToString(), unknown.verdict.ToString());
}

// The secretariat and the auditor follow it by a header; it was not sent to them. JP is no
// participant of the framework whose ALL had the other.
TEST_F(Acknowledge, IsForThoseItWasSentTo) {
  const std::string unknown =
      world_.Decide(world_.Acknowledge(world_.Duty("SE"), Sha256("nothing"))).verdict.ToString();
  world_.Enrol({.party = "AUDITOR",
                .office = "first",
                .type = v1::OFFICE_TYPE_AUDITOR,
                .scopes = {v1::SCOPE_ACKNOWLEDGE}});
  const Digest to_all = world_.Perform(world_.ToAll(world_.Duty("EE"))).act_digest;
  for (const Attempt& other : {world_.Acknowledge(world_.Secretariat(), sent_),
                               world_.Acknowledge(world_.Signer("AUDITOR", "first"), sent_),
                               world_.Acknowledge(world_.Signer("AUDITOR", "first"), to_all),
                               world_.Acknowledge(world_.Duty("JP"), to_all)}) {
    SCOPED_TRACE(other.act.party());
    const Decision decision = world_.Decide(other);
    EXPECT_THAT(decision, IsRefusedAs(absl::StatusCode::kNotFound));
    EXPECT_EQ(decision.verdict.ToString(), unknown);
  }
}

TEST_F(Acknowledge, OfWhatAFilterKeepsFromTheOfficeIsAnsweredAsIfThereWereNone) {
  world_.Enrol({.party = "LV", .office = "mfa", .type = v1::OFFICE_TYPE_POLICY});
  Attempt red = world_.ToNamed(world_.Duty("EE"), {"LV"});
  red.act.mutable_submit()->mutable_notification()->set_marking(v1::MARKING_RED);
  red.act.add_office_filter(v1::OFFICE_TYPE_POLICY);
  const Digest narrowed = world_.Perform(red).act_digest;
  const Decision kept = world_.Decide(world_.Acknowledge(world_.Duty("LV"), narrowed));
  EXPECT_EQ(Written(kept),
            Written(world_.Decide(world_.Acknowledge(world_.Duty("LV"), Sha256("nothing")))));
  EXPECT_THAT(world_.Decide(world_.Acknowledge(world_.Signer("LV", "mfa"), narrowed)),
              IsAccepted());
}

TEST_F(Acknowledge, OfOnesOwnNotificationIsRefused) {
  const Digest to_all = world_.Perform(world_.ToAll(world_.Duty("EE"))).act_digest;
  for (const Digest& own : {sent_, to_all}) {
    EXPECT_THAT(world_.Decide(world_.Acknowledge(world_.Duty("EE"), own)),
                IsRefusedAs(absl::StatusCode::kFailedPrecondition));
  }
}

TEST_F(Acknowledge, OfAnotherVersionIsAborted) {
  for (const uint32_t version : {0u, 2u}) {
    Attempt other = world_.Acknowledge(world_.Duty("LV"), sent_);
    other.act.mutable_references(0)->set_record_version(version);
    EXPECT_THAT(world_.Decide(other), IsRefusedAs(absl::StatusCode::kAborted));
  }
}

TEST_F(Acknowledge, IsRefusedForEachFieldThatIsNotAsItMustBe) {
  const std::vector<std::function<void(Attempt&)>> spoils = {
      [](Attempt& a) { a.act.mutable_acknowledge()->clear_manner(); },
      [](Attempt& a) { a.act.clear_references(); },
      [](Attempt& a) { *a.act.add_references() = a.act.references(0); },
      [](Attempt& a) { a.act.set_manifest_digest(std::string(32, 'm')); },
      [](Attempt& a) { a.act.mutable_audience()->mutable_secretariat(); },
      [](Attempt& a) { a.act.mutable_audience()->mutable_all()->set_framework("OSCE"); },
  };
  for (size_t i = 0; i < spoils.size(); ++i) {
    SCOPED_TRACE(fmt::format("case {}", i));
    Attempt spoilt = world_.Acknowledge(world_.Duty("LV"), sent_);
    spoils[i](spoilt);
    EXPECT_THAT(world_.Decide(spoilt), IsRefusedAs(absl::StatusCode::kInvalidArgument));
  }
}

TEST_F(Acknowledge, NeedsTheScopeToAcknowledge) {
  world_.Enrol({.party = "LV", .office = "reader", .scopes = {v1::SCOPE_READ}});
  EXPECT_THAT(world_.Decide(world_.Acknowledge(world_.Signer("LV", "reader"), sent_)),
              IsRefusedAs(absl::StatusCode::kPermissionDenied));
}

TEST_F(Acknowledge, ByAnIntegrationCountsForItsState) {
  world_.Enrol({.party = "LV", .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
  world_.Perform(world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_AMBER));
  const Digest after = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV"})).act_digest;
  EXPECT_THAT(
      ToldBy(AcknowledgedBy(world_.Signer("LV", "siem"), after).entries),
      ElementsAre("auditor header summary", "integration/LV-siem own act",
                  "secretariat header summary", "state/EE addressed act", "state/LV informed act"));
  EXPECT_THAT(AcknowledgedBy(world_.Duty("LV"), after),
              IsRefusedAs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(Acknowledge, ByTheStateIsKnownToItsIntegrationWhichDoesNotRepeatIt) {
  world_.Enrol({.party = "LV", .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
  world_.Perform(world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_AMBER));
  for (const Attempt& notification :
       {world_.ToNamed(world_.Duty("EE"), {"LV"}), world_.ToAll(world_.Duty("EE"))}) {
    const Digest digest = world_.Perform(notification).act_digest;
    EXPECT_THAT(AcknowledgedBy(world_.Duty("LV"), digest), IsAccepted());
    EXPECT_THAT(AcknowledgedBy(world_.Signer("LV", "siem"), digest),
                IsRefusedAs(absl::StatusCode::kFailedPrecondition));
  }
}

TEST_F(Acknowledge, IsDecidedTheSameWhateverOthersDo) {
  RulesWorld quiet;
  ASSERT_EQ(quiet.Perform(quiet.ToNamed(quiet.Duty("EE"), {"LV", "FI"})).act_digest, sent_);
  const absl::Time later = world_.now() + absl::Hours(1);
  world_.Perform(world_.Open(world_.Duty("FI"), {sent_}));
  AcknowledgedBy(world_.Duty("FI"), sent_);
  world_.Perform(world_.ToNamed(world_.Duty("SE"), {"EE", "FI"}));
  world_.SetNow(later);
  quiet.SetNow(later);
  EXPECT_EQ(Written(world_.Decide(world_.Acknowledge(world_.Duty("LV"), sent_))),
            Written(quiet.Decide(quiet.Acknowledge(quiet.Duty("LV"), sent_))));
}

}  // namespace
}  // namespace cbm::rules
