// What ledgers' entries say, as facts. A client replays its own ledger and must find what the
// server shows it; so nothing but entries goes in, and each test asks a ledger for what came out.

#include "core/rules/projection.h"

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "core/rules/facts.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/rules_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::rules {
namespace {

using ::cbm::test::Attempt;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::MemoryLedger;
using ::cbm::test::NotificationIn;
using ::cbm::test::RulesWorld;
using ::testing::ElementsAre;

class Projection : public ::testing::Test {
 protected:
  v1::OfficeRecord OfficeIn(const LedgerId& ledger, std::string_view party,
                            std::string_view office) {
    const LedgerView& view = world_.Ledger(ledger);
    return FindRecord<v1::OfficeRecord>(view, OfficeKey(party, office)).value().value();
  }

  RulesWorld world_;
};

TEST_F(Projection, OfANotificationIsWhatItsReaderWasGiven) {
  const absl::Time taken = world_.now();
  const Attempt attempt = world_.ToNamed(world_.Duty("EE"), {"LV", "FI"});
  const Digest sent = world_.Perform(attempt).act_digest;
  const v1::NotificationRecord record = NotificationIn(world_.State("LV"), sent);
  EXPECT_EQ(record.ledger(), "state/LV");
  EXPECT_EQ(record.ordinal(), world_.State("LV").entries().size() - 1);
  EXPECT_EQ(record.act_digest(), BytesOf(sent));
  EXPECT_EQ(record.act_id(), attempt.act.act_id());
  EXPECT_EQ(record.from_party(), "EE");
  EXPECT_EQ(record.from_office(), "duty");
  EXPECT_EQ(FromTimestamp(record.time()), taken);
  EXPECT_EQ(record.role(), v1::ENTRY_ROLE_ADDRESSED);
  EXPECT_EQ(record.notification().DebugString(), attempt.act.submit().notification().DebugString());
  EXPECT_EQ(record.audience(), "NAMED");
  EXPECT_EQ(record.manifest_digest(), attempt.act.manifest_digest());
  EXPECT_FALSE(record.given_digest().empty());
  EXPECT_EQ(FromTimestamp(record.acknowledge_by()), taken + absl::Hours(24));
  EXPECT_EQ(record.record_version(), 1u);
  ASSERT_EQ(record.deliveries_size(), 1);
  EXPECT_EQ(record.deliveries(0).state(), "LV");
}

TEST_F(Projection, OfAHeaderHasNoContentNoIdAndNoOffice) {
  const Digest sent = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV", "FI"})).act_digest;
  const v1::NotificationRecord followed =
      NotificationIn(world_.Ledger(LedgerId::Secretariat()), sent);
  EXPECT_EQ(followed.from_party(), "EE");
  EXPECT_EQ(followed.audience(), "NAMED");
  EXPECT_EQ(followed.deliveries_size(), 2);
  const v1::NotificationRecord audited = NotificationIn(world_.Ledger(LedgerId::Auditor()), sent);
  EXPECT_EQ(audited.from_party(), "");
  EXPECT_EQ(audited.audience(), "");
  EXPECT_EQ(audited.deliveries_size(), 0);
  for (const v1::NotificationRecord& record : {followed, audited}) {
    EXPECT_EQ(record.role(), v1::ENTRY_ROLE_HEADER);
    EXPECT_EQ(record.act_id(), "");
    EXPECT_EQ(record.from_office(), "");
    EXPECT_EQ(record.manifest_digest(), "");
    EXPECT_EQ(record.given_digest(), "");
    EXPECT_EQ(record.notification().kind(), "INC");
    EXPECT_EQ(record.notification().measures_size(), 0);
    EXPECT_EQ(record.notification().language(), "");
    EXPECT_EQ(record.record_version(), 1u);
  }
}

TEST_F(Projection, NamesTheAudience) {
  const Digest to_all = world_.Perform(world_.ToAll(world_.Duty("EE"))).act_digest;
  EXPECT_EQ(NotificationIn(world_.Ledger(LedgerId::All("OSCE")), to_all).audience(), "ALL/OSCE");
  EXPECT_EQ(NotificationIn(world_.State("EE"), to_all).audience(), "ALL/OSCE");
  const Digest to_secretariat = world_.Perform(world_.ToSecretariat(world_.Duty("EE"))).act_digest;
  EXPECT_EQ(NotificationIn(world_.Ledger(LedgerId::Secretariat()), to_secretariat).audience(),
            "SECRETARIAT");
}

TEST_F(Projection, KeepsTheFirstOpenAndWhoHadItOpened) {
  world_.Enrol({.party = "LV", .office = "mfa"});
  const Digest sent = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV"})).act_digest;
  const absl::Time first = world_.now();
  world_.Perform(world_.Open(world_.Duty("LV"), {sent}));
  Attempt second = world_.Open(world_.Signer("LV", "mfa"), {sent});
  second.act.mutable_open()->set_manner(v1::OPEN_MANNER_AUTOMATIC);
  world_.Perform(second);
  for (const std::string_view state : {"EE", "LV"}) {
    const v1::NotificationRecord record = NotificationIn(world_.State(state), sent);
    EXPECT_EQ(FromTimestamp(record.deliveries(0).opened()), first);
    EXPECT_EQ(record.deliveries(0).opened_manner(), v1::OPEN_MANNER_BY_HAND);
  }
  const uint64_t ordinal = NotificationIn(world_.State("LV"), sent).ordinal();
  for (const std::string_view office : {"duty", "mfa"}) {
    EXPECT_TRUE(world_.State("LV").FindFact(OpenedKey(ordinal, office)).value().has_value());
  }
  EXPECT_FALSE(world_.State("LV").FindFact(OpenedKey(ordinal, "other")).value().has_value());
}

TEST_F(Projection, OfAnAcknowledgementShowsWhoToTheSenderAndThatToTheSecretariat) {
  const Digest sent = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV", "FI"})).act_digest;
  const absl::Time at = world_.now();
  world_.Perform(world_.Acknowledge(world_.Duty("LV"), sent));
  for (const LedgerId& ledger : {LedgerId::State("EE"), LedgerId::Secretariat()}) {
    SCOPED_TRACE(ledger.text());
    const v1::NotificationRecord record = NotificationIn(world_.Ledger(ledger), sent);
    ASSERT_EQ(record.deliveries_size(), 2);
    EXPECT_FALSE(record.deliveries(0).has_acknowledged());
    EXPECT_EQ(FromTimestamp(record.deliveries(1).acknowledged()), at);
    EXPECT_EQ(record.deliveries(1).acknowledged_manner(), v1::OPEN_MANNER_BY_HAND);
    EXPECT_EQ(record.deliveries(1).acknowledged_office(),
              ledger == LedgerId::Secretariat() ? "" : "duty");
    EXPECT_EQ(record.acknowledged_count(), 0u);
  }
  EXPECT_TRUE(world_.State("LV").FindFact(AcknowledgedKey(sent)).value().has_value());
  EXPECT_FALSE(world_.State("EE").FindFact(AcknowledgedKey(sent)).value().has_value());
}

// An integration that is passed on nothing any more may say again what its State said.
TEST_F(Projection, KeepsTheFirstAcknowledgementOfAState) {
  world_.Enrol({.party = "LV", .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
  world_.Perform(world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_AMBER));
  const Digest sent = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV"})).act_digest;
  world_.Perform(
      world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_AMBER, v1::INTEGRATION_READING_NOTHING));
  const absl::Time first = world_.now();
  world_.Perform(world_.Acknowledge(world_.Duty("LV"), sent));
  EXPECT_THAT(world_.Perform(world_.Acknowledge(world_.Signer("LV", "siem"), sent)).decision,
              test::IsAccepted());
  const v1::NotificationRecord record = NotificationIn(world_.State("EE"), sent);
  EXPECT_EQ(FromTimestamp(record.deliveries(0).acknowledged()), first);
  EXPECT_EQ(record.deliveries(0).acknowledged_office(), "duty");
}

TEST_F(Projection, CountsAcknowledgementsOfWhatWentToAllForItsSender) {
  const Digest sent = world_.Perform(world_.ToAll(world_.Duty("EE"))).act_digest;
  world_.Perform(world_.Acknowledge(world_.Duty("LV"), sent));
  world_.Perform(world_.Acknowledge(world_.Duty("SE"), sent));
  EXPECT_EQ(NotificationIn(world_.State("EE"), sent).acknowledged_count(), 2u);
  // What ALL reads tells of nobody's acknowledgement.
  EXPECT_EQ(NotificationIn(world_.Ledger(LedgerId::All("OSCE")), sent).acknowledged_count(), 0u);
}

// An integration that its State tells nothing cannot know that its State has acknowledged.
TEST_F(Projection, CountsAPartysAcknowledgementsOfWhatWentToAllOnce) {
  for (const std::string party : {"EE", "LV"}) {
    world_.Enrol({.party = party, .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
  }
  world_.Perform(world_.Grant(world_.Duty("EE"), "siem", v1::MARKING_RED));
  const LedgerId passed_on = LedgerId::Integration("EE", "siem");
  const Digest sent = world_.Perform(world_.ToAll(world_.Duty("EE"))).act_digest;
  const absl::Time first = world_.now();
  world_.Perform(world_.Acknowledge(world_.Duty("LV"), sent));
  EXPECT_EQ(NotificationIn(world_.State("EE"), sent).acknowledged_count(), 1u);
  const size_t entries = world_.State("EE").entries().size();
  ASSERT_THAT(world_.Perform(world_.Acknowledge(world_.Signer("LV", "siem"), sent)).decision,
              test::IsAccepted());
  EXPECT_EQ(world_.State("EE").entries().size(), entries + 1);  // It is kept,
  for (MemoryLedger* const ledger : {&world_.State("EE"), &world_.Ledger(passed_on)}) {
    EXPECT_EQ(NotificationIn(*ledger, sent).acknowledged_count(), 1u);  // and does not count.
  }
  world_.Perform(world_.Acknowledge(world_.Duty("SE"), sent));
  for (MemoryLedger* const ledger : {&world_.State("EE"), &world_.Ledger(passed_on)}) {
    EXPECT_EQ(NotificationIn(*ledger, sent).acknowledged_count(), 2u);
  }
  // The State's own ledger keeps when it was first.
  google::protobuf::Timestamp time;
  ASSERT_TRUE(time.ParseFromString(world_.State("LV").FindFact(AcknowledgedKey(sent))->value()));
  EXPECT_EQ(FromTimestamp(time), first);
}

// An open of two was not passed on, because one of them is above the integration's ceiling.
TEST_F(Projection, KeepsTheFirstOpenThoughAnIntegrationSaysItAgain) {
  world_.Enrol({.party = "LV", .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
  world_.Perform(world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_AMBER));
  const Digest amber = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV"})).act_digest;
  Attempt strict = world_.ToNamed(world_.Duty("EE"), {"LV"});
  strict.act.mutable_submit()->mutable_notification()->set_marking(v1::MARKING_RED);
  const Digest red = world_.Perform(strict).act_digest;
  const absl::Time first = world_.now();
  world_.Perform(world_.Open(world_.Duty("LV"), {amber, red}));
  Attempt again = world_.Open(world_.Signer("LV", "siem"), {amber});
  again.act.mutable_open()->set_manner(v1::OPEN_MANNER_AUTOMATIC);
  ASSERT_THAT(world_.Perform(again).decision, test::IsAccepted());
  for (const std::string_view state : {"EE", "LV"}) {
    SCOPED_TRACE(state);
    const v1::NotificationRecord record = NotificationIn(world_.State(state), amber);
    EXPECT_EQ(FromTimestamp(record.deliveries(0).opened()), first);
    EXPECT_EQ(record.deliveries(0).opened_manner(), v1::OPEN_MANNER_BY_HAND);
  }
}

// Such an open writes two entries of one act in the ledger of who sent both.
TEST_F(Projection, MarksEachNotificationThatOneActOpened) {
  const Digest one = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV"})).act_digest;
  const Digest other = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"FI", "LV"})).act_digest;
  const Digest third = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV"})).act_digest;
  world_.Perform(world_.Open(world_.Duty("LV"), {other, one}));
  for (const std::string_view state : {"EE", "LV"}) {
    for (const Digest& opened : {one, other, third}) {
      const v1::NotificationRecord record = NotificationIn(world_.State(state), opened);
      for (const v1::Delivery& delivery : record.deliveries()) {
        EXPECT_EQ(delivery.has_opened(), delivery.state() == "LV" && opened != third) << state;
      }
    }
  }
}

TEST_F(Projection, OfAnEnrolmentIsTheSameForAllWhoSeeIt) {
  const Attempt attempt = world_.EnrolOffice({.party = "LT", .office = "mfa"});
  const absl::Time at = world_.now();
  const Digest act = world_.Perform(attempt).act_digest;
  const std::string in_state = OfficeIn(LedgerId::State("LT"), "LT", "mfa").DebugString();
  for (const LedgerId& ledger : {LedgerId::All("OSCE"), LedgerId::Secretariat()}) {
    EXPECT_EQ(OfficeIn(ledger, "LT", "mfa").DebugString(), in_state);
  }
  const v1::OfficeRecord office = OfficeIn(LedgerId::State("LT"), "LT", "mfa");
  EXPECT_EQ(office.type(), v1::OFFICE_TYPE_DUTY);
  EXPECT_EQ(FromTimestamp(office.enrolled()), at);
  EXPECT_EQ(office.enrolled_by(), BytesOf(act));
  EXPECT_EQ(office.office_version(), 1u);
  ASSERT_EQ(office.credentials_size(), 1);
  const v1::CredentialRecord& credential = office.credentials(0);
  EXPECT_EQ(credential.credential(),
            BytesOf(Sha256(attempt.act.enrol().credential().certificate())));
  EXPECT_EQ(credential.party(), "LT");
  EXPECT_EQ(credential.office(), "mfa");
  EXPECT_EQ(credential.scopes_size(), 5);
  EXPECT_EQ(credential.purposes_size(), 3);
  EXPECT_EQ(FromTimestamp(credential.not_before()), at);
  EXPECT_EQ(FromTimestamp(credential.not_after()), at + absl::Hours(24 * 365));
  EXPECT_EQ(credential.registered_by(), BytesOf(act));
  const LedgerView& all = world_.Ledger(LedgerId::All("OSCE"));
  const auto alone = FindRecord<v1::CredentialRecord>(
      all, CredentialKey(DigestFrom(credential.credential()).value()));
  EXPECT_EQ(alone.value().value().DebugString(), credential.DebugString());
}

TEST_F(Projection, OfAGrantIsInItsStatesLedgersAlone) {
  world_.Enrol({.party = "LV", .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
  world_.Perform(world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_AMBER));
  world_.Perform(world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_GREEN));
  for (const LedgerId& ledger : {LedgerId::State("LV"), LedgerId::Integration("LV", "siem")}) {
    const v1::OfficeRecord office = OfficeIn(ledger, "LV", "siem");
    EXPECT_EQ(office.grant().ceiling(), v1::MARKING_GREEN);  // The last one counts.
    EXPECT_EQ(office.office_version(), 3u);
  }
  for (const LedgerId& ledger : {LedgerId::All("OSCE"), LedgerId::Secretariat()}) {
    EXPECT_FALSE(OfficeIn(ledger, "LV", "siem").has_grant());
    EXPECT_EQ(OfficeIn(ledger, "LV", "siem").office_version(), 1u);
  }
}

TEST_F(Projection, OfTheGenesisIntroducesTheSecretariat) {
  const v1::OfficeRecord office = OfficeIn(LedgerId::All("OSCE"), "SECRETARIAT", "main");
  EXPECT_EQ(office.type(), v1::OFFICE_TYPE_SECRETARIAT);
  ASSERT_EQ(office.credentials_size(), 1);
  EXPECT_EQ(office.credentials(0).credential(), world_.Secretariat().credential());
  EXPECT_EQ(office.credentials(0).registered_by(), "");
  const v1::Entry& entry = world_.Ledger(LedgerId::All("OSCE")).entries().front();
  EXPECT_EQ(entry.kind(), v1::ACT_KIND_UNSPECIFIED);
  EXPECT_EQ(entry.act_digest(), BytesOf(Sha256("genesis")));
  EXPECT_THAT(entry.effect().states(), ElementsAre("EE", "FI", "LT", "LV", "SE"));
}

TEST_F(Projection, IsLossOfDataForAnEntryThatCannotFollow) {
  MemoryLedger empty;
  v1::Entry entry;
  entry.set_ledger("state/LV");
  // The genesis stands first in an ALL ledger, and nowhere else.
  EXPECT_THAT(Project(world_.exchange(), entry, nullptr, empty),
              HasCode(absl::StatusCode::kDataLoss));
  entry.set_ledger("ALL/OSCE");
  EXPECT_THAT(Project(world_.exchange(), entry, nullptr, empty), IsOk());
  entry.set_ordinal(1);
  EXPECT_THAT(Project(world_.exchange(), entry, nullptr, empty),
              HasCode(absl::StatusCode::kDataLoss));
  // A grant is of an integration that is there.
  entry.set_ledger("state/LV");
  entry.set_kind(v1::ACT_KIND_GRANT_INTEGRATION);
  const Attempt grant = world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_GREEN);
  EXPECT_THAT(Project(world_.exchange(), entry, &grant.act, empty),
              HasCode(absl::StatusCode::kDataLoss));
  // An acknowledgement is of one act, named by its digest.
  entry.set_kind(v1::ACT_KIND_ACKNOWLEDGE);
  Attempt acknowledgement = world_.Acknowledge(world_.Duty("LV"), Sha256("act"));
  acknowledgement.act.mutable_references(0)->set_act_digest("short");
  EXPECT_THAT(Project(world_.exchange(), entry, &acknowledgement.act, empty),
              HasCode(absl::StatusCode::kDataLoss));
  acknowledgement.act.clear_references();
  EXPECT_THAT(Project(world_.exchange(), entry, &acknowledgement.act, empty),
              HasCode(absl::StatusCode::kDataLoss));
}

