// An office's next certificate: by the one that it has, for as long as that is active, and for
// seven days after it merely ran out.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/evidence/receipt.h"
#include "core/rules/credentials.h"
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
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kNotNow = absl::StatusCode::kFailedPrecondition;

class RenewCredential : public ::testing::Test {
 protected:
  std::vector<std::string> ToldOf(const v1::CredentialRecord& signer) {
    return ToldBy(world_.Decide(world_.Renew(signer, "next")).entries);
  }
  Decision RenewAt(absl::Time now) {
    world_.SetNow(now);
    return world_.Decide(world_.Renew(world_.Registered(duty_.certificate()), "next"));
  }
  v1::OfficeRecord OfficeIn(const LedgerId& ledger) {
    v1::OfficeRecord office;
    EXPECT_TRUE(office.ParseFromString(
        world_.Ledger(ledger).FindFact(OfficeKey("LV", "duty")).value().value()));
    return office;
  }

  void Do(const Attempt& attempt) { ASSERT_THAT(world_.Perform(attempt).decision, IsAccepted()); }
  // Renews the first credential until its office has as many as it may; what was registered so.
  std::vector<v1::CredentialRecord> FillUp() {
    std::vector<v1::CredentialRecord> copies;
    for (int i = 2; i <= kCredentialsHeldMax; ++i) {
      const std::string copy = fmt::format("copy {}", i);
      Do(world_.Renew(duty_, copy));
      copies.push_back(world_.Registered(copy));
    }
    return copies;
  }
  std::vector<std::string> ListedIn(const LedgerId& ledger) {
    std::vector<std::string> certificates;
    const v1::OfficeRecord office = OfficeIn(ledger);
    for (const v1::CredentialRecord& credential : office.credentials()) {
      certificates.push_back(credential.certificate());
    }
    return certificates;
  }

  RulesWorld world_;
  const v1::CredentialRecord secretariat_ = world_.Secretariat();
  const v1::CredentialRecord duty_ = world_.Duty("LV");
  const absl::Time end_ = FromTimestamp(duty_.not_after());
};

TEST_F(RenewCredential, TellsAllWhoKnowTheOffice) {
  EXPECT_THAT(ToldOf(duty_), ElementsAre("ALL/OSCE addressed act", "ALL/UN addressed act",
                                         "auditor header summary", "secretariat addressed act",
                                         "state/LV own act"));
  EXPECT_THAT(ToldOf(world_.Secretariat()),
              ElementsAre("ALL/OSCE addressed act", "ALL/UN addressed act", "auditor addressed act",
                          "secretariat own act"));
  world_.Enrol({.party = "LV",
                .office = "siem",
                .type = v1::OFFICE_TYPE_INTEGRATION,
                .scopes = {v1::SCOPE_READ}});
  EXPECT_THAT(ToldOf(world_.Signer("LV", "siem")),
              ElementsAre("ALL/OSCE addressed act", "ALL/UN addressed act",
                          "auditor header summary", "integration/LV-siem own act",
                          "secretariat addressed act", "state/LV informed act"));
  world_.Enrol({.party = "AUDITOR", .office = "audit", .type = v1::OFFICE_TYPE_AUDITOR});
  EXPECT_THAT(ToldOf(world_.Signer("AUDITOR", "audit")),
              ElementsAre("ALL/OSCE addressed act", "ALL/UN addressed act", "auditor own act",
                          "secretariat addressed act"));
}

TEST_F(RenewCredential, IsDeliveredToAllAndToTheSecretariat) {
  for (const NewEntry& entry : world_.Decide(world_.Renew(duty_, "next")).entries) {
    const std::string expected = entry.ledger.is_all()                     ? entry.ledger.text()
                                 : entry.ledger == LedgerId::Secretariat() ? "SECRETARIAT"
                                                                           : "";
    EXPECT_EQ(entry.delivered_to, expected) << entry.ledger.text();
  }
}

TEST_F(RenewCredential, RegistersOneMoreWithTheSamePurposesAndScopes) {
  const absl::Time when = world_.now();
  ASSERT_THAT(world_.Perform(world_.Renew(duty_, "next")).decision, IsAccepted());
  const v1::CredentialRecord next = world_.Registered("next");
  v1::CredentialRecord expected = duty_;
  expected.set_credential(std::string(BytesOf(Sha256("next"))));
  expected.set_certificate("next");
  *expected.mutable_registered() = ToTimestamp(when);
  *expected.mutable_not_before() = ToTimestamp(when);
  *expected.mutable_not_after() = ToTimestamp(when + absl::Hours(24 * 365));
  expected.set_registered_by(next.registered_by());
  EXPECT_EQ(next.SerializeAsString(), expected.SerializeAsString());
  // What it had stays.
  EXPECT_EQ(world_.Registered(duty_.certificate()).SerializeAsString(), duty_.SerializeAsString());
  for (const LedgerId& ledger : {LedgerId::State("LV"), LedgerId::Secretariat(),
                                 LedgerId::All("OSCE"), LedgerId::All("UN")}) {
    const v1::OfficeRecord office = OfficeIn(ledger);
    ASSERT_EQ(office.credentials_size(), 2) << ledger.text();
    EXPECT_EQ(office.credentials(1).SerializeAsString(), next.SerializeAsString());
    EXPECT_EQ(office.office_version(), 2u);
    EXPECT_EQ(office.enrolled_by(), duty_.registered_by());
  }
}

