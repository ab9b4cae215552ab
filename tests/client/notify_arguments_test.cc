// What `cbm notify` understands by what was typed: nothing may go to anybody who was not meant.

#include "client/command/notify_arguments.h"

#include "client/exit_code.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_exchange.h"

namespace cbm {
namespace {

using ::cbm::test::IsOk;
using ::cbm::test::TestExchange;
using ::cbm::test::TestGenesis;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::Genesis GenesisWithGreece() {
  v1::Genesis genesis = TestGenesis();
  for (const auto& [code, name] : {std::pair("GR", "Greece"), std::pair("GB", "United Kingdom")}) {
    v1::Member& member = *genesis.mutable_frameworks(0)->add_members();
    member.set_code(code);
    member.set_name(name);
    member.set_membership(v1::MEMBERSHIP_PARTICIPATING);
    member.set_protocol_order(static_cast<uint32_t>(genesis.frameworks(0).members_size()));
  }
  return genesis;
}

class NotifyArgumentsTest : public ::testing::Test {
 protected:
  absl::StatusOr<NotifyPlan> Plan(const std::string& to,
                                  std::vector<std::string> measures = {"OSCE-3"},
                                  const std::string& marking = "") {
    return PlanNotify({.kind = "INC",
                       .to = to,
                       .precedence = {},
                       .context = {},
                       .marking = marking,
                       .measures = std::move(measures),
                       .language = {},
                       .show_list = false},
                      exchange_);
  }

  const TestExchange founded_{GenesisWithGreece()};
  const rules::Exchange exchange_ = founded_.exchange();
};

TEST_F(NotifyArgumentsTest, TakesStatesByCode) {
  const auto plan = Plan("LV, fi,LV");
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(plan->states, ElementsAre("FI", "LV"));
  EXPECT_EQ(plan->notification.marking(), v1::MARKING_AMBER);
  EXPECT_EQ(plan->notification.precedence(), v1::PRECEDENCE_ROUTINE);
  EXPECT_EQ(plan->notification.context(), v1::CONTEXT_REAL);
  EXPECT_EQ(plan->list, v1::LIST_VISIBILITY_HIDDEN);
  EXPECT_THAT(plan->notices, IsEmpty());
  EXPECT_EQ(DescribeAudience(*plan, exchange_), "Finland (FI), Latvia (LV)");
}

TEST_F(NotifyArgumentsTest, SaysHowItUnderstoodElAndUk) {
  const auto plan = Plan("EL,UK");
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(plan->states, ElementsAre("GB", "GR"));
  EXPECT_THAT(plan->notices, ElementsAre(HasSubstr("EL is understood as GR"),
                                         HasSubstr("UK is understood as GB")));
}

TEST_F(NotifyArgumentsTest, TakesAllForTheFrameworkOfTheMeasures) {
  const auto plan = Plan("ALL", {"OSCE-3,OSCE-2"});
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->framework, "OSCE");
  EXPECT_EQ(plan->notification.marking(), v1::MARKING_GREEN);
  EXPECT_THAT(plan->notification.measures(), ElementsAre("OSCE-2", "OSCE-3"));
}

TEST_F(NotifyArgumentsTest, AsksWhichFrameworkIfMeasuresAreOfTwo) {
  const auto plan = Plan("ALL", {"OSCE-3", "UN-2"});
  EXPECT_EQ(ExitCodeOf(plan.status()), ExitCode::kUsage);
  EXPECT_THAT(MessageOf(plan.status()), HasSubstr("ALL/OSCE"));
  EXPECT_EQ(Plan("ALL/UN", {"OSCE-3", "UN-2"})->framework, "UN");
}

TEST_F(NotifyArgumentsTest, RefusesAddresseesThatAreNone) {
  for (const char* const to : {"", ",", "XX", "LV,XX", "ALL,LV", "SECRETARIAT,LV", "ALL/NATO"}) {
    EXPECT_EQ(ExitCodeOf(Plan(to).status()), ExitCode::kUsage) << to;
  }
}

TEST_F(NotifyArgumentsTest, RefusesMeasuresThatAreNone) {
  EXPECT_EQ(ExitCodeOf(Plan("LV", {"OSCE-99"}).status()), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeOf(Plan("LV", {}).status()), ExitCode::kUsage);
}

TEST_F(NotifyArgumentsTest, SendsWhiteAsClearAndSaysSo) {
  const auto plan = Plan("LV", {"OSCE-3"}, "white");
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->notification.marking(), v1::MARKING_CLEAR);
  EXPECT_THAT(plan->notices, ElementsAre(HasSubstr("CLEAR")));
}