// A second one would put another certificate in the place of the first.
TEST_F(Projection, IsLossOfDataForASecondEnrolment) {
  v1::Entry entry;
  entry.set_kind(v1::ACT_KIND_ENROL);
  entry.set_ledger("state/LV");
  entry.set_role(v1::ENTRY_ROLE_ADDRESSED);
  entry.mutable_effect()->mutable_valid_to()->set_seconds(1);  // Its time is 0.
  const v1::Act first = world_.EnrolOffice({.party = "LV", .office = "mfa"}).act;
  v1::Act same_office = first;
  same_office.mutable_enrol()->mutable_credential()->set_certificate("another");
  v1::Act same_certificate = first;
  same_certificate.mutable_enrol()->set_office("another");
  MemoryLedger ledger;
  MemoryLedger registry;
  ASSERT_THAT(Project(world_.exchange(), entry, &first, ledger), IsOk());
  ASSERT_THAT(ProjectRegistry(world_.exchange(), entry, first, registry), IsOk());
  const auto facts = ledger.facts();
  for (const v1::Act& second : {first, same_office, same_certificate}) {
    EXPECT_THAT(Project(world_.exchange(), entry, &second, ledger),
                HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(ProjectRegistry(world_.exchange(), entry, second, registry),
                HasCode(absl::StatusCode::kDataLoss));
  }
  EXPECT_EQ(ledger.facts(), facts);
  EXPECT_EQ(registry.facts(), facts);
}

TEST_F(Projection, LeavesNoFactOfWhatWasRefused) {
  v1::Entry entry;
  entry.set_kind(v1::ACT_KIND_ENROL);
  entry.set_ledger("state/LV");
  entry.set_role(v1::ENTRY_ROLE_REFUSED);
  const v1::Act act = world_.EnrolOffice({.party = "LV", .office = "mfa"}).act;
  MemoryLedger ledger;
  MemoryLedger registry;
  EXPECT_THAT(Project(world_.exchange(), entry, &act, ledger), IsOk());
  EXPECT_THAT(ProjectRegistry(world_.exchange(), entry, act, registry), IsOk());
  EXPECT_TRUE(ledger.facts().empty());
  EXPECT_TRUE(registry.facts().empty());
}

TEST_F(Projection, LeavesNoFactOfAKindOfALaterVersion) {
  MemoryLedger empty;
  v1::Entry entry;
  entry.set_ledger("state/LV");
  entry.set_kind(static_cast<v1::ActKind>(139));
  EXPECT_THAT(Project(world_.exchange(), entry, nullptr, empty), IsOk());
  EXPECT_TRUE(empty.facts().empty());
}

}  // namespace
}  // namespace cbm::rules