TEST_F(RenewCredential, CanBeGoneOnWith) {
  for (const v1::CredentialRecord& first : {duty_, world_.Secretariat()}) {
    const std::string second = first.office() + " 2";
    const std::string third = first.office() + " 3";
    ASSERT_THAT(world_.Perform(world_.Renew(first, second)).decision, IsAccepted());
    ASSERT_THAT(world_.Perform(world_.Renew(world_.Registered(second), third)).decision,
                IsAccepted());
    EXPECT_EQ(world_.Registered(third).party(), first.party());
    EXPECT_EQ(world_.Registered(third).office(), first.office());
  }
}

TEST_F(RenewCredential, NeedsNoScope) {
  world_.Enrol({.party = "LV", .office = "reader", .scopes = {v1::SCOPE_READ}});
  EXPECT_THAT(world_.Decide(world_.Renew(world_.Signer("LV", "reader"), "next")), IsAccepted());
}

TEST_F(RenewCredential, IsTakenForSevenDaysAfterTheEndAndNoLonger) {
  EXPECT_THAT(RenewAt(end_ - absl::Microseconds(1)), IsAccepted());
  EXPECT_THAT(RenewAt(end_), IsAccepted());
  EXPECT_THAT(RenewAt(end_ + absl::Hours(24 * 7) - absl::Microseconds(1)), IsAccepted());
  EXPECT_THAT(RenewAt(end_ + absl::Hours(24 * 7)), IsRefusedAs(kNotNow, "7 days"));
}

TEST_F(RenewCredential, IsNotByOneThatIsSuspendedOrRevoked) {
  world_.Enrol({.party = "LV", .office = "mfa"});
  const v1::CredentialRecord& mfa = world_.Signer("LV", "mfa");
  const absl::Time now = world_.now();
  world_.Perform(world_.Suspend(mfa, duty_));
  EXPECT_THAT(RenewAt(now), IsRefusedAs(kNotNow));
  EXPECT_THAT(RenewAt(end_), IsRefusedAs(kNotNow));
  world_.SetNow(now);
  world_.Perform(world_.Restore(mfa, duty_));
  EXPECT_THAT(RenewAt(now), IsAccepted());
  EXPECT_THAT(RenewAt(end_), IsAccepted());
  world_.SetNow(now);
  world_.Perform(world_.Revoke(mfa, duty_));
  EXPECT_THAT(RenewAt(now), IsRefusedAs(kNotNow));
  EXPECT_THAT(RenewAt(end_), IsRefusedAs(kNotNow));
}

TEST_F(RenewCredential, IsRefusedForEachFieldThatIsNotAsItMustBe) {
  const std::vector<std::pair<std::string, std::function<void(Attempt&)>>> cases = {
      {"references",
       [](Attempt& a) { a.act.add_references()->set_act_digest(std::string(32, 'd')); }},
      {"content", [](Attempt& a) { a.act.set_manifest_digest(std::string(32, 'm')); }},
      {"audience", [](Attempt& a) { a.act.mutable_audience()->mutable_secretariat(); }},
      {"certificate", [](Attempt& a) { a.act.mutable_renew_credential()->clear_certificate(); }},
      {"certificate",
       [](Attempt& a) {
         a.act.mutable_renew_credential()->set_certificate(std::string(4097, 'c'));
       }},
      {"certificate", [](Attempt& a) { a.registers.reset(); }},
      {"run out",
       [](Attempt& a) {
         a.registers->not_after = FromTimestamp(a.act.author_time());
         a.registers->not_before = a.registers->not_after - absl::Hours(1);
       }},
      {"before it begins",
       [](Attempt& a) { a.registers->not_before = a.registers->not_after + absl::Seconds(1); }},
      {"possession", [](Attempt& a) { a.act.mutable_renew_credential()->clear_possession(); }},
  };
  for (const auto& [says, spoil] : cases) {
    Attempt attempt = world_.Renew(duty_, "next");
    spoil(attempt);
    EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(kInvalid, says));
  }
}

