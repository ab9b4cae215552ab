// Enrolling an office with its first credential: the only way in. All members of the State's
// frameworks see it, and so does the State, so that nobody is enrolled in its name unseen.

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
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
using ::cbm::test::NewOffice;
using ::cbm::test::OnlyEntry;
using ::cbm::test::RulesWorld;
using ::cbm::test::ToldBy;
using ::cbm::test::Written;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::Enrol& EnrolOf(Attempt& attempt) { return *attempt.act.mutable_enrol(); }
v1::Credential& CredentialOf(Attempt& attempt) { return *EnrolOf(attempt).mutable_credential(); }

class Enrol : public ::testing::Test {
 protected:
  Decision After(const std::function<void(Attempt&)>& spoil) {
    Attempt attempt = world_.EnrolOffice({.party = "LV", .office = "mfa"});
    spoil(attempt);
    return world_.Decide(attempt);
  }

  std::vector<std::string> ToldOf(const NewOffice& office) {
    return ToldBy(world_.Decide(world_.EnrolOffice(office)).entries);
  }

  RulesWorld world_;
};

TEST_F(Enrol, OfAStatesOfficeTellsTheStateAndAllOfItsFrameworks) {
  EXPECT_THAT(
      ToldOf({.party = "LV", .office = "mfa"}),
      ElementsAre("ALL/OSCE addressed act", "ALL/UN addressed act", "auditor header summary",
                  "secretariat own act", "state/LV addressed act"));
  EXPECT_THAT(ToldOf({.party = "LT", .office = "mfa"}),
              ElementsAre("ALL/OSCE addressed act", "auditor header summary", "secretariat own act",
                          "state/LT addressed act"));
  // Partners are told nothing of ALL, and are no part of it.
  EXPECT_THAT(ToldOf({.party = "JP", .office = "mfa"}),
              ElementsAre("ALL/UN addressed act", "auditor header summary", "secretariat own act",
                          "state/JP addressed act"));
}

TEST_F(Enrol, OfAnIntegrationTellsItToo) {
  EXPECT_THAT(ToldOf({.party = "LT", .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION}),
              ElementsAre("ALL/OSCE addressed act", "auditor header summary",
                          "integration/LT-siem addressed act", "secretariat own act",
                          "state/LT addressed act"));
}

TEST_F(Enrol, OfAChairTellsAllFrameworks) {
  EXPECT_THAT(
      ToldOf({.party = "CHAIR", .office = "2026", .type = v1::OFFICE_TYPE_CHAIR}),
      ElementsAre("ALL/OSCE addressed act", "ALL/UN addressed act", "auditor header summary",
                  "chair/2026 addressed act", "secretariat own act"));
}

TEST_F(Enrol, OfAnAuditorGivesItItsOwnEnrolmentOnce) {
  EXPECT_THAT(ToldOf({.party = "AUDITOR", .office = "first", .type = v1::OFFICE_TYPE_AUDITOR}),
              ElementsAre("ALL/OSCE addressed act", "ALL/UN addressed act", "auditor addressed act",
                          "secretariat own act"));
}

// As the verifier of evidence has it: States and ALL, no integration, chair or auditor.
TEST_F(Enrol, IsDeliveredToTheStateAndToAll) {
  for (const NewOffice& office :
       {NewOffice{.party = "LT", .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION},
        NewOffice{.party = "CHAIR", .office = "2026", .type = v1::OFFICE_TYPE_CHAIR},
        NewOffice{.party = "AUDITOR", .office = "first", .type = v1::OFFICE_TYPE_AUDITOR}}) {
    for (const NewEntry& entry : world_.Decide(world_.EnrolOffice(office)).entries) {
      SCOPED_TRACE(entry.ledger.text());
      std::string expected;
      if (entry.ledger.is_all()) {
        expected = entry.ledger.text();
      } else if (entry.ledger.is_state()) {
        expected = "LT";
      }
      EXPECT_EQ(entry.delivered_to, expected);
    }
  }
}

