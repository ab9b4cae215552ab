// What every act has, whatever its kind. Each test takes an act that is accepted and spoils one
// thing; the limits are tried at the bound and one past it.

#include "core/rules/act_shape.h"

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
#include "tests/support/status_matchers.h"

namespace cbm::rules {
namespace {

using ::cbm::test::Attempt;
using ::cbm::test::HasCode;
using ::cbm::test::IsAccepted;
using ::cbm::test::IsOk;
using ::cbm::test::IsRefusedAs;
using ::cbm::test::RulesWorld;
using ::testing::HasSubstr;

class ActShape : public ::testing::Test {
 protected:
  // What the rules say of a good notification once `spoil` has been at it.
  Decision After(const std::function<void(Attempt&)>& spoil) {
    Attempt attempt = world_.ToNamed(world_.Duty("EE"), {"LV"});
    spoil(attempt);
    return world_.Decide(attempt);
  }

  // The same, where author_time and valid_until are this far from now.
  Decision WithTimes(absl::Duration author_time, absl::Duration valid_until) {
    return After([&](Attempt& attempt) {
      *attempt.act.mutable_author_time() = ToTimestamp(world_.now() + author_time);
      *attempt.act.mutable_valid_until() = ToTimestamp(world_.now() + valid_until);
    });
  }

