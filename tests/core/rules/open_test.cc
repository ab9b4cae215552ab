// To open is an act: it proves who asked for the content of what was sent by name, and when. The
// sender learns of the first open of each State and of no more, and a refusal tells nobody of what
// is not theirs.

#include <functional>
#include <string>
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

class Open : public ::testing::Test {
 protected:
  Open() { world_.Enrol({.party = "LV", .office = "mfa", .type = v1::OFFICE_TYPE_POLICY}); }

  Decision OpenedBy(const v1::CredentialRecord& office, const Digest& notification) {
    return world_.Perform(world_.Open(office, {notification})).decision;
  }

  Digest SendRedTo(const std::string& state, v1::OfficeType only) {
    Attempt attempt = world_.ToNamed(world_.Duty("EE"), {state});
    attempt.act.mutable_submit()->mutable_notification()->set_marking(v1::MARKING_RED);
    attempt.act.add_office_filter(only);
    const test::Performed performed = world_.Perform(attempt);
    EXPECT_THAT(performed.decision, IsAccepted());
    return performed.act_digest;
  }

  RulesWorld world_;
  const Digest sent_ = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV", "FI"})).act_digest;
};

TEST_F(Open, TellsItsOwnStateAndTheSender) {
  EXPECT_THAT(ToldBy(OpenedBy(world_.Duty("LV"), sent_).entries),
              ElementsAre("state/EE informed summary", "state/LV own act"));
}

TEST_F(Open, TellsTheSenderWhichStateWhichVersionAndHowAndNoOffice) {
  const Decision decision = world_.Decide(world_.Open(world_.Duty("LV"), {sent_}));
  const NewEntry& entry = OnlyEntry(decision, LedgerId::State("EE"));
  const v1::Summary& summary = entry.entry.summary();
  EXPECT_EQ(summary.party(), "LV");
  EXPECT_EQ(summary.acted_on(), BytesOf(sent_));
  EXPECT_EQ(summary.record_version(), 1u);
  EXPECT_EQ(summary.new_state(), "opened");
  EXPECT_EQ(summary.manner(), v1::OPEN_MANNER_BY_HAND);
  EXPECT_EQ(summary.marking(), v1::MARKING_AMBER);
  EXPECT_FALSE(entry.gives_contents);
  EXPECT_EQ(entry.delivered_to, "");
  EXPECT_EQ(entry.entry.DebugString().find("duty"), std::string::npos);
}

TEST_F(Open, TellsTheSenderOfTheFirstOfEachStateAlone) {
  OpenedBy(world_.Duty("LV"), sent_);
  EXPECT_THAT(ToldBy(OpenedBy(world_.Signer("LV", "mfa"), sent_).entries),
              ElementsAre("state/LV own act"));
  EXPECT_THAT(ToldBy(OpenedBy(world_.Duty("FI"), sent_).entries),
              ElementsAre("state/EE informed summary", "state/FI own act"));
}

TEST_F(Open, TellsTheSenderOfEachNotificationThatWasOpened) {
  const Digest second = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV"})).act_digest;
  const Digest third = world_.Perform(world_.ToNamed(world_.Duty("SE"), {"LV"})).act_digest;
  const Decision decision =
      world_.Perform(world_.Open(world_.Duty("LV"), {second, sent_, third})).decision;
  EXPECT_THAT(ToldBy(decision.entries),
              ElementsAre("state/EE informed summary", "state/EE informed summary",
                          "state/LV own act", "state/SE informed summary"));
  // Each sender hears of its own alone.
  EXPECT_EQ(OnlyEntry(decision, LedgerId::State("SE")).entry.summary().acted_on(), BytesOf(third));
}