TEST_F(Enrol, TellsTheAuditorThePartyConcernedAndNotTheAct) {
  const Decision decision = After([](Attempt&) {});
  const v1::Entry& entry = OnlyEntry(decision, LedgerId::Auditor()).entry;
  EXPECT_EQ(entry.summary().party(), "LV");
  EXPECT_EQ(entry.summary().new_state(), "enrolled");
  EXPECT_FALSE(entry.has_effect());
}

TEST_F(Enrol, RemembersHowLongTheCertificateHolds) {
  const Decision decision = After([](Attempt&) {});
  const v1::Effect& effect = OnlyEntry(decision, LedgerId::State("LV")).entry.effect();
  EXPECT_EQ(FromTimestamp(effect.valid_from()), world_.now());
  EXPECT_EQ(FromTimestamp(effect.valid_to()), world_.now() + absl::Hours(24 * 365));
  EXPECT_EQ(effect.record_version(), 1u);
}

TEST_F(Enrol, IsByTheSecretariatAlone) {
  Attempt attempt = world_.EnrolOffice({.party = "LV", .office = "mfa"});
  const v1::CredentialRecord& duty = world_.Duty("LV");
  attempt.signer = duty;
  attempt.act.set_party(duty.party());
  attempt.act.set_office(duty.office());
  attempt.act.set_signing_credential(duty.credential());
  EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(absl::StatusCode::kPermissionDenied));
}

TEST_F(Enrol, NeedsTheScopeForTheDirectory) {
  EXPECT_THAT(After([](Attempt& a) { a.signer.clear_scopes(); }),
              IsRefusedAs(absl::StatusCode::kPermissionDenied));
}

