// What a State's integrations get of what the State gets: as far as its grant reaches, and nothing
// before the first. Every marking is tried against every ceiling.

#include <string>
#include <vector>

#include "core/rules/decide.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/core/rules/written_view.h"
#include "tests/support/rules_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::rules {
namespace {

using ::cbm::test::Attempt;
using ::cbm::test::Performed;
using ::cbm::test::RulesWorld;
using ::cbm::test::ToldBy;
using ::cbm::test::Written;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr v1::Marking kMarkings[] = {v1::MARKING_CLEAR, v1::MARKING_GREEN, v1::MARKING_AMBER,
                                     v1::MARKING_AMBER_STRICT, v1::MARKING_RED};

class Distribute : public ::testing::Test {
 protected:
  Distribute() {
    for (const std::string party : {"EE", "LV"}) {
      world_.Enrol({.party = party, .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
    }
  }

  void Grant(const std::string& state, v1::Marking ceiling) {
    EXPECT_THAT(world_.Perform(world_.Grant(world_.Duty(state), "siem", ceiling)).decision,
                test::IsAccepted());
  }

  Attempt Notification(v1::Marking marking) const {
    Attempt attempt = world_.ToNamed(world_.Duty("EE"), {"LV", "FI"});
    attempt.act.mutable_submit()->mutable_notification()->set_marking(marking);
    return attempt;
  }

  RulesWorld world_;
};

TEST_F(Distribute, GivesNothingBeforeTheFirstGrant) {
  const Performed sent = world_.Perform(Notification(v1::MARKING_CLEAR));
  EXPECT_THAT(sent.passed_on, IsEmpty());
  EXPECT_THAT(world_.Perform(world_.Open(world_.Duty("LV"), {sent.act_digest})).passed_on,
              IsEmpty());
}

TEST_F(Distribute, GivesWhatIsSentAndWhatIsReceivedUpToTheCeiling) {
  for (const v1::Marking ceiling : kMarkings) {
    Grant("LV", ceiling);
    Grant("EE", ceiling);
    for (const v1::Marking marking : kMarkings) {
      SCOPED_TRACE(fmt::format("{} under {}", marking, ceiling));
      const Performed sent = world_.Perform(Notification(marking));
      if (marking <= ceiling) {
        EXPECT_THAT(ToldBy(sent.passed_on), ElementsAre("integration/EE-siem informed act",
                                                        "integration/LV-siem informed act"));
      } else {
        EXPECT_THAT(sent.passed_on, IsEmpty());
      }
    }
  }
}

TEST_F(Distribute, GivesNothingOnceReadingIsNothing) {
  Grant("LV", v1::MARKING_RED);
  world_.Perform(
      world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_RED, v1::INTEGRATION_READING_NOTHING));
  EXPECT_THAT(world_.Perform(Notification(v1::MARKING_CLEAR)).passed_on, IsEmpty());
}

// A grant is of the office, by its State: no enrolment, which is the secretariat's, gives or takes.
TEST_F(Distribute, GivesUnderTheSameGrantOnceTheIntegrationIsEnrolledAgain) {
  Grant("LV", v1::MARKING_GREEN);
  for (const std::string party : {"EE", "LV"}) {
    const v1::CredentialRecord& lost = world_.Signer(party, "siem");
    ASSERT_THAT(world_.Perform(world_.Revoke(world_.Secretariat(), lost)).decision,
                test::IsAccepted());
    Attempt again =
        world_.EnrolOffice({.party = party, .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
    again.act.mutable_enrol()->mutable_credential()->set_certificate("new one of " + party);
    ASSERT_THAT(world_.Perform(again).decision, test::IsAccepted());
  }
  // LV's as before, and EE's, which had none, no more than before.
  EXPECT_THAT(ToldBy(world_.Perform(Notification(v1::MARKING_GREEN)).passed_on),
              ElementsAre("integration/LV-siem informed act"));
  EXPECT_THAT(world_.Perform(Notification(v1::MARKING_AMBER)).passed_on, IsEmpty());
  world_.Perform(
      world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_RED, v1::INTEGRATION_READING_NOTHING));
  EXPECT_THAT(world_.Perform(Notification(v1::MARKING_CLEAR)).passed_on, IsEmpty());
}

TEST_F(Distribute, GivesWhatTheStateWasGivenAndNoMore) {
  Grant("LV", v1::MARKING_AMBER);
  const Performed sent = world_.Perform(Notification(v1::MARKING_AMBER));
  ASSERT_EQ(sent.passed_on.size(), 1u);
  const NewEntry& given = sent.passed_on.front();
  const NewEntry& states = test::OnlyEntry(sent.decision, LedgerId::State("LV"));
  EXPECT_EQ(given.delivered_to, "");
  EXPECT_EQ(given.gives_contents, states.gives_contents);
  v1::Entry expected = states.entry;
  expected.set_role(v1::ENTRY_ROLE_INFORMED);
  EXPECT_EQ(given.entry.DebugString(), expected.DebugString());
}

TEST_F(Distribute, GivesWhatBecomesOfWhatItGave) {
  Grant("LV", v1::MARKING_AMBER);
  Grant("EE", v1::MARKING_AMBER);
  for (const v1::Marking marking : {v1::MARKING_AMBER, v1::MARKING_AMBER_STRICT}) {
    const Digest sent = world_.Perform(Notification(marking)).act_digest;
    const Performed opened = world_.Perform(world_.Open(world_.Duty("LV"), {sent}));
    const Performed acknowledged = world_.Perform(world_.Acknowledge(world_.Duty("LV"), sent));
    if (marking == v1::MARKING_AMBER) {
      EXPECT_THAT(ToldBy(opened.passed_on), ElementsAre("integration/EE-siem informed summary",
                                                        "integration/LV-siem informed act"));
      EXPECT_THAT(ToldBy(acknowledged.passed_on), ElementsAre("integration/EE-siem informed act",
                                                              "integration/LV-siem informed act"));
    } else {
      EXPECT_THAT(opened.passed_on, IsEmpty());
      EXPECT_THAT(acknowledged.passed_on, IsEmpty());
    }
  }
}

// An act on several is as strict as the strictest.
TEST_F(Distribute, GivesNoOpenThatNamesWhatIsAboveTheCeiling) {
  Grant("LV", v1::MARKING_AMBER);
  const Digest amber = world_.Perform(Notification(v1::MARKING_AMBER)).act_digest;
  const Digest red = world_.Perform(Notification(v1::MARKING_RED)).act_digest;
  for (const std::vector<Digest>& both : {std::vector{amber, red}, std::vector{red, amber}}) {
    RulesWorld copy = world_;
    EXPECT_THAT(copy.Perform(copy.Open(copy.Duty("LV"), both)).passed_on, IsEmpty());
  }
}

// A thread is as strict as what it rests on, however many acts lie between: nothing that follows
// tells an integration that there was a first.
TEST_F(Distribute, GivesNothingOfAThreadThatIsAboveTheCeiling) {
  const auto with = [](Attempt attempt, v1::Marking marking) {
    if (attempt.act.has_reply()) {
      attempt.act.mutable_reply()->set_quotes(v1::QUOTING_QUOTES_NOTHING);
      attempt.act.mutable_reply()->mutable_notification()->set_marking(marking);
    } else {
      attempt.act.mutable_submit()->mutable_notification()->set_marking(marking);
    }
    return attempt;
  };
  Grant("LV", v1::MARKING_GREEN);
  Grant("EE", v1::MARKING_GREEN);
  const auto none_of = [&](const Attempt& attempt) {
    const Performed performed = world_.Perform(attempt);
    EXPECT_THAT(performed.decision, test::IsAccepted());
    EXPECT_THAT(performed.passed_on, IsEmpty());
    return performed.act_digest;
  };
  const v1::CredentialRecord& ee = world_.Duty("EE");
  const v1::CredentialRecord& lv = world_.Duty("LV");
  const Digest first = none_of(Notification(v1::MARKING_RED));
  const Digest update = none_of(with(world_.FollowUp(ee, {"FI", "LV"}, first), v1::MARKING_GREEN));
  none_of(world_.Open(lv, {update}));
  none_of(world_.Acknowledge(lv, update));
  const Digest reply = none_of(with(world_.Reply(lv, {"EE"}, update), v1::MARKING_GREEN));
  none_of(world_.Open(ee, {reply}));
  none_of(world_.Acknowledge(ee, reply));
  const Digest again = none_of(with(world_.Reply(ee, {"LV"}, reply), v1::MARKING_GREEN));
  none_of(world_.Open(lv, {again}));
  none_of(world_.Acknowledge(lv, again));
}

TEST_F(Distribute, GivesNothingThatAnOfficeFilterKeepsFromIntegrations) {
  Grant("LV", v1::MARKING_RED);
  Grant("EE", v1::MARKING_RED);
  for (const std::string party : {"FI", "LV"}) {
    world_.Enrol({.party = party, .office = "mfa", .type = v1::OFFICE_TYPE_POLICY});
  }
  world_.Enrol({.party = "FI", .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
  Attempt red = Notification(v1::MARKING_RED);
  red.act.add_office_filter(v1::OFFICE_TYPE_POLICY);
  const Performed sent = world_.Perform(red);
  // The sender's own integration is no addressee.
  EXPECT_THAT(ToldBy(sent.passed_on), ElementsAre("integration/EE-siem informed act"));
  const Performed opened =
      world_.Perform(world_.Open(world_.Signer("LV", "mfa"), {sent.act_digest}));
  EXPECT_THAT(ToldBy(opened.passed_on), ElementsAre("integration/EE-siem informed summary"));
  const Performed acknowledged =
      world_.Perform(world_.Acknowledge(world_.Signer("LV", "mfa"), sent.act_digest));
  EXPECT_THAT(ToldBy(acknowledged.passed_on), ElementsAre("integration/EE-siem informed act"));

  Attempt named = Notification(v1::MARKING_RED);
  named.act.add_office_filter(v1::OFFICE_TYPE_INTEGRATION);
  EXPECT_THAT(ToldBy(world_.Perform(named).passed_on),
              ElementsAre("integration/EE-siem informed act", "integration/LV-siem informed act"));
}

TEST_F(Distribute, GivesToIntegrationsHoweverManyOfficesTheirStateHas) {
  test::WrittenView view(LedgerId::State("LV"));
  const auto put = [&](const std::string& name, v1::OfficeType type) {
    v1::OfficeRecord office;
    office.set_party("LV");
    office.set_office(name);
    office.set_type(type);
    office.mutable_grant()->set_reading(v1::INTEGRATION_READING_NOTIFICATIONS);
    office.mutable_grant()->set_ceiling(v1::MARKING_AMBER);
    view.own_ledger().Put(office);
  };
  const Attempt sent = Notification(v1::MARKING_AMBER);
  const NewEntry entry = test::OnlyEntry(world_.Decide(sent), LedgerId::State("LV"));
  put("zz", v1::OFFICE_TYPE_INTEGRATION);
  for (int offices = 1; offices <= 2'000; ++offices) {
    put(fmt::format("office-{}", offices), v1::OFFICE_TYPE_DUTY);
    if (offices % 1'000 >= 998 || offices % 1'000 == 0) {  // About the end of a page.
      const auto passed_on = rules::Distribute(view, sent.act, entry);
      ASSERT_THAT(passed_on, test::IsOk());
      EXPECT_THAT(ToldBy(*passed_on), ElementsAre("integration/LV-zz informed act")) << offices;
    }
  }
}

TEST_F(Distribute, GivesTheAcknowledgementOfWhatWentToAll) {
  Grant("LV", v1::MARKING_AMBER);
  Grant("EE", v1::MARKING_AMBER);
  const Performed sent = world_.Perform(world_.ToAll(world_.Duty("EE")));
  EXPECT_THAT(ToldBy(sent.passed_on), ElementsAre("integration/EE-siem informed act"));
  EXPECT_THAT(
      ToldBy(world_.Perform(world_.Acknowledge(world_.Duty("LV"), sent.act_digest)).passed_on),
      ElementsAre("integration/EE-siem informed act", "integration/LV-siem informed act"));
}

TEST_F(Distribute, GivesNoActOfTheDirectory) {
  Grant("LV", v1::MARKING_RED);
  EXPECT_THAT(world_.Perform(world_.EnrolOffice({.party = "LV", .office = "mfa"})).passed_on,
              IsEmpty());
  EXPECT_THAT(world_.Perform(world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_GREEN)).passed_on,
              IsEmpty());
}

TEST_F(Distribute, DoesNotGiveAnIntegrationItsOwnActTwice) {
  Grant("EE", v1::MARKING_RED);
  world_.Enrol({.party = "EE", .office = "misp", .type = v1::OFFICE_TYPE_INTEGRATION});
  world_.Perform(world_.Grant(world_.Duty("EE"), "misp", v1::MARKING_AMBER));
  const Performed sent = world_.Perform(world_.ToNamed(world_.Signer("EE", "siem"), {"LV"}));
  EXPECT_THAT(ToldBy(sent.passed_on), ElementsAre("integration/EE-misp informed act"));
}

TEST_F(Distribute, LeavesNothingOfItInTheAuthorsAnswer) {
  const Attempt attempt = Notification(v1::MARKING_AMBER);
  const std::string before = Written(world_.Decide(attempt));
  const absl::Time now = world_.now();
  Grant("LV", v1::MARKING_RED);
  world_.SetNow(now);
  EXPECT_EQ(Written(world_.Decide(attempt)), before);
}

}  // namespace
}  // namespace cbm::rules