TEST_F(Open, IsRefusedTheSecondTimeToTheSameOffice) {
  OpenedBy(world_.Duty("LV"), sent_);
  EXPECT_THAT(OpenedBy(world_.Duty("LV"), sent_),
              IsRefusedAs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(Open, OpensAllThatItNamesOrNone) {
  const Digest second = world_.Perform(world_.ToNamed(world_.Duty("SE"), {"LV"})).act_digest;
  OpenedBy(world_.Duty("LV"), sent_);
  EXPECT_THAT(world_.Decide(world_.Open(world_.Duty("LV"), {second, sent_})),
              IsRefusedAs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(world_.Decide(world_.Open(world_.Duty("LV"), {second, Sha256("nothing")})),
              IsRefusedAs(absl::StatusCode::kNotFound));
}

TEST_F(Open, OfSomebodyElsesNotificationIsAnsweredAsIfThereWereNone) {
  const Decision others = world_.Decide(world_.Open(world_.Duty("SE"), {sent_}));
  EXPECT_THAT(others, IsRefusedAs(absl::StatusCode::kNotFound));
  EXPECT_EQ(others.verdict.ToString(),
            world_.Decide(world_.Open(world_.Duty("SE"), {Sha256("nothing")})).verdict.ToString());
}

TEST_F(Open, OfAnActThatIsNoNotificationIsAnsweredAsIfThereWereNone) {
  const Digest opened = world_.Perform(world_.Open(world_.Duty("LV"), {sent_})).act_digest;
  EXPECT_EQ(world_.Decide(world_.Open(world_.Duty("LV"), {opened})).verdict.ToString(),
            world_.Decide(world_.Open(world_.Duty("LV"), {Sha256("nothing")})).verdict.ToString());
}

TEST_F(Open, OfWhatAFilterKeepsFromTheOfficeIsAnsweredAsIfThereWereNone) {
  const Digest red = SendRedTo("LV", v1::OFFICE_TYPE_POLICY);
  const Decision kept = world_.Decide(world_.Open(world_.Duty("LV"), {red}));
  EXPECT_THAT(kept, IsRefusedAs(absl::StatusCode::kNotFound));
  EXPECT_EQ(kept.verdict.ToString(),
            world_.Decide(world_.Open(world_.Duty("LV"), {Sha256("nothing")})).verdict.ToString());
  EXPECT_THAT(world_.Decide(world_.Open(world_.Signer("LV", "mfa"), {red})), IsAccepted());
}

TEST_F(Open, IsNotNeededForOnesOwnNotification) {
  EXPECT_THAT(world_.Decide(world_.Open(world_.Duty("EE"), {sent_})),
              IsRefusedAs(absl::StatusCode::kFailedPrecondition));
  // A filter narrows the addressed, not the author's offices.
  EXPECT_THAT(
      world_.Decide(world_.Open(world_.Duty("EE"), {SendRedTo("LV", v1::OFFICE_TYPE_POLICY)})),
      IsRefusedAs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(Open, IsNotForWhatWentToAllOrToTheSecretariat) {
  const Digest to_all = world_.Perform(world_.ToAll(world_.Duty("EE"))).act_digest;
  EXPECT_THAT(world_.Decide(world_.Open(world_.Duty("LV"), {to_all})),
              IsRefusedAs(absl::StatusCode::kNotFound));
  const Digest to_secretariat = world_.Perform(world_.ToSecretariat(world_.Duty("EE"))).act_digest;
  EXPECT_THAT(world_.Decide(world_.Open(world_.Secretariat(), {to_secretariat})),
              IsRefusedAs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(Open, OfAnotherVersionIsAborted) {
  for (const uint32_t version : {0u, 2u}) {
    Attempt attempt = world_.Open(world_.Duty("LV"), {sent_});
    attempt.act.mutable_references(0)->set_record_version(version);
    EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(absl::StatusCode::kAborted));
  }
}

TEST_F(Open, IsRefusedForEachFieldThatIsNotAsItMustBe) {
  const std::vector<std::function<void(Attempt&)>> spoils = {
      [](Attempt& a) { a.act.mutable_open()->clear_manner(); },
      [](Attempt& a) { a.act.clear_references(); },
      [](Attempt& a) { *a.act.add_references() = a.act.references(0); },
      [](Attempt& a) { a.act.set_manifest_digest(std::string(32, 'm')); },
      [](Attempt& a) { a.act.mutable_audience()->mutable_secretariat(); },
      [](Attempt& a) { a.act.mutable_audience()->mutable_all()->set_framework("OSCE"); },
      [](Attempt& a) { a.act.mutable_audience()->mutable_commitments(); },
  };
  for (size_t i = 0; i < spoils.size(); ++i) {
    SCOPED_TRACE(fmt::format("case {}", i));
    Attempt attempt = world_.Open(world_.Duty("LV"), {sent_});
    spoils[i](attempt);
    EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(absl::StatusCode::kInvalidArgument));
  }
}

TEST_F(Open, NeedsTheScopeToRead) {
  world_.Enrol({.party = "LV", .office = "writer", .scopes = {v1::SCOPE_RELEASE}});
  EXPECT_THAT(world_.Decide(world_.Open(world_.Signer("LV", "writer"), {sent_})),
              IsRefusedAs(absl::StatusCode::kPermissionDenied));
}

TEST_F(Open, TakesSixtyFourAtOnce) {
  std::vector<Digest> many;
  many.reserve(65);
  for (int i = 0; i < 64; ++i) {
    many.push_back(world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV"})).act_digest);
  }
  EXPECT_EQ(world_.Decide(world_.Open(world_.Duty("LV"), many)).entries.size(), 65u);
  many.push_back(sent_);
  EXPECT_THAT(world_.Decide(world_.Open(world_.Duty("LV"), many)),
              IsRefusedAs(absl::StatusCode::kInvalidArgument));
}

// Those who follow by a header that it was sent would else tell the sender that they opened it.
TEST_F(Open, IsNotForThoseWhoFollowByAHeader) {
  world_.Enrol({.party = "AUDITOR",
                .office = "first",
                .type = v1::OFFICE_TYPE_AUDITOR,
                .scopes = {v1::SCOPE_READ}});
  for (const v1::CredentialRecord& office :
       {world_.Secretariat(), world_.Signer("AUDITOR", "first")}) {
    const Digest later = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV"})).act_digest;
    const Decision decision = world_.Decide(world_.Open(office, {later}));
    EXPECT_THAT(decision, IsRefusedAs(absl::StatusCode::kNotFound));
    EXPECT_EQ(decision.verdict.ToString(),
              world_.Decide(world_.Open(office, {Sha256("nothing")})).verdict.ToString());
  }
}

TEST_F(Open, ByAnIntegrationStandsInItsStatesLedgerToo) {
  world_.Enrol({.party = "LV", .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
  world_.Perform(world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_AMBER));
  const Digest after = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV"})).act_digest;
  const v1::CredentialRecord siem = world_.Signer("LV", "siem");
  // What was sent before the grant was not passed on.
  EXPECT_THAT(world_.Decide(world_.Open(siem, {sent_})), IsRefusedAs(absl::StatusCode::kNotFound));
  EXPECT_THAT(ToldBy(OpenedBy(siem, after).entries),
              ElementsAre("integration/LV-siem own act", "state/EE informed summary",
                          "state/LV informed act"));
  // The State's own offices are not the first any more.
  EXPECT_THAT(ToldBy(OpenedBy(world_.Duty("LV"), after).entries), ElementsAre("state/LV own act"));
}

TEST_F(Open, IsDecidedTheSameWhateverOthersDo) {
  RulesWorld quiet;
  const Digest same = quiet.Perform(quiet.ToNamed(quiet.Duty("EE"), {"LV", "FI"})).act_digest;
  ASSERT_EQ(same, sent_);
  quiet.Enrol({.party = "LV", .office = "mfa", .type = v1::OFFICE_TYPE_POLICY});
  const absl::Time later = world_.now() + absl::Hours(1);
  // FI opens and acknowledges, and SE and EE write to one another.
  OpenedBy(world_.Duty("FI"), sent_);
  world_.Perform(world_.Acknowledge(world_.Duty("FI"), sent_));
  world_.Perform(world_.ToNamed(world_.Duty("SE"), {"EE", "FI"}));
  world_.SetNow(later);
  quiet.SetNow(later);
  EXPECT_EQ(Written(world_.Decide(world_.Open(world_.Duty("LV"), {sent_}))),
            Written(quiet.Decide(quiet.Open(quiet.Duty("LV"), {sent_}))));
}

TEST_F(Open, ShowsInTheRecordsOfBothAlike) {
  OpenedBy(world_.Duty("LV"), sent_);
  for (const std::string_view state : {"EE", "LV"}) {
    SCOPED_TRACE(state);
    const v1::NotificationRecord record = NotificationIn(world_.State(state), sent_);
    for (const v1::Delivery& delivery : record.deliveries()) {
      EXPECT_EQ(delivery.has_opened(), delivery.state() == "LV");
    }
  }
  // Another addressee is not told.
  const v1::NotificationRecord other = NotificationIn(world_.State("FI"), sent_);
  for (const v1::Delivery& delivery : other.deliveries()) {
    EXPECT_FALSE(delivery.has_opened());
  }
}

}  // namespace
}  // namespace cbm::rules