  RulesWorld world_;
};

TEST_F(ActShape, IsGoodToBeginWith) {
  EXPECT_THAT(After([](Attempt&) {}), IsAccepted());
}

TEST_F(ActShape, IsRefusedForEachFieldThatIsNotAsItMustBe) {
  struct Case {
    std::string field;
    std::function<void(Attempt&)> spoil;
  };
  const std::vector<Case> cases = {
      {"purpose", [](Attempt& a) { a.act.set_purpose("cbm.v1/entry"); }},
      {"purpose", [](Attempt& a) { a.act.clear_purpose(); }},
      {"version", [](Attempt& a) { a.act.set_version(0); }},
      {"version", [](Attempt& a) { a.act.set_version(2); }},
      {"exchange_id", [](Attempt& a) { a.act.set_exchange_id("test/" + std::string(64, '1')); }},
      {"exchange_id", [](Attempt& a) { a.act.clear_exchange_id(); }},
      {"act_id", [](Attempt& a) { a.act.clear_act_id(); }},
      {"act_id", [](Attempt& a) { a.act.mutable_act_id()->push_back('x'); }},
      {"act_id", [](Attempt& a) { (*a.act.mutable_act_id())[6] = 0x40; }},  // Version 4.
      {"party and office", [](Attempt& a) { a.act.set_party("LV"); }},
      {"party and office", [](Attempt& a) { a.act.set_office("mfa"); }},
      {"signing_credential", [](Attempt& a) { a.act.clear_signing_credential(); }},
      {"signing_credential",
       [](Attempt& a) { a.act.set_signing_credential(std::string(kDigestBytes, 'x')); }},
      {"author_time", [](Attempt& a) { a.act.clear_author_time(); }},
      {"valid_until", [](Attempt& a) { a.act.clear_valid_until(); }},
      {"author_time", [](Attempt& a) { a.act.mutable_author_time()->set_nanos(-1); }},
      {"author_time", [](Attempt& a) { a.act.mutable_author_time()->set_nanos(1'000'000'000); }},
      {"author_time", [](Attempt& a) { a.act.mutable_author_time()->set_seconds(-1); }},
      {"valid_until",
       [](Attempt& a) { a.act.mutable_valid_until()->set_seconds(253'402'300'800); }},
      {"audience", [](Attempt& a) { a.act.clear_audience(); }},
      {"audience", [](Attempt& a) { a.act.mutable_audience()->clear_to(); }},
      {"office_filter", [](Attempt& a) { a.act.add_office_filter(v1::OFFICE_TYPE_UNSPECIFIED); }},
      {"office_filter", [](Attempt& a) { a.act.add_office_filter(v1::OFFICE_TYPE_SECRETARIAT); }},
      {"office_filter", [](Attempt& a) { a.act.add_office_filter(v1::OFFICE_TYPE_CHAIR); }},
      {"office_filter", [](Attempt& a) { a.act.add_office_filter(v1::OFFICE_TYPE_AUDITOR); }},
      {"office_filter",
       [](Attempt& a) {
         a.act.add_office_filter(v1::OFFICE_TYPE_DUTY);
         a.act.add_office_filter(v1::OFFICE_TYPE_DUTY);
       }},
      {"office_filter",
       [](Attempt& a) {
         a.act.add_office_filter(v1::OFFICE_TYPE_DUTY);
         a.act.add_office_filter(v1::OFFICE_TYPE_POLICY);
       }},
      {"references.act_digest", [](Attempt& a) { a.act.add_references(); }},
      {"references.act_digest",
       [](Attempt& a) { a.act.add_references()->set_act_digest(std::string(31, 'd')); }},
      {"references.act_digest",
       [](Attempt& a) { a.act.add_references()->set_act_digest(std::string(33, 'd')); }},
      {"references.party_set",
       [](Attempt& a) {
         a.act.add_references()->set_act_digest(std::string(32, 'd'));
         a.act.mutable_references(0)->set_party_set("p");
       }},
      {"references.office_version",
       [](Attempt& a) {
         a.act.add_references()->set_act_digest(std::string(32, 'd'));
         a.act.mutable_references(0)->set_office_version(1);
       }},
      {"manifest_digest", [](Attempt& a) { a.act.set_manifest_digest(std::string(31, 'm')); }},
      {"manifest_digest", [](Attempt& a) { a.act.set_manifest_digest(std::string(33, 'm')); }},
      {"kind", [](Attempt& a) { a.act.clear_kind(); }},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(fmt::format("case {}: {}", i, cases[i].field));
    const Decision decision = After(cases[i].spoil);
    EXPECT_THAT(decision, IsRefusedAs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(std::string(decision.verdict.message()), HasSubstr(cases[i].field));
  }
}

TEST_F(ActShape, MayComeFromAClockFiveMinutesAheadAndNoMore) {
  const absl::Duration day = absl::Hours(24);
  EXPECT_THAT(WithTimes(Limits().author_time_ahead_max, day), IsAccepted());
  EXPECT_THAT(WithTimes(Limits().author_time_ahead_max + absl::Microseconds(1), day),
              IsRefusedAs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ActShape, IsGoodForThirtyDaysAtMost) {
  EXPECT_THAT(WithTimes(absl::ZeroDuration(), Limits().validity_max), IsAccepted());
  EXPECT_THAT(WithTimes(absl::ZeroDuration(), Limits().validity_max + absl::Microseconds(1)),
              IsRefusedAs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ActShape, EndsAfterItBegins) {
  EXPECT_THAT(WithTimes(-absl::Hours(1), -absl::Hours(1)),
              IsRefusedAs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(WithTimes(-absl::Hours(1), -absl::Hours(2)),
              IsRefusedAs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ActShape, IsTakenUpToTheInstantItIsGoodUntil) {
  EXPECT_THAT(WithTimes(-absl::Hours(1), absl::ZeroDuration()), IsAccepted());
  EXPECT_THAT(WithTimes(-absl::Hours(1), -absl::Microseconds(1)),
              IsRefusedAs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(ActShape, RefersToSixtyFourActsAtMost) {
  Attempt attempt = world_.Open(world_.Duty("EE"), std::vector<Digest>(kReferencesMax));
  const Digest digest = Sha256("act");
  const std::vector<v1::AddresseeOpening> none;
  const std::vector<Digest> contents;
  const Submission submission = {.act = attempt.act,
                                 .act_digest = digest,
                                 .openings = none,
                                 .contents = contents,
                                 .signer = attempt.signer,
                                 .registers = std::nullopt};
  EXPECT_THAT(CheckShape(world_.exchange(), submission, world_.now()), IsOk());
  *attempt.act.add_references() = attempt.act.references(0);
  EXPECT_THAT(CheckShape(world_.exchange(), submission, world_.now()),
              HasCode(absl::StatusCode::kInvalidArgument));
}

// An exchange may be configured to take less than the formats allow.
TEST_F(ActShape, IsHeldToTheLimitsOfItsExchange) {
  const Attempt attempt = world_.ToNamed(world_.Duty("EE"), {"LV", "FI"});
  const Digest digest = Sha256("act");
  const std::vector<Digest> contents;
  const auto shape = [&](Limits limits) {
    return CheckShape(world_.exchange(),
                      {.act = attempt.act,
                       .act_digest = digest,
                       .openings = attempt.openings,
                       .contents = contents,
                       .signer = attempt.signer,
                       .registers = std::nullopt,
                       .limits = limits},
                      world_.now());
  };
  const absl::Duration valid =
      FromTimestamp(attempt.act.valid_until()) - FromTimestamp(attempt.act.author_time());
  EXPECT_THAT(shape({.addressees_max = 2, .validity_max = valid}), IsOk());
  EXPECT_THAT(shape({.addressees_max = 1}), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(shape({.validity_max = valid - absl::Microseconds(1)}),
              HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(shape({.author_time_ahead_max = FromTimestamp(attempt.act.author_time()) -
                                              world_.now() - absl::Microseconds(1)}),
              HasCode(absl::StatusCode::kInvalidArgument));
}

// Only a notification has offices to be kept from; the other kinds would carry a dead field.
TEST_F(ActShape, HasNoOfficeFilterUnlessItIsANotification) {
  const Digest notification = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV"})).act_digest;
  world_.Enrol({.party = "LV", .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
  for (Attempt attempt :
       {world_.Open(world_.Duty("LV"), {notification}),
        world_.Acknowledge(world_.Duty("LV"), notification), world_.EnrolOffice({"LT", "duty"}),
        world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_GREEN)}) {
    SCOPED_TRACE(attempt.act.ShortDebugString());
    EXPECT_THAT(world_.Decide(attempt), IsAccepted());
    attempt.act.add_office_filter(v1::OFFICE_TYPE_DUTY);
    EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(RequireScope, NamesTheScopeThatIsMissing) {
  v1::CredentialRecord signer;
  signer.set_party("EE");
  signer.set_office("duty");
  signer.add_scopes(v1::SCOPE_READ);
  EXPECT_THAT(RequireScope(signer, v1::SCOPE_READ), IsOk());
  const absl::Status missing = RequireScope(signer, v1::SCOPE_RELEASE);
  EXPECT_THAT(missing, HasCode(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(std::string(missing.message()), HasSubstr("RELEASE"));
}

TEST(Rises, IsStrict) {
  EXPECT_TRUE(Rises(std::vector<int>{}));
  EXPECT_TRUE(Rises(std::vector<int>{1}));
  EXPECT_TRUE(Rises(std::vector<int>{1, 2, 9}));
  EXPECT_FALSE(Rises(std::vector<int>{1, 1}));
  EXPECT_FALSE(Rises(std::vector<int>{1, 3, 2}));
}

}  // namespace
}  // namespace cbm::rules
