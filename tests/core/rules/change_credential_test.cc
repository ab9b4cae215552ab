// A lost key at three in the morning: whoever has to may take a credential out of use, and nobody
// else; all who know the credential are told; and what was once revoked stays revoked.

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/rules/facts.h"
#include "core/rules/projection.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/rules_world.h"

namespace cbm::rules {
namespace {

using ::cbm::test::Attempt;
using ::cbm::test::IsAccepted;
using ::cbm::test::IsRefusedAs;
using ::cbm::test::OnlyEntry;
using ::cbm::test::RulesWorld;
using ::cbm::test::ToldBy;
using ::cbm::test::Written;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kDenied = absl::StatusCode::kPermissionDenied;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kNotFound = absl::StatusCode::kNotFound;
constexpr auto kNotNow = absl::StatusCode::kFailedPrecondition;

class ChangeCredential : public ::testing::Test {
 protected:
  ChangeCredential() {
    world_.Enrol({.party = "LV", .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
    world_.Enrol({.party = "CHAIR", .office = "2026", .type = v1::OFFICE_TYPE_CHAIR});
    world_.Enrol({.party = "CHAIR", .office = "2027", .type = v1::OFFICE_TYPE_CHAIR});
    world_.Enrol({.party = "AUDITOR", .office = "audit", .type = v1::OFFICE_TYPE_AUDITOR});
  }

  const v1::CredentialRecord& Of(std::string_view party, std::string_view office) const {
    return world_.Signer(party, office);
  }
  // As it stands now.
  v1::CredentialRecord Now(const v1::CredentialRecord& credential) const {
    return world_.Registered(credential.certificate());
  }
  void Do(const Attempt& attempt) { ASSERT_THAT(world_.Perform(attempt).decision, IsAccepted()); }

  std::vector<std::string> ToldOf(const Attempt& attempt) {
    return ToldBy(world_.Decide(attempt).entries);
  }

  // The three acts, each on a credential on which it can be done.
  std::vector<Attempt> EachBy(const v1::CredentialRecord& signer,
                              const v1::CredentialRecord& of) const {
    return {world_.Suspend(signer, of), world_.Restore(signer, of), world_.Revoke(signer, of)};
  }

  RulesWorld world_;
  const v1::CredentialRecord mfa_ = world_.Enrol({.party = "LV", .office = "mfa"});
  const v1::CredentialRecord duty_ = Of("LV", "duty");
  const v1::CredentialRecord secretariat_ = world_.Secretariat();
};

// --- How often ---

// Whoever verifies an act goes through all that was done to its credential.
TEST_F(ChangeCredential, IsUndoneNoMoreOnceItWasDoneAHundredTimesToOne) {
  for (int changes = 0; changes < 100; changes += 2) {
    Do(world_.Suspend(mfa_, duty_));
    Do(world_.Restore(mfa_, duty_));
  }
  EXPECT_THAT(world_.Decide(world_.Suspend(duty_, mfa_)), IsAccepted());
  // What it is renewed to is another.
  Do(world_.Renew(duty_, "next of LV-duty"));
  EXPECT_THAT(world_.Decide(world_.Suspend(mfa_, world_.Registered("next of LV-duty"))),
              IsAccepted());
  // Whose key was stolen is suspended however often that was done before.
  Do(world_.Suspend(secretariat_, duty_));
  EXPECT_THAT(world_.Decide(world_.Restore(secretariat_, duty_)),
              IsRefusedAs(kNotNow, "100 times"));
  Do(world_.Revoke(mfa_, duty_));
}

// --- Who is told ---

TEST_F(ChangeCredential, OfAStateTellsItAllOfItsFrameworksTheSecretariatAndTheAuditor) {
  EXPECT_THAT(
      ToldOf(world_.Suspend(mfa_, duty_)),
      ElementsAre("ALL/OSCE addressed act", "ALL/UN addressed act", "auditor header summary",
                  "secretariat addressed act", "state/LV own act"));
  EXPECT_THAT(
      ToldOf(world_.Revoke(secretariat_, duty_)),
      ElementsAre("ALL/OSCE addressed act", "ALL/UN addressed act", "auditor header summary",
                  "secretariat own act", "state/LV addressed act"));
  // Another of OSCE alone: nobody of UN is told.
  EXPECT_THAT(
      ToldOf(world_.Suspend(secretariat_, world_.Duty("SE"))),
      ElementsAre("ALL/OSCE addressed act", "ALL/UN addressed act", "auditor header summary",
                  "secretariat own act", "state/SE addressed act"));
  EXPECT_THAT(ToldOf(world_.Suspend(secretariat_, world_.Duty("JP"))),
              ElementsAre("ALL/UN addressed act", "auditor header summary", "secretariat own act",
                          "state/JP addressed act"));
}

TEST_F(ChangeCredential, OfAnIntegrationTellsItToo) {
  EXPECT_THAT(ToldOf(world_.Suspend(duty_, Of("LV", "siem"))),
              ElementsAre("ALL/OSCE addressed act", "ALL/UN addressed act",
                          "auditor header summary", "integration/LV-siem addressed act",
                          "secretariat addressed act", "state/LV own act"));
}

TEST_F(ChangeCredential, OfOtherPartiesTellsThem) {
  EXPECT_THAT(
      ToldOf(world_.Suspend(secretariat_, Of("CHAIR", "2026"))),
      ElementsAre("ALL/OSCE addressed act", "ALL/UN addressed act", "auditor header summary",
                  "chair/2026 addressed act", "secretariat own act"));
  EXPECT_THAT(ToldOf(world_.Suspend(secretariat_, Of("AUDITOR", "audit"))),
              ElementsAre("ALL/OSCE addressed act", "ALL/UN addressed act", "auditor addressed act",
                          "secretariat own act"));
}

// It verifies by them what the secretariat does.
TEST_F(ChangeCredential, OfTheSecretariatGivesTheAuditorTheAct) {
  Do(world_.Renew(secretariat_, "next"));
  EXPECT_THAT(ToldOf(world_.Revoke(world_.Registered("next"), secretariat_)),
              ElementsAre("ALL/OSCE addressed act", "ALL/UN addressed act", "auditor addressed act",
                          "secretariat own act"));
}

TEST_F(ChangeCredential, TellsTheAuditorThePartyConcernedAndNotTheAct) {
  const struct {
    Attempt attempt;
    std::string new_state;
  } cases[] = {{world_.Suspend(mfa_, duty_), "suspended"}, {world_.Revoke(mfa_, duty_), "revoked"}};
  for (const auto& [attempt, new_state] : cases) {
    const Decision decision = world_.Decide(attempt);
    const v1::Entry& entry = OnlyEntry(decision, LedgerId::Auditor()).entry;
    EXPECT_EQ(entry.summary().party(), "LV");
    EXPECT_EQ(entry.summary().new_state(), new_state);
    EXPECT_FALSE(entry.has_effect());
  }
  Do(world_.Suspend(mfa_, duty_));
  EXPECT_EQ(OnlyEntry(world_.Decide(world_.Restore(mfa_, duty_)), LedgerId::Auditor())
                .entry.summary()
                .new_state(),
            "restored");
}

TEST_F(ChangeCredential, IsDeliveredToTheStateToAllAndToTheSecretariat) {
  for (const NewEntry& entry : world_.Decide(world_.Suspend(duty_, Of("LV", "siem"))).entries) {
    SCOPED_TRACE(entry.ledger.text());
    std::string expected;
    if (entry.ledger.is_all()) {
      expected = entry.ledger.text();
    } else if (entry.ledger == LedgerId::Secretariat()) {
      expected = "SECRETARIAT";
    }
    EXPECT_EQ(entry.delivered_to, expected);  // The State is the author.
  }
  EXPECT_EQ(OnlyEntry(world_.Decide(world_.Suspend(secretariat_, duty_)), LedgerId::State("LV"))
                .delivered_to,
            "LV");
}

// A grant is the State's own business: a version that skips would tell others of one.
TEST_F(ChangeCredential, TellsOthersNothingOfWhatOnlyTheStateKnows) {
  RulesWorld other;
  other.Enrol({.party = "LV", .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
  const auto shown = [](RulesWorld& world) {
    world.Perform(world.Suspend(world.Duty("LV"), world.Signer("LV", "siem")));
    v1::OfficeRecord office;
    EXPECT_TRUE(office.ParseFromString(
        world.Ledger(LedgerId::All("OSCE")).FindFact(OfficeKey("LV", "siem")).value().value()));
    return office.office_version();
  };
  other.Perform(other.Grant(other.Duty("LV"), "siem", v1::MARKING_RED));
  EXPECT_EQ(shown(other), shown(world_));
}

// --- Who may ---

TEST_F(ChangeCredential, IsByTheOwnPartyOrTheSecretariat) {
  EXPECT_THAT(world_.Decide(world_.Suspend(mfa_, duty_)), IsAccepted());
  EXPECT_THAT(world_.Decide(world_.Suspend(duty_, duty_)), IsAccepted());  // Itself.
  EXPECT_THAT(world_.Decide(world_.Suspend(duty_, Of("LV", "siem"))), IsAccepted());
  EXPECT_THAT(world_.Decide(world_.Suspend(secretariat_, duty_)), IsAccepted());
  EXPECT_THAT(world_.Decide(world_.Revoke(mfa_, duty_)), IsAccepted());
  EXPECT_THAT(world_.Decide(world_.Revoke(secretariat_, duty_)), IsAccepted());
}

// Another's, one that is there under another name, and none: the same.
TEST_F(ChangeCredential, OfAnotherPartyIsAsOneThatIsNotThere) {
  v1::CredentialRecord none = mfa_;
  none.set_credential(std::string(32, 'n'));
  v1::CredentialRecord misnamed = mfa_;
  misnamed.set_office("duty");
  for (const v1::CredentialRecord& of :
       {world_.Duty("EE"), secretariat_, Of("AUDITOR", "audit"), none, misnamed}) {
    for (const Attempt& attempt : EachBy(duty_, of)) {
      const Decision decision = world_.Decide(attempt);
      EXPECT_THAT(decision, IsRefusedAs(kNotFound));
      EXPECT_EQ(decision.verdict, world_.Decide(world_.Suspend(duty_, none)).verdict);
    }
  }
  for (const Attempt& attempt : EachBy(Of("CHAIR", "2027"), Of("CHAIR", "2026"))) {
    EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(kNotFound));  // Another mandate.
  }
  for (const v1::CredentialRecord& of : {none, misnamed}) {
    EXPECT_THAT(world_.Decide(world_.Suspend(secretariat_, of)), IsRefusedAs(kNotFound));
  }
}

TEST_F(ChangeCredential, NeedsTheScopeForTheDirectoryAndIsNotByAnIntegration) {
  world_.Enrol({.party = "LV", .office = "reader", .scopes = {v1::SCOPE_READ}});
  for (const v1::CredentialRecord& signer : {Of("LV", "reader"), Of("LV", "siem")}) {
    for (const Attempt& attempt : EachBy(signer, duty_)) {
      EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(kDenied));
    }
  }
}

TEST_F(ChangeCredential, IsRefusedForEachFieldThatIsNotAsItMustBe) {
  const std::vector<std::function<void(Attempt&)>> spoils = {
      [](Attempt& a) { a.act.add_references()->set_act_digest(std::string(32, 'd')); },
      [](Attempt& a) { a.act.set_manifest_digest(std::string(32, 'm')); },
      [](Attempt& a) { a.act.mutable_audience()->mutable_all()->set_framework("OSCE"); },
      [](Attempt& a) {
        a.act.mutable_suspend_credential()->mutable_of()->set_credential(std::string(31, 'c'));
      },
      [](Attempt& a) { a.act.mutable_suspend_credential()->clear_of(); },
      [](Attempt& a) { a.act.mutable_suspend_credential()->clear_reason(); },
      [](Attempt& a) { a.act.mutable_revoke_credential(); },
      [](Attempt& a) { a.act.mutable_restore_credential(); },
  };
  for (size_t i = 0; i < spoils.size(); ++i) {
    SCOPED_TRACE(fmt::format("case {}", i));
    Attempt attempt = world_.Suspend(mfa_, duty_);
    spoils[i](attempt);
    EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(kInvalid));
  }
  Attempt without_reason = world_.Revoke(mfa_, duty_);
  without_reason.act.mutable_revoke_credential()->clear_reason();
  EXPECT_THAT(world_.Decide(without_reason), IsRefusedAs(kInvalid, "reason"));
}

// --- When ---

TEST_F(ChangeCredential, SuspendsOnce) {
  Do(world_.Suspend(mfa_, duty_));
  EXPECT_THAT(world_.Decide(world_.Suspend(mfa_, duty_)), IsRefusedAs(kNotNow, "already, by LV"));
  EXPECT_THAT(world_.Decide(world_.Suspend(secretariat_, duty_)), IsRefusedAs(kNotNow));
}

TEST_F(ChangeCredential, RestoresWhatIsSuspendedAlone) {
  EXPECT_THAT(world_.Decide(world_.Restore(mfa_, duty_)), IsRefusedAs(kNotNow, "not suspended"));
  Do(world_.Suspend(mfa_, duty_));
  Do(world_.Restore(mfa_, duty_));
  EXPECT_FALSE(Now(duty_).has_suspended());
  EXPECT_THAT(world_.Decide(world_.Restore(mfa_, duty_)), IsRefusedAs(kNotNow));
  EXPECT_THAT(world_.Decide(world_.Suspend(mfa_, duty_)), IsAccepted());
}

// The State may fear what the secretariat does not know of.
TEST_F(ChangeCredential, OfTheStateIsNotUndoneByTheSecretariat) {
  Do(world_.Suspend(mfa_, duty_));
  EXPECT_THAT(world_.Decide(world_.Restore(secretariat_, duty_)),
              IsRefusedAs(kNotNow, "suspended by LV"));
  EXPECT_THAT(world_.Decide(world_.Restore(mfa_, duty_)), IsAccepted());
}

TEST_F(ChangeCredential, OfTheSecretariatIsUndoneByItAndByTheState) {
  Do(world_.Suspend(secretariat_, duty_));
  EXPECT_THAT(world_.Decide(world_.Restore(secretariat_, duty_)), IsAccepted());
  EXPECT_THAT(world_.Decide(world_.Restore(mfa_, duty_)), IsAccepted());
}

// Who took its key may have renewed it in time.
TEST_F(ChangeCredential, OfTheSecretariatIsNotUndoneByTheSameOffice) {
  Do(world_.Renew(duty_, "copy"));
  const v1::CredentialRecord copy = world_.Registered("copy");
  Do(world_.Suspend(secretariat_, duty_));
  EXPECT_THAT(world_.Decide(world_.Restore(copy, duty_)),
              IsRefusedAs(kNotNow, "another office of LV"));
  EXPECT_THAT(world_.Decide(world_.Restore(mfa_, duty_)), IsAccepted());
}

TEST_F(ChangeCredential, StaysRevokedForEver) {
  Do(world_.Suspend(mfa_, duty_));
  Do(world_.Revoke(secretariat_, duty_));  // What is suspended can be revoked.
  for (const v1::CredentialRecord& signer : {mfa_, secretariat_}) {
    for (const Attempt& attempt : EachBy(signer, duty_)) {
      EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(kNotNow, "for ever"));
    }
  }
  EXPECT_TRUE(Now(duty_).has_revoked());
}

TEST_F(ChangeCredential, OfOneThatHasEndedIsTakenToo) {
  world_.SetNow(FromTimestamp(duty_.not_after()));
  EXPECT_THAT(world_.Decide(world_.Suspend(mfa_, duty_)), IsAccepted());
  EXPECT_THAT(world_.Decide(world_.Revoke(mfa_, duty_)), IsAccepted());
}

// Nobody could bring it back.
TEST_F(ChangeCredential, LeavesTheSecretariatOneThatIsActive) {
  EXPECT_THAT(world_.Decide(world_.Suspend(secretariat_, secretariat_)),
              IsRefusedAs(kNotNow, "renew it first"));
  EXPECT_THAT(world_.Decide(world_.Revoke(secretariat_, secretariat_)), IsRefusedAs(kNotNow));
  Do(world_.Renew(secretariat_, "next"));
  const v1::CredentialRecord next = world_.Registered("next");
  EXPECT_THAT(world_.Decide(world_.Suspend(secretariat_, next)), IsAccepted());
  Do(world_.Suspend(next, secretariat_));
  EXPECT_THAT(world_.Decide(world_.Suspend(next, next)), IsRefusedAs(kNotNow));
  EXPECT_THAT(world_.Decide(world_.Revoke(next, secretariat_)), IsAccepted());
  EXPECT_THAT(world_.Decide(world_.Restore(next, secretariat_)), IsAccepted());
  // Its spare one has run out.
  world_.SetNow(FromTimestamp(next.not_after()));
  EXPECT_THAT(world_.Decide(world_.Suspend(secretariat_, next)), IsRefusedAs(kNotNow));
}

// A State may be left without, since the secretariat can enrol it again.
TEST_F(ChangeCredential, MayTakeAStatesLast) {
  const v1::CredentialRecord& fi = world_.Duty("FI");
  EXPECT_THAT(world_.Decide(world_.Suspend(fi, fi)), IsAccepted());
  EXPECT_THAT(world_.Decide(world_.Revoke(fi, fi)), IsAccepted());
}

// --- What is remembered ---

TEST_F(ChangeCredential, IsRememberedWhereverTheCredentialIs) {
  const absl::Time when = world_.now();
  Do(world_.Suspend(secretariat_, duty_));
  for (const LedgerId& ledger : {LedgerId::State("LV"), LedgerId::Secretariat(),
                                 LedgerId::All("OSCE"), LedgerId::All("UN")}) {
    SCOPED_TRACE(ledger.text());
    const auto view = world_.ViewOf(LedgerId::State("LV"));
    v1::OfficeRecord office;
    ASSERT_TRUE(office.ParseFromString(
        world_.Ledger(ledger).FindFact(OfficeKey("LV", "duty")).value().value()));
    ASSERT_EQ(office.credentials_size(), 1);
    const v1::CredentialChange& suspended = office.credentials(0).suspended();
    EXPECT_EQ(FromTimestamp(suspended.time()), when);
    EXPECT_EQ(suspended.party(), "SECRETARIAT");
    EXPECT_EQ(suspended.reason(), v1::CREDENTIAL_REASON_KEY_LOST);
    EXPECT_EQ(office.office_version(), 2u);
    const auto credential =
        FindRecord<v1::CredentialRecord>(static_cast<const FactTable&>(world_.Ledger(ledger)),
                                         CredentialKey(Sha256(duty_.certificate())));
    EXPECT_EQ((*credential)->SerializeAsString(), office.credentials(0).SerializeAsString());
  }
  EXPECT_TRUE(Now(duty_).has_suspended());
  EXPECT_FALSE(Now(mfa_).has_suspended());
}

TEST_F(ChangeCredential, IsDecidedTheSameWhateverOthersDo) {
  const absl::Time later = world_.now();
  const std::string quiet = Written(world_.Decide(world_.Suspend(mfa_, duty_)));
  world_.Perform(world_.Suspend(world_.Duty("FI"), world_.Duty("FI")));
  world_.Perform(world_.ToNamed(world_.Duty("EE"), {"SE"}));
  world_.Perform(world_.Revoke(secretariat_, world_.Duty("SE")));
  world_.SetNow(later);
  EXPECT_EQ(Written(world_.Decide(world_.Suspend(mfa_, duty_))), quiet);
}

// It stands in the genesis document, and the auditor reads no ledger of all that begins with it.
TEST_F(ChangeCredential, OfTheFirstOfAllIsRememberedWhereverItIsTold) {
  Do(world_.Renew(secretariat_, "next"));
  const v1::CredentialRecord next = world_.Registered("next");
  const auto expect_remembered = [&] {
    for (const LedgerId& ledger : {LedgerId::Auditor(), LedgerId::Secretariat(),
                                   LedgerId::All("OSCE"), LedgerId::All("UN")}) {
      const auto record =
          FindRecord<v1::CredentialRecord>(static_cast<const FactTable&>(world_.Ledger(ledger)),
                                           CredentialKey(Sha256(secretariat_.certificate())));
      ASSERT_TRUE(record.value().has_value()) << ledger.text();
      EXPECT_EQ((*record)->SerializeAsString(), Now(secretariat_).SerializeAsString());
    }
  };
  Do(world_.Suspend(next, secretariat_));
  EXPECT_TRUE(Now(secretariat_).has_suspended());
  expect_remembered();
  Do(world_.Restore(next, secretariat_));
  expect_remembered();
  Do(world_.Revoke(next, secretariat_));
  EXPECT_TRUE(Now(secretariat_).has_revoked());
  expect_remembered();
}

// What a reader would find in a ledger in which the rules were broken.
TEST_F(ChangeCredential, IsLossOfDataWhereItCannotHaveBeenTaken) {
  v1::Entry entry;
  entry.set_ledger("state/LV");
  entry.set_role(v1::ENTRY_ROLE_ADDRESSED);
  const auto project = [&](const Attempt& attempt) {
    entry.set_kind(static_cast<v1::ActKind>(attempt.act.kind_case()));
    test::MemoryLedger ledger = world_.State("LV");
    const absl::Status status = Project(world_.exchange(), entry, &attempt.act, ledger);
    if (!status.ok()) {
      EXPECT_EQ(ledger.facts(), world_.State("LV").facts());
    }
    return status.code();
  };
  EXPECT_EQ(project(world_.Restore(mfa_, duty_)), absl::StatusCode::kDataLoss);
  EXPECT_EQ(project(world_.Suspend(secretariat_, world_.Duty("EE"))), absl::StatusCode::kDataLoss);
  v1::CredentialRecord misnamed = duty_;
  misnamed.set_office("mfa");
  EXPECT_EQ(project(world_.Suspend(mfa_, misnamed)), absl::StatusCode::kDataLoss);
  EXPECT_EQ(project(world_.Suspend(mfa_, duty_)), absl::StatusCode::kOk);
  Do(world_.Suspend(mfa_, duty_));
  EXPECT_EQ(project(world_.Suspend(mfa_, duty_)), absl::StatusCode::kDataLoss);
  EXPECT_EQ(project(world_.Restore(secretariat_, duty_)), absl::StatusCode::kDataLoss);
  EXPECT_EQ(project(world_.Restore(mfa_, duty_)), absl::StatusCode::kOk);
  Do(world_.Revoke(mfa_, duty_));
  for (const Attempt& attempt : EachBy(mfa_, duty_)) {
    EXPECT_EQ(project(attempt), absl::StatusCode::kDataLoss);
  }
}

TEST_F(ChangeCredential, OfTheFirstOfAllIsLossOfDataWhereItCannotHaveBeenTaken) {
  v1::Entry entry;
  entry.set_ledger("auditor");
  entry.set_role(v1::ENTRY_ROLE_ADDRESSED);
  const auto project = [&](const Attempt& attempt) {
    entry.set_kind(static_cast<v1::ActKind>(attempt.act.kind_case()));
    *entry.mutable_time() = ToTimestamp(world_.now());
    test::MemoryLedger ledger = world_.Ledger(LedgerId::Auditor());
    return Project(world_.exchange(), entry, &attempt.act, ledger).code();
  };
  Do(world_.Renew(secretariat_, "next"));
  const v1::CredentialRecord next = world_.Registered("next");
  EXPECT_EQ(project(world_.Suspend(next, secretariat_)), absl::StatusCode::kOk);
  EXPECT_EQ(project(world_.Renew(secretariat_, "another")), absl::StatusCode::kOk);
  EXPECT_EQ(project(world_.Restore(next, secretariat_)), absl::StatusCode::kDataLoss);
  v1::CredentialRecord unknown = secretariat_;
  unknown.set_credential(std::string(kDigestBytes, 'x'));
  EXPECT_EQ(project(world_.Revoke(next, unknown)), absl::StatusCode::kDataLoss);
  Attempt twice = world_.EnrolOffice({.party = "AUDITOR", .office = "more"});
  twice.act.mutable_enrol()->mutable_credential()->set_certificate(secretariat_.certificate());
  EXPECT_EQ(project(twice), absl::StatusCode::kDataLoss);
  Do(world_.Revoke(next, secretariat_));
  EXPECT_EQ(project(world_.Renew(secretariat_, "another")), absl::StatusCode::kDataLoss);
  EXPECT_EQ(project(world_.Renew(next, "another")), absl::StatusCode::kOk);
  for (const Attempt& attempt : EachBy(next, secretariat_)) {
    EXPECT_EQ(project(attempt), absl::StatusCode::kDataLoss);
  }
}

}  // namespace
}  // namespace cbm::rules