// Each makes the office's record longer. A thief can fill it, and not for ever.
TEST_F(RenewCredential, IsBoundedByHowManyAreNeitherRevokedNorEnded) {
  const std::vector<v1::CredentialRecord> copies = FillUp();
  const auto full = IsRefusedAs(kNotNow, "30 credentials that are neither revoked nor ended");
  EXPECT_THAT(world_.Decide(world_.Renew(duty_, "one more")), full);
  Do(world_.Suspend(secretariat_, copies[0]));
  EXPECT_THAT(world_.Decide(world_.Renew(duty_, "one more")), full);
  Do(world_.Revoke(secretariat_, copies[0]));
  Do(world_.Renew(duty_, "one more"));
  EXPECT_THAT(world_.Decide(world_.Renew(duty_, "another")), full);
  // The first has ended, and room is made.
  world_.SetNow(end_);
  EXPECT_THAT(world_.Decide(world_.Renew(copies[1], "another")), IsAccepted());
}

TEST_F(RenewCredential, IsBoundedInAnEnrolmentTheSame) {
  for (const v1::CredentialRecord& copy : FillUp()) {
    Do(world_.Suspend(secretariat_, copy));
  }
  Do(world_.Suspend(secretariat_, duty_));
  Attempt again = world_.EnrolOffice({.party = "LV", .office = "duty"});
  again.act.mutable_enrol()->mutable_credential()->set_certificate("of the new key");
  EXPECT_THAT(world_.Decide(again), IsRefusedAs(kNotNow, "revoke those"));
  Do(world_.Revoke(secretariat_, duty_));
  EXPECT_THAT(world_.Decide(again), IsAccepted());
}

// All that may still be of use, and the newest of the others.
TEST_F(RenewCredential, ListsNoMoreThanThereMayBe) {
  const std::vector<v1::CredentialRecord> copies = FillUp();
  Do(world_.Revoke(secretariat_, copies[3]));
  Do(world_.Revoke(secretariat_, copies[1]));
  Do(world_.Suspend(secretariat_, copies[0]));
  Do(world_.Renew(duty_, "one more"));
  const std::vector<std::string> listed = ListedIn(LedgerId::State("LV"));
  ASSERT_EQ(listed.size(), static_cast<size_t>(kCredentialsHeldMax));
  EXPECT_THAT(listed, Contains(duty_.certificate()));
  EXPECT_THAT(listed, Contains(copies[0].certificate()));
  EXPECT_THAT(listed, Not(Contains(copies[1].certificate())));
  EXPECT_THAT(listed, Contains(copies[3].certificate()));
  EXPECT_EQ(listed.back(), "one more");
  for (const LedgerId& ledger :
       {LedgerId::Secretariat(), LedgerId::All("OSCE"), LedgerId::All("UN")}) {
    EXPECT_EQ(ListedIn(ledger), listed) << ledger.text();
  }
  EXPECT_TRUE(world_.Registered(copies[1].certificate()).has_revoked());
}

TEST_F(RenewCredential, ListsWhatWasLeftOutNoMore) {
  const std::vector<v1::CredentialRecord> copies = FillUp();
  world_.SetNow(end_);
  Do(world_.Renew(copies[0], "one more"));  // The first has ended, and makes room.
  const std::vector<std::string> listed = ListedIn(LedgerId::State("LV"));
  EXPECT_THAT(listed, Not(Contains(duty_.certificate())));
  const uint64_t version = OfficeIn(LedgerId::State("LV")).office_version();
  Do(world_.Revoke(secretariat_, duty_));
  EXPECT_TRUE(world_.Registered(duty_.certificate()).has_revoked());
  EXPECT_EQ(ListedIn(LedgerId::State("LV")), listed);
  EXPECT_EQ(OfficeIn(LedgerId::State("LV")).office_version(), version + 1);
}

// A receipt has all registrations behind it.
TEST_F(RenewCredential, IsNotTheEndOfALongerRowThanAReceiptHolds) {
  std::string last = duty_.certificate();
  for (uint32_t i = 1; i <= kRenewalsInARowMax; ++i) {
    const std::string next = fmt::format("certificate {}", i);
    Do(world_.Renew(world_.Registered(last), next));
    if (i > 2) {
      Do(world_.Revoke(secretariat_, world_.Registered(last)));
    }
    last = next;
  }
  EXPECT_THAT(world_.Decide(world_.Renew(world_.Registered(last), "one more")),
              IsRefusedAs(kNotNow, "30 renewals lead to this credential"));
  // That row ends; whoever stands at its beginning goes on.
  Do(world_.Renew(world_.Registered("certificate 1"), "second of another"));
  EXPECT_THAT(world_.Decide(world_.Renew(duty_, "first of another")), IsAccepted());
  // An enrolment begins a new one.
  for (const std::string& certificate : {duty_.certificate(), std::string("certificate 1"),
                                         std::string("second of another"), last}) {
    Do(world_.Revoke(secretariat_, world_.Registered(certificate)));
  }
  Attempt again = world_.EnrolOffice({.party = "LV", .office = "duty"});
  again.act.mutable_enrol()->mutable_credential()->set_certificate("of the new key");
  Do(again);
  EXPECT_THAT(world_.Decide(world_.Renew(world_.Registered("of the new key"), "its next")),
              IsAccepted());
}