TEST_F(NotifyArgumentsTest, TakesTheSecretariatAlone) {
  const auto plan = Plan("secretariat");
  ASSERT_THAT(plan, IsOk());
  EXPECT_TRUE(plan->secretariat);
  EXPECT_EQ(plan->notification.marking(), v1::MARKING_AMBER);
}

TEST(KindToSend, NamesTheCommandThatMakesAnotherKind) {
  v1::Genesis genesis = TestGenesis();
  genesis.mutable_notification_kinds(0)->set_made_by("reply");
  const TestExchange founded(genesis);
  const rules::Exchange exchange = founded.exchange();
  const auto other = KindToSend(exchange, "inc");
  EXPECT_EQ(ExitCodeOf(other.status()), ExitCode::kUsage);
  EXPECT_THAT(MessageOf(other.status()), HasSubstr("cbm reply makes it"));
  EXPECT_THAT(MessageOf(KindToSend(exchange, "XYZ").status()),
              AllOf(HasSubstr("'XYZ'"), HasSubstr("FRE")));
  const auto sent = KindToSend(exchange, "fre");
  ASSERT_THAT(sent, IsOk());
  EXPECT_EQ((*sent)->kind(), "FRE");
}

TEST(ReadInstant, IsUtcUnlessItHasAnOffset) {
  const absl::Time nine = absl::FromUnixSeconds(1'773'306'000);  // 2026-03-12 09:00 UTC.
  for (const std::string typed :
       {"2026-03-12T09:00Z", "2026-03-12T09:00:00Z", "2026-03-12 09:00", "2026-03-12 09:00:00",
        "2026-03-12T09:00", "2026-03-12 09:00 UTC", "2026-03-12 09:00:00 UTC",
        "2026-03-12T11:00+02:00", "2026-03-12 11:00+02:00", "2026-03-12T11:00:00+02:00"}) {
    const auto time = ReadInstant("--from", typed);
    ASSERT_THAT(time, IsOk()) << typed;
    EXPECT_EQ(*time, nine) << typed;
  }
}

TEST(ReadInstant, ThatIsNoneIsAUsageErrorWhichNamesTheOption) {
  for (const std::string typed :
       {"", "soon", "2026-03-12", "09:00", "2026-02-30T09:00Z", "2026-04-31 09:00",
        "2026-04-31T09:00+02:00", "2026-03-12T25:00Z", "2026-03-12T09:00:60Z",
        "2026-03-12 09:00:60", "12/03/2026 09:00", "2026-03-12 09:00 EET"}) {
    const absl::Status status = ReadInstant("--from", typed).status();
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage) << typed;
    EXPECT_THAT(MessageOf(status), HasSubstr("--from"));
  }
}

TEST(CheckSubject, RefusesWhatNobodySees) {
  for (const std::string subject :
       {"", " ", "\t", "\u00A0", " \u00A0\u2003\u3000 ", "\u200B", "\uFEFF\u2060"}) {
    EXPECT_EQ(ExitCodeOf(CheckSubject(subject)), ExitCode::kUsage) << subject;
  }
  for (const std::string subject : {"x", "\u00A0x", "\u10E1", " .", "\xFF"}) {
    EXPECT_THAT(CheckSubject(subject), IsOk()) << subject;
  }
}

TEST(CheckSubject, RefusesMoreCharactersThanAreAllowed) {
  std::string subject;
  for (int i = 0; i < 200; ++i) {
    subject += "\u10E1";
  }
  EXPECT_THAT(CheckSubject(subject), IsOk());
  const absl::Status refused = CheckSubject(subject + "x");
  EXPECT_EQ(ExitCodeOf(refused), ExitCode::kUsage);
  EXPECT_THAT(MessageOf(refused), HasSubstr("201 characters; at most 200"));
}

}  // namespace
}  // namespace cbm
