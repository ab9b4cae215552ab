// What an exchange is from its genesis on. A document that is not complete and consistent founds
// none: each test of that spoils one thing in one that is.

#include "core/rules/exchange.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/rules_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::rules {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::RulesGenesis;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Exchange Good() { return Exchange::Create(RulesGenesis(), "test/id", {}).value(); }

std::vector<std::string> AllOf(const LedgerId& ledger) {
  std::vector<std::string> names;
  for (const LedgerId& all : Good().AllLedgersOf(ledger)) {
    names.push_back(all.text());
  }
  return names;
}

v1::FieldRule& FieldOf(v1::Genesis& genesis) {
  return *genesis.mutable_notification_kinds(2)->mutable_fields(0);
}

TEST(Exchange, IsNotFoundedOnADocumentThatIsIncompleteOrInconsistent) {
  struct Case {
    std::string says;
    std::function<void(v1::Genesis&)> spoil;
  };
  const std::vector<Case> cases = {
      {"purpose", [](v1::Genesis& g) { g.set_purpose("cbm.v1/act"); }},
      {"version", [](v1::Genesis& g) { g.set_version(2); }},
      {"log key", [](v1::Genesis& g) { g.clear_log_key(); }},
      {"log key", [](v1::Genesis& g) { g.set_log_key(std::string(31, 'k')); }},
      {"log key", [](v1::Genesis& g) { g.set_log_key(std::string(33, 'k')); }},
      {"certificate of the secretariat", [](v1::Genesis& g) { g.clear_secretariat_certificate(); }},
      {"no framework", [](v1::Genesis& g) { g.clear_frameworks(); }},
      {"framework badly", [](v1::Genesis& g) { g.mutable_frameworks(0)->set_id("osce"); }},
      {"framework badly", [](v1::Genesis& g) { g.mutable_frameworks(0)->clear_id(); }},
      {"or twice: 'UN'", [](v1::Genesis& g) { *g.add_frameworks() = g.frameworks(1); }},
      {"language", [](v1::Genesis& g) { g.mutable_frameworks(1)->clear_languages(); }},
      {"clocks", [](v1::Genesis& g) { g.mutable_frameworks(1)->clear_clocks(); }},
      {"clocks",
       [](v1::Genesis& g) {
         g.mutable_frameworks(0)->mutable_clocks()->mutable_acknowledge_urgent()->set_seconds(-1);
       }},
      {"measure",
       [](v1::Genesis& g) { g.mutable_frameworks(1)->mutable_measures(0)->set_id("OSCE-3"); }},
      {"measure", [](v1::Genesis& g) { g.mutable_frameworks(1)->mutable_measures(0)->clear_id(); }},
      {"member",
       [](v1::Genesis& g) { g.mutable_frameworks(0)->mutable_members(0)->set_code("FI"); }},
      {"member",
       [](v1::Genesis& g) { g.mutable_frameworks(0)->mutable_members(0)->set_code("EST"); }},
      {"member",
       [](v1::Genesis& g) { g.mutable_frameworks(0)->mutable_members(0)->clear_membership(); }},
      {"kind", [](v1::Genesis& g) { g.mutable_notification_kinds(0)->clear_kind(); }},
      {"kind", [](v1::Genesis& g) { g.mutable_notification_kinds(0)->set_kind("FRE"); }},
      {"named with", [](v1::Genesis& g) { FieldOf(g).set_name("Title"); }},
      {"named with", [](v1::Genesis& g) { FieldOf(g).clear_name(); }},
      {"twice", [](v1::Genesis& g) { FieldOf(g).set_name("day"); }},
      {"without a type", [](v1::Genesis& g) { FieldOf(g).clear_type(); }},
      {"without a place", [](v1::Genesis& g) { FieldOf(g).clear_place(); }},
      {"without a question", [](v1::Genesis& g) { FieldOf(g).clear_question(); }},
      {"no choices", [](v1::Genesis& g) { FieldOf(g).set_type(v1::FIELD_TYPE_CHOICE); }},
      {"no choices", [](v1::Genesis& g) { FieldOf(g).add_choices("yes"); }},
      {"more than its most", [](v1::Genesis& g) { FieldOf(g).mutable_bounds()->set_min(1); }},
  };
  ASSERT_THAT(Exchange::Create(RulesGenesis(), "test/id", {}), IsOk());
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(fmt::format("case {}: {}", i, cases[i].says));
    v1::Genesis genesis = RulesGenesis();
    cases[i].spoil(genesis);
    const auto exchange = Exchange::Create(genesis, "test/id", {});
    EXPECT_THAT(exchange, HasCode(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(std::string(exchange.status().message()), HasSubstr(cases[i].says));
  }
}

TEST(Exchange, FindsWhatTheDocumentNames) {
  const Exchange exchange = Good();
  EXPECT_EQ(exchange.id(), "test/id");
  ASSERT_NE(exchange.FindFramework("UN"), nullptr);
  EXPECT_EQ(exchange.FindFramework("UN")->id(), "UN");
  EXPECT_EQ(exchange.FindFramework("NATO"), nullptr);
  ASSERT_NE(exchange.FindKind("INC"), nullptr);
  EXPECT_TRUE(exchange.FindKind("INC")->acknowledgement_asked());
  EXPECT_EQ(exchange.FindKind("inc"), nullptr);
  ASSERT_NE(exchange.FrameworkOfMeasure("OSCE-16"), nullptr);
  EXPECT_EQ(exchange.FrameworkOfMeasure("OSCE-16")->id(), "OSCE");
  EXPECT_EQ(exchange.FrameworkOfMeasure("OSCE-17"), nullptr);
  EXPECT_EQ(exchange.NameOf("EE"), "Estonia");
  EXPECT_EQ(exchange.NameOf("XX"), "XX");
}

// The framework's pointers must live as long as the exchange, wherever it is moved or copied.
TEST(Exchange, KeepsWhatItNamesWhenItIsCopied) {
  const Exchange copy = [] {
    const Exchange first = Good();
    return Exchange(first);
  }();
  EXPECT_EQ(copy.FrameworkOfMeasure("UN-1")->id(), "UN");
}

TEST(Exchange, TellsPartnersFromParticipants) {
  const Exchange exchange = Good();
  EXPECT_TRUE(exchange.IsState("KR"));
  EXPECT_FALSE(exchange.IsState("XX"));
  EXPECT_FALSE(exchange.IsState("SECRETARIAT"));
  EXPECT_FALSE(exchange.Participates("JP", "OSCE"));
  EXPECT_TRUE(exchange.Participates("JP", "UN"));
  EXPECT_FALSE(exchange.Participates("LT", "UN"));
  EXPECT_FALSE(exchange.Participates("EE", "NATO"));
  EXPECT_THAT(exchange.Participants("OSCE"), ElementsAre("EE", "FI", "LT", "LV", "SE"));
  EXPECT_THAT(exchange.Participants("UN"), ElementsAre("EE", "FI", "JP", "LV", "SE"));
  EXPECT_THAT(exchange.Participants("NATO"), IsEmpty());
  EXPECT_THAT(exchange.FrameworksOf("EE"), ElementsAre("OSCE", "UN"));
  EXPECT_THAT(exchange.FrameworksOf("KR"), IsEmpty());
  EXPECT_THAT(exchange.FrameworksOf(""), IsEmpty());
}

TEST(Exchange, GivesEachReaderTheAllLedgersItBelongsTo) {
  EXPECT_THAT(AllOf(LedgerId::State("EE")), ElementsAre("ALL/OSCE", "ALL/UN"));
  EXPECT_THAT(AllOf(LedgerId::State("LT")), ElementsAre("ALL/OSCE"));
  EXPECT_THAT(AllOf(LedgerId::State("JP")), ElementsAre("ALL/UN"));
  EXPECT_THAT(AllOf(LedgerId::Integration("JP", "siem")), ElementsAre("ALL/UN"));
  EXPECT_THAT(AllOf(LedgerId::Secretariat()), ElementsAre("ALL/OSCE", "ALL/UN"));
  EXPECT_THAT(AllOf(LedgerId::Chair("2026")), ElementsAre("ALL/OSCE", "ALL/UN"));
  EXPECT_THAT(AllOf(LedgerId::State("KR")), IsEmpty());
  EXPECT_THAT(AllOf(LedgerId::State("XX")), IsEmpty());
  EXPECT_THAT(AllOf(LedgerId::Auditor()), IsEmpty());
  EXPECT_THAT(AllOf(LedgerId::All("OSCE")), IsEmpty());
}

TEST(Exchange, TakesTheClocksOfTheMeasuresFramework) {
  v1::Genesis genesis = RulesGenesis();
  genesis.mutable_frameworks(1)->mutable_clocks()->mutable_acknowledge_urgent()->set_seconds(7);
  const Exchange exchange = Exchange::Create(genesis, "test/id", {}).value();
  EXPECT_EQ(exchange.AcknowledgeWithin(v1::PRECEDENCE_EMERGENCY, "OSCE-3"), absl::Hours(2));
  EXPECT_EQ(exchange.AcknowledgeWithin(v1::PRECEDENCE_URGENT, "OSCE-3"), absl::Hours(24));
  EXPECT_EQ(exchange.AcknowledgeWithin(v1::PRECEDENCE_ROUTINE, "OSCE-3"), absl::Hours(120));
  EXPECT_EQ(exchange.AcknowledgeWithin(v1::PRECEDENCE_URGENT, "UN-3"), absl::Seconds(7));
}

}  // namespace
}  // namespace cbm::rules