TEST_F(RenewCredential, IsCountedFromTheGenesisDocumentOnInEveryLedger) {
  Do(world_.Renew(secretariat_, "second"));
  Do(world_.Renew(world_.Registered("second"), "third"));
  for (const LedgerId& ledger : {LedgerId::Secretariat(), LedgerId::Auditor()}) {
    const auto view = world_.ViewOf(ledger);
    EXPECT_EQ(*FindRenewals(*view, Sha256(secretariat_.certificate())), 0u);
    EXPECT_EQ(*FindRenewals(*view, Sha256("second")), 1u);
    EXPECT_EQ(*FindRenewals(*view, Sha256("third")), 2u);
  }
  EXPECT_EQ(*FindRenewals(*world_.ViewOf(LedgerId::State("EE")), Sha256("third")), 2u);
}

// Two rows of renewals, and the enrolment between them.
TEST_F(RenewCredential, LeavesRoomInAReceipt) {
  EXPECT_LE(2 * kRenewalsInARowMax + 1, kRegistrationsMax);
}

TEST_F(RenewCredential, IsDecidedTheSameWhateverOthersDo) {
  const absl::Time later = world_.now();
  const std::string quiet = Written(world_.Decide(world_.Renew(duty_, "next")));
  world_.Perform(world_.Renew(world_.Duty("FI"), "next"));
  world_.Perform(world_.ToNamed(world_.Duty("EE"), {"SE"}));
  world_.SetNow(later);
  EXPECT_EQ(Written(world_.Decide(world_.Renew(duty_, "next"))), quiet);
}

// What a reader would find in a ledger in which the rules were broken.
TEST_F(RenewCredential, IsLossOfDataWhereItCannotHaveBeenTaken) {
  v1::Entry entry;
  entry.set_ledger("state/LV");
  entry.set_kind(v1::ACT_KIND_RENEW_CREDENTIAL);
  entry.set_role(v1::ENTRY_ROLE_ADDRESSED);
  const auto project = [&](const v1::CredentialRecord& signer, const std::string& certificate,
                           absl::Time time) {
    *entry.mutable_time() = ToTimestamp(time);
    test::MemoryLedger ledger = world_.State("LV");
    const Attempt attempt = world_.Renew(signer, certificate);
    return Project(world_.exchange(), entry, &attempt.act, ledger).code();
  };
  const absl::Time now = world_.now();
  EXPECT_EQ(project(duty_, "next", now), absl::StatusCode::kOk);
  EXPECT_EQ(project(duty_, duty_.certificate(), now), absl::StatusCode::kDataLoss);
  EXPECT_EQ(project(world_.Duty("EE"), "next", now), absl::StatusCode::kDataLoss);
  EXPECT_EQ(project(duty_, "next", end_ + absl::Hours(24 * 7)), absl::StatusCode::kDataLoss);
  world_.Perform(world_.Suspend(duty_, duty_));
  EXPECT_EQ(project(duty_, "next", now), absl::StatusCode::kDataLoss);
}

// The genesis document says when it ends, where no entry does.
TEST_F(RenewCredential, OfTheFirstOfAllIsLossOfDataTooLateInEveryLedger) {
  v1::Entry entry;
  entry.set_ledger("auditor");
  entry.set_kind(v1::ACT_KIND_RENEW_CREDENTIAL);
  entry.set_role(v1::ENTRY_ROLE_ADDRESSED);
  const absl::Time late = FromTimestamp(world_.Secretariat().not_after()) + absl::Hours(24 * 7);
  const Attempt attempt = world_.Renew(world_.Secretariat(), "next");
  const auto project = [&](absl::Time time) {
    *entry.mutable_time() = ToTimestamp(time);
    test::MemoryLedger ledger;
    return Project(world_.exchange(), entry, &attempt.act, ledger).code();
  };
  EXPECT_EQ(project(late - absl::Microseconds(1)), absl::StatusCode::kOk);
  EXPECT_EQ(project(late), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace cbm::rules
