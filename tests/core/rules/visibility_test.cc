// Who may see what, written down a second time, cell by cell, from the specification and not from
// the code; and then each act performed in a world where everybody has a ledger, with the whole set
// of ledgers that grew by it. A ledger too many is a leak, one too few a message lost.

#include "core/rules/visibility.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/rules_world.h"

namespace cbm::rules {
namespace {

using ::cbm::test::Attempt;
using ::cbm::test::Performed;
using ::cbm::test::RulesWorld;
using ::cbm::test::ToldBy;
using ::testing::ElementsAreArray;

constexpr v1::Audience::ToCase kAudiences[] = {v1::Audience::kCommitments, v1::Audience::kAll,
                                               v1::Audience::kSecretariat, v1::Audience::kPartySet,
                                               v1::Audience::kOwn};

// Addressees, frameworks, secretariat, author of what is acted on, concerned, auditor. "-" nothing,
// "s" a summary, "a" the act.
std::string Cells(const Visibility& visibility) {
  std::string cells;
  for (const Share share : {visibility.addressees, visibility.frameworks, visibility.secretariat,
                            visibility.acted_on, visibility.concerned, visibility.auditor}) {
    cells += share == Share::kNothing ? "-" : share == Share::kSummary ? "s" : "a";
  }
  return cells;
}

// What a reader has to be shown, the exchange cannot replace by its word.
TEST(Visibility, SaysWhoMayBeToldOnly) {
  const struct {
    v1::ActKind kind;
    std::set<std::string> told_only;
  } table[] = {
      {v1::ACT_KIND_SUBMIT, {"secretariat", "auditor"}},
      {v1::ACT_KIND_REPLY, {"secretariat", "auditor"}},
      {v1::ACT_KIND_OPEN, {"state/EE", "integration/EE-siem", "chair/2026"}},
      {v1::ACT_KIND_ACKNOWLEDGE, {"secretariat", "auditor"}},
      {v1::ACT_KIND_CONSULTATION_REQUEST, {"secretariat", "auditor"}},
      {v1::ACT_KIND_LEAVE, {"secretariat", "auditor"}},
      {v1::ACT_KIND_POST, {"auditor"}},
      {v1::ACT_KIND_DRAFT_RECORD, {"state/EE", "secretariat", "auditor"}},
      {v1::ACT_KIND_FILE_STATEMENT, {"state/EE", "secretariat", "auditor"}},
      {v1::ACT_KIND_ENROL, {"auditor"}},
      {v1::ACT_KIND_GRANT_INTEGRATION, {}},
      {v1::ACT_KIND_SUSPEND_CREDENTIAL, {"auditor"}},
      {v1::ACT_KIND_RESTORE_CREDENTIAL, {"auditor"}},
      {v1::ACT_KIND_REVOKE_CREDENTIAL, {"auditor"}},
      {v1::ACT_KIND_RENEW_CREDENTIAL, {"auditor"}},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(v1::ActKind_Name(row.kind));
    std::set<std::string> told_only;
    for (const LedgerId& ledger :
         {LedgerId::State("EE"), LedgerId::Integration("EE", "siem"), LedgerId::Secretariat(),
          LedgerId::Auditor(), LedgerId::Chair("2026"), LedgerId::All("OSCE")}) {
      if (MayBeToldOnly(row.kind, ledger)) {
        told_only.insert(ledger.text());
      }
    }
    EXPECT_EQ(told_only, row.told_only);
  }
}

TEST(Visibility, IsWhatTheSpecificationSays) {
  const struct {
    v1::ActKind kind;
    std::string commitments, all, secretariat, party_set, own;
  } table[] = {
      {v1::ACT_KIND_SUBMIT, "a-s--s", "-a---s", "--a--s", "------", "------"},
      {v1::ACT_KIND_REPLY, "a-s--s", "------", "------", "------", "------"},
      {v1::ACT_KIND_OPEN, "---s--", "---s--", "---s--", "---s--", "---s--"},
      {v1::ACT_KIND_ACKNOWLEDGE, "--sa-s", "--sa-s", "--sa-s", "--sa-s", "--sa-s"},
      {v1::ACT_KIND_CONSULTATION_REQUEST, "--s--s", "--s--s", "--s--s", "--s--s", "--s--s"},
      {v1::ACT_KIND_ANSWER, "--s--s", "--s--s", "--s--s", "--s--s", "--s--s"},
      {v1::ACT_KIND_SCHEDULE, "--s--s", "--s--s", "--s--s", "--s--s", "--s--s"},
      {v1::ACT_KIND_POST, "-----s", "-----s", "-----s", "-----s", "-----s"},
      {v1::ACT_KIND_MARK_HELD, "--s--s", "--s--s", "--s--s", "--s--s", "--s--s"},
      {v1::ACT_KIND_DRAFT_RECORD, "--s--s", "--s--s", "--s--s", "--s--s", "--s--s"},
      {v1::ACT_KIND_CONFIRM_RECORD, "--s--s", "--s--s", "--s--s", "--s--s", "--s--s"},
      {v1::ACT_KIND_REFUSE_RECORD, "--s--s", "--s--s", "--s--s", "--s--s", "--s--s"},
      {v1::ACT_KIND_FILE_STATEMENT, "--s--s", "--s--s", "--s--s", "--s--s", "--s--s"},
      {v1::ACT_KIND_LEAVE, "--s--s", "--s--s", "--s--s", "--s--s", "--s--s"},
      {v1::ACT_KIND_WITHDRAW_CONSULTATION, "--s--s", "--s--s", "--s--s", "--s--s", "--s--s"},
      {v1::ACT_KIND_ENROL, "-a--as", "-a--as", "-a--as", "-a--as", "-a--as"},
      {v1::ACT_KIND_GRANT_INTEGRATION, "----a-", "----a-", "----a-", "----a-", "----a-"},
      {v1::ACT_KIND_SUSPEND_CREDENTIAL, "-aa-as", "-aa-as", "-aa-as", "-aa-as", "-aa-as"},
      {v1::ACT_KIND_RESTORE_CREDENTIAL, "-aa-as", "-aa-as", "-aa-as", "-aa-as", "-aa-as"},
      {v1::ACT_KIND_REVOKE_CREDENTIAL, "-aa-as", "-aa-as", "-aa-as", "-aa-as", "-aa-as"},
      {v1::ACT_KIND_RENEW_CREDENTIAL, "-aa-as", "-aa-as", "-aa-as", "-aa-as", "-aa-as"},
  };
  std::set<v1::ActKind> kinds;
  for (const auto& row : table) {
    kinds.insert(row.kind);
    const std::string* const cells[] = {&row.commitments, &row.all, &row.secretariat,
                                        &row.party_set, &row.own};
    for (size_t i = 0; i < std::size(kAudiences); ++i) {
      SCOPED_TRACE(fmt::format("{} to {}", v1::ActKind_Name(row.kind), i));
      EXPECT_EQ(Cells(VisibilityOf(row.kind, kAudiences[i])), *cells[i]);
    }
  }
  // A kind that is added to the contract is to be added here.
  for (int kind = 1; kind <= v1::ActKind_MAX; ++kind) {
    if (v1::ActKind_IsValid(kind)) {
      EXPECT_TRUE(kinds.contains(static_cast<v1::ActKind>(kind)))
          << v1::ActKind_Name(static_cast<v1::ActKind>(kind));
    }
  }
}

TEST(Visibility, OfAKindThatIsNotKnownIsNone) {
  for (const v1::Audience::ToCase audience : kAudiences) {
    EXPECT_EQ(Cells(VisibilityOf(v1::ACT_KIND_UNSPECIFIED, audience)), "------");
    EXPECT_EQ(Cells(VisibilityOf(static_cast<v1::ActKind>(139), audience)), "------");
  }
}

// Everybody there is: five States and their integrations, a chair, the auditor.
class Readers : public ::testing::Test {
 protected:
  Readers() {
    world_.Enrol({.party = "CHAIR", .office = "2026", .type = v1::OFFICE_TYPE_CHAIR});
    world_.Enrol({.party = "AUDITOR", .office = "first", .type = v1::OFFICE_TYPE_AUDITOR});
    for (const std::string state : {"EE", "FI", "JP", "LV", "SE"}) {
      world_.Enrol({.party = state, .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
      world_.Perform(world_.Grant(world_.Duty(state), "siem", v1::MARKING_RED));
    }
  }

  // Performs the act, and holds that these entries and no others came to be.
  Digest ExpectTold(const Attempt& attempt, const std::vector<std::string>& told) {
    const std::map<std::string, size_t> before = world_.Sizes();
    const Performed performed = world_.Perform(attempt);
    EXPECT_THAT(performed.decision, test::IsAccepted());
    std::vector<NewEntry> entries = performed.decision.entries;
    entries.insert(entries.end(), performed.passed_on.begin(), performed.passed_on.end());
    EXPECT_THAT(ToldBy(entries), ElementsAreArray(told));
    std::multiset<std::string> grown;
    for (const auto& [ledger, size] : world_.Sizes()) {
      const auto had = before.find(ledger);
      for (size_t i = had == before.end() ? 0 : had->second; i < size; ++i) {
        grown.insert(ledger);
      }
    }
    std::multiset<std::string> expected;
    for (const std::string& line : told) {
      expected.insert(line.substr(0, line.find(' ')));
    }
    EXPECT_EQ(grown, expected);
    return performed.act_digest;
  }

  RulesWorld world_;
};

TEST_F(Readers, OfANamedNotificationAndWhatBecomesOfIt) {
  const Digest sent =
      ExpectTold(world_.ToNamed(world_.Duty("EE"), {"LV", "FI"}),
                 {"auditor header summary", "integration/EE-siem informed act",
                  "integration/FI-siem informed act", "integration/LV-siem informed act",
                  "secretariat header summary", "state/EE own act", "state/FI addressed act",
                  "state/LV addressed act"});
  ExpectTold(world_.Open(world_.Duty("LV"), {sent}),
             {"integration/EE-siem informed summary", "integration/LV-siem informed act",
              "state/EE informed summary", "state/LV own act"});
  ExpectTold(world_.Acknowledge(world_.Duty("LV"), sent),
             {"auditor header summary", "integration/EE-siem informed act",
              "integration/LV-siem informed act", "secretariat header summary",
              "state/EE addressed act", "state/LV own act"});
  ExpectTold(
      world_.Acknowledge(world_.Signer("FI", "siem"), sent),
      {"auditor header summary", "integration/EE-siem informed act", "integration/FI-siem own act",
       "secretariat header summary", "state/EE addressed act", "state/FI informed act"});
}

TEST_F(Readers, OfAReplyAreTheAuthorOfWhatIsAnsweredAndTheReplierAlone) {
  const Digest sent = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV", "FI"})).act_digest;
  ExpectTold(world_.Reply(world_.Duty("LV"), {"EE"}, sent),
             {"auditor header summary", "integration/EE-siem informed act",
              "integration/LV-siem informed act", "secretariat header summary",
              "state/EE addressed act", "state/LV own act"});
}

TEST_F(Readers, OfAFollowUpAreItsOwnAddressees) {
  const Digest sent = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV", "FI"})).act_digest;
  ExpectTold(world_.FollowUp(world_.Duty("EE"), {"LV"}, sent),
             {"auditor header summary", "integration/EE-siem informed act",
              "integration/LV-siem informed act", "secretariat header summary", "state/EE own act",
              "state/LV addressed act"});
}

TEST_F(Readers, OfANotificationToAllAndItsAcknowledgement) {
  const Digest sent = ExpectTold(world_.ToAll(world_.Duty("EE"), "UN"),
                                 {"ALL/UN addressed act", "auditor header summary",
                                  "integration/EE-siem informed act", "state/EE own act"});
  ExpectTold(world_.Acknowledge(world_.Duty("JP"), sent),
             {"auditor header summary", "integration/EE-siem informed act",
              "integration/JP-siem informed act", "secretariat header summary",
              "state/EE addressed act", "state/JP own act"});
}

TEST_F(Readers, OfANotificationToTheSecretariat) {
  ExpectTold(world_.ToSecretariat(world_.Duty("EE")),
             {"auditor header summary", "integration/EE-siem informed act",
              "secretariat addressed act", "state/EE own act"});
}

TEST_F(Readers, OfAnEnrolment) {
  ExpectTold(world_.EnrolOffice({.party = "LT", .office = "duty"}),
             {"ALL/OSCE addressed act", "auditor header summary", "secretariat own act",
              "state/LT addressed act"});
}

TEST_F(Readers, OfAGrant) {
  ExpectTold(world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_GREEN),
             {"integration/LV-siem addressed act", "state/LV own act"});
}

TEST_F(Readers, OfWhatIsRefusedAreNone) {
  const std::map<std::string, size_t> before = world_.Sizes();
  Attempt attempt = world_.ToNamed(world_.Duty("EE"), {"LV"});
  attempt.act.mutable_submit()->mutable_notification()->clear_context();
  const Performed refused = world_.Perform(attempt);
  EXPECT_THAT(refused.decision, test::IsRefusedAs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(refused.passed_on, ::testing::IsEmpty());
  EXPECT_EQ(world_.Sizes(), before);
}

// No ledger but the parties' own has so much as the name of an addressee of a hidden list.
TEST_F(Readers, OfAHiddenListDoNotLearnItFromTheirFacts) {
  const std::string other =
      test::ExpectedCommitment(world_.ToNamed(world_.Duty("EE"), {"LV", "FI"}).openings[0]);  // FI.
  const Digest sent = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV", "FI"})).act_digest;
  world_.Perform(world_.Open(world_.Duty("FI"), {sent}));
  world_.Perform(world_.Acknowledge(world_.Duty("FI"), sent));
  for (const LedgerId& ledger : {LedgerId::State("LV"), LedgerId::Integration("LV", "siem")}) {
    const v1::NotificationRecord record = test::NotificationIn(world_.Ledger(ledger), sent);
    ASSERT_EQ(record.deliveries_size(), 1);
    EXPECT_EQ(record.deliveries(0).state(), "LV");
    EXPECT_FALSE(record.deliveries(0).has_opened());
    EXPECT_FALSE(record.deliveries(0).has_acknowledged());
    EXPECT_EQ(record.acknowledged_count(), 0u);
    EXPECT_EQ(record.SerializeAsString().find(other), std::string::npos);
  }
}

// Of one of its State's integrations, the others are told nothing.
TEST_F(Readers, OfASuspensionOfAnIntegration) {
  world_.Enrol({.party = "LV", .office = "misp", .type = v1::OFFICE_TYPE_INTEGRATION});
  ExpectTold(
      world_.Suspend(world_.Duty("LV"), world_.Signer("LV", "misp")),
      {"ALL/OSCE addressed act", "ALL/UN addressed act", "auditor header summary",
       "integration/LV-misp addressed act", "secretariat addressed act", "state/LV own act"});
}

TEST_F(Readers, OfARenewalByAnIntegration) {
  ExpectTold(world_.Renew(world_.Signer("LV", "siem"), "its next certificate"),
             {"ALL/OSCE addressed act", "ALL/UN addressed act", "auditor header summary",
              "integration/LV-siem own act", "secretariat addressed act", "state/LV informed act"});
}

}  // namespace
}  // namespace cbm::rules