TEST_F(Enrol, IsRefusedForEachFieldThatIsNotAsItMustBe) {
  struct Case {
    std::string says;
    std::function<void(Attempt&)> spoil;
  };
  const std::vector<Case> cases = {
      {"audience", [](Attempt& a) { a.act.mutable_audience()->mutable_secretariat(); }},
      {"references",
       [](Attempt& a) { a.act.add_references()->set_act_digest(std::string(32, 'd')); }},
      {"content", [](Attempt& a) { a.act.set_manifest_digest(std::string(32, 'm')); }},
      {"party", [](Attempt& a) { EnrolOf(a).clear_party(); }},
      {"party", [](Attempt& a) { EnrolOf(a).set_party("XX"); }},
      {"party", [](Attempt& a) { EnrolOf(a).set_party("KR"); }},  // A partner, and no more.
      {"party", [](Attempt& a) { EnrolOf(a).set_party("SECRETARIAT"); }},
      {"office", [](Attempt& a) { EnrolOf(a).clear_office(); }},
      {"office", [](Attempt& a) { EnrolOf(a).set_office("MFA"); }},
      {"office", [](Attempt& a) { EnrolOf(a).set_office("mfa/duty"); }},
      {"office", [](Attempt& a) { EnrolOf(a).set_office(std::string(33, 'a')); }},
      {"type", [](Attempt& a) { EnrolOf(a).clear_type(); }},
      {"certificate", [](Attempt& a) { CredentialOf(a).clear_certificate(); }},
      {"certificate", [](Attempt& a) { a.registers.reset(); }},
      {"purposes", [](Attempt& a) { CredentialOf(a).clear_purposes(); }},
      {"purposes",
       [](Attempt& a) { CredentialOf(a).set_purposes(0, v1::CREDENTIAL_PURPOSE_UNSPECIFIED); }},
      {"purposes", [](Attempt& a) { CredentialOf(a).add_purposes(v1::CREDENTIAL_PURPOSE_OPEN); }},
      {"purposes",
       [](Attempt& a) { CredentialOf(a).set_purposes(1, v1::CREDENTIAL_PURPOSE_CONNECT); }},
      {"scopes", [](Attempt& a) { CredentialOf(a).set_scopes(0, v1::SCOPE_UNSPECIFIED); }},
      {"scopes", [](Attempt& a) { CredentialOf(a).add_scopes(v1::SCOPE_DIRECTORY); }},
      {"scopes", [](Attempt& a) { CredentialOf(a).set_scopes(0, v1::SCOPE_CONSULT); }},
      {"scopes",
       [](Attempt& a) {
         CredentialOf(a).clear_purposes();
         CredentialOf(a).add_purposes(v1::CREDENTIAL_PURPOSE_OPEN);
       }},
      {"possession", [](Attempt& a) { EnrolOf(a).clear_possession(); }},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(fmt::format("case {}: {}", i, cases[i].says));
    const Decision decision = After(cases[i].spoil);
    EXPECT_THAT(decision, IsRefusedAs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(std::string(decision.verdict.message()), HasSubstr(cases[i].says));
  }
}

TEST_F(Enrol, TakesNamesAndCertificatesUpToTheirBounds) {
  EXPECT_THAT(After([](Attempt& a) { EnrolOf(a).set_office(std::string(32, 'a')); }), IsAccepted());
  const auto with_certificate_of = [&](size_t bytes) {
    return After([&](Attempt& a) { CredentialOf(a).set_certificate(std::string(bytes, 'c')); });
  };
  EXPECT_THAT(with_certificate_of(4096), IsAccepted());
  EXPECT_THAT(with_certificate_of(4097), IsRefusedAs(absl::StatusCode::kInvalidArgument));
}

TEST_F(Enrol, NeedsNoPossessionOfAKeyThatOnlyOpens) {
  EXPECT_THAT(After([](Attempt& a) {
                CredentialOf(a).clear_purposes();
                CredentialOf(a).add_purposes(v1::CREDENTIAL_PURPOSE_OPEN);
                CredentialOf(a).clear_scopes();
                EnrolOf(a).clear_possession();
              }),
              IsAccepted());
}

TEST_F(Enrol, TakesNoCertificateThatHasRunOut) {
  const auto ends_at = [&](absl::Time end) {
    return After([&](Attempt& a) { a.registers->not_after = end; });
  };
  EXPECT_THAT(ends_at(world_.now() + absl::Microseconds(1)), IsAccepted());
  EXPECT_THAT(ends_at(world_.now()), IsRefusedAs(absl::StatusCode::kInvalidArgument));
}

TEST_F(Enrol, TakesNoCertificateThatNeverHolds) {
  for (const absl::Duration begins_after_its_end : {absl::Seconds(1), absl::ZeroDuration()}) {
    EXPECT_THAT(After([&](Attempt& a) {
                  a.registers->not_after = world_.now() + absl::Hours(1);
                  a.registers->not_before = a.registers->not_after + begins_after_its_end;
                }),
                IsRefusedAs(absl::StatusCode::kInvalidArgument));
  }
}

TEST_F(Enrol, GivesEachPartyTheTypesThatItMayHave) {
  for (int type = v1::OFFICE_TYPE_POLICY; type <= v1::OFFICE_TYPE_AUDITOR; ++type) {
    for (const std::string_view party : {"LV", "CHAIR", "AUDITOR"}) {
      const auto office_type = static_cast<v1::OfficeType>(type);
      SCOPED_TRACE(fmt::format("{} {}", party, v1::OfficeType_Name(office_type)));
      const bool fits = party == "CHAIR"     ? office_type == v1::OFFICE_TYPE_CHAIR
                        : party == "AUDITOR" ? office_type == v1::OFFICE_TYPE_AUDITOR
                                             : office_type <= v1::OFFICE_TYPE_INTEGRATION;
      const Decision decision = world_.Decide(
          world_.EnrolOffice({.party = std::string(party), .office = "new", .type = office_type}));
      if (fits) {
        EXPECT_THAT(decision, IsAccepted());
      } else {
        EXPECT_THAT(decision, IsRefusedAs(absl::StatusCode::kInvalidArgument));
      }
    }
  }
}

TEST_F(Enrol, IsRefusedForAnOfficeThatIsThereAlready) {
  for (const NewOffice& office :
       {NewOffice{.party = "LV", .office = "mfa"},
        NewOffice{.party = "CHAIR", .office = "2026", .type = v1::OFFICE_TYPE_CHAIR},
        NewOffice{.party = "AUDITOR", .office = "first", .type = v1::OFFICE_TYPE_AUDITOR}}) {
    SCOPED_TRACE(office.party);
    world_.Enrol(office);
    EXPECT_THAT(world_.Decide(world_.EnrolOffice(office)),
                IsRefusedAs(absl::StatusCode::kFailedPrecondition));
  }
  EXPECT_THAT(world_.Decide(world_.EnrolOffice({.party = "FI", .office = "mfa"})), IsAccepted());
}

// A lost key does not cost an office its name, nor what it was sent.
TEST_F(Enrol, IsTakenAgainOnceNoCredentialOfTheOfficeIsInUse) {
  const v1::CredentialRecord duty = world_.Duty("LV");
  const auto again = [&] {
    Attempt attempt = world_.EnrolOffice({.party = "LV", .office = "duty"});
    CredentialOf(attempt).set_certificate("another certificate");
    return attempt;
  };
  const absl::Time now = world_.now();
  EXPECT_THAT(world_.Decide(again()), IsRefusedAs(absl::StatusCode::kFailedPrecondition, "in use"));
  world_.SetNow(FromTimestamp(duty.not_after()));
  EXPECT_THAT(world_.Decide(again()), IsAccepted());
  world_.SetNow(now);
  world_.Perform(world_.Suspend(world_.Secretariat(), duty));
  EXPECT_THAT(world_.Decide(again()), IsAccepted());
  world_.Perform(world_.Revoke(world_.Secretariat(), duty));

  Attempt of_another_type = again();
  EnrolOf(of_another_type).set_type(v1::OFFICE_TYPE_POLICY);
  EXPECT_THAT(world_.Decide(of_another_type),
              IsRefusedAs(absl::StatusCode::kInvalidArgument, "type"));
  ASSERT_THAT(world_.Perform(again()).decision, IsAccepted());
  EXPECT_EQ(world_.Registered("another certificate").office(), "duty");
  EXPECT_TRUE(world_.Registered(duty.certificate()).has_revoked());
  EXPECT_THAT(world_.Decide(again()), IsRefusedAs(absl::StatusCode::kFailedPrecondition, "in use"));
}

// One that only begins later is the office's already.
TEST_F(Enrol, IsNotTakenAgainBesideACredentialThatIsToBegin) {
  Attempt first = world_.EnrolOffice({.party = "LV", .office = "mfa"});
  first.registers->not_before = world_.now() + absl::Hours(1);
  ASSERT_THAT(world_.Perform(first).decision, IsAccepted());
  EXPECT_THAT(world_.Decide(world_.EnrolOffice({.party = "LV", .office = "mfa"})),
              IsRefusedAs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(Enrol, IsDecidedTheSameWhateverStatesWriteToOneAnother) {
  RulesWorld busy;
  const Digest sent = busy.Perform(busy.ToNamed(busy.Duty("SE"), {"LV"})).act_digest;
  busy.Perform(busy.Open(busy.Duty("LV"), {sent}));
  busy.SetNow(world_.now());
  EXPECT_EQ(Written(busy.Decide(busy.EnrolOffice({.party = "LV", .office = "mfa"}))),
            Written(world_.Decide(world_.EnrolOffice({.party = "LV", .office = "mfa"}))));
}

}  // namespace
}  // namespace cbm::rules
