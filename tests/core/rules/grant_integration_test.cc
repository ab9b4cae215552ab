// What an integration may read is its own State's business: decided by it, and told to nobody else.

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/rules_world.h"

namespace cbm::rules {
namespace {

using ::cbm::test::Attempt;
using ::cbm::test::IsAccepted;
using ::cbm::test::IsRefusedAs;
using ::cbm::test::RulesWorld;
using ::cbm::test::ToldBy;
using ::cbm::test::Written;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class GrantIntegration : public ::testing::Test {
 protected:
  GrantIntegration() {
    for (const std::string party : {"LV", "FI"}) {
      world_.Enrol({.party = party, .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
    }
    world_.Enrol({.party = "FI", .office = "misp", .type = v1::OFFICE_TYPE_INTEGRATION});
  }

  RulesWorld world_;
};

TEST_F(GrantIntegration, TellsItsStateAndTheIntegrationAlone) {
  const test::Performed granted =
      world_.Perform(world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_GREEN));
  EXPECT_THAT(ToldBy(granted.decision.entries),
              ElementsAre("integration/LV-siem addressed act", "state/LV own act"));
  EXPECT_THAT(granted.passed_on, IsEmpty());
  for (const NewEntry& entry : granted.decision.entries) {
    EXPECT_EQ(entry.delivered_to, "");
  }
}

TEST_F(GrantIntegration, MakesANewVersionOfTheOfficeEachTime) {
  for (uint32_t version = 2; version <= 4; ++version) {
    const Decision decision =
        world_.Perform(world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_GREEN)).decision;
    for (const NewEntry& entry : decision.entries) {
      EXPECT_EQ(entry.entry.effect().record_version(), version);
    }
  }
}

TEST_F(GrantIntegration, IsForAnIntegrationOfOnesOwnState) {
  const auto answer = [&](std::string_view office) {
    return world_.Decide(world_.Grant(world_.Duty("LV"), office, v1::MARKING_GREEN));
  };
  EXPECT_THAT(answer("siem"), IsAccepted());
  // Another State's, one that is an office of another type, and none: the same.
  for (const std::string_view office : {"misp", "duty", "nothing", ""}) {
    EXPECT_THAT(answer(office), IsRefusedAs(absl::StatusCode::kNotFound));
    EXPECT_EQ(answer(office).verdict.ToString(), answer("nothing").verdict.ToString());
  }
}

TEST_F(GrantIntegration, IsNotByAnIntegrationNorByAnotherParty) {
  EXPECT_THAT(world_.Decide(world_.Grant(world_.Signer("LV", "siem"), "siem", v1::MARKING_RED)),
              IsRefusedAs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(world_.Decide(world_.Grant(world_.Secretariat(), "siem", v1::MARKING_RED)),
              IsRefusedAs(absl::StatusCode::kPermissionDenied));
}

TEST_F(GrantIntegration, NeedsTheScopeForTheDirectory) {
  world_.Enrol({.party = "LV", .office = "reader", .scopes = {v1::SCOPE_READ}});
  EXPECT_THAT(world_.Decide(world_.Grant(world_.Signer("LV", "reader"), "siem", v1::MARKING_GREEN)),
              IsRefusedAs(absl::StatusCode::kPermissionDenied));
}

TEST_F(GrantIntegration, IsRefusedForEachFieldThatIsNotAsItMustBe) {
  const std::vector<std::function<void(Attempt&)>> spoils = {
      [](Attempt& a) { a.act.mutable_grant_integration()->clear_reading(); },
      [](Attempt& a) { a.act.mutable_grant_integration()->clear_ceiling(); },
      [](Attempt& a) { a.act.add_references()->set_act_digest(std::string(32, 'd')); },
      [](Attempt& a) { a.act.set_manifest_digest(std::string(32, 'm')); },
      [](Attempt& a) { a.act.mutable_audience()->mutable_all()->set_framework("OSCE"); },
  };
  for (size_t i = 0; i < spoils.size(); ++i) {
    SCOPED_TRACE(fmt::format("case {}", i));
    Attempt attempt = world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_GREEN);
    spoils[i](attempt);
    EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(absl::StatusCode::kInvalidArgument));
  }
}

TEST_F(GrantIntegration, IsDecidedTheSameWhateverOthersDo) {
  const absl::Time later = world_.now();
  const std::string quiet =
      Written(world_.Decide(world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_GREEN)));
  world_.Perform(world_.Grant(world_.Duty("FI"), "siem", v1::MARKING_RED));
  world_.Perform(world_.ToNamed(world_.Duty("FI"), {"SE"}));
  world_.SetNow(later);
  EXPECT_EQ(Written(world_.Decide(world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_GREEN))),
            quiet);
}

}  // namespace
}  // namespace cbm::rules
