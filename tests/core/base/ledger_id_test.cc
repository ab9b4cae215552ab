// Names of ledgers: reading takes a ledger and nothing else, so a name that means two things, or a
// text that passes for a name, would be a reader's way into what is not its own.

#include "core/base/ledger_id.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

TEST(LedgerId, IsNamedAfterItsReader) {
  EXPECT_EQ(LedgerId::State("EE").text(), "state/EE");
  EXPECT_EQ(LedgerId::Integration("EE", "siem").text(), "integration/EE-siem");
  EXPECT_EQ(LedgerId::Secretariat().text(), "secretariat");
  EXPECT_EQ(LedgerId::Chair("2026").text(), "chair/2026");
  EXPECT_EQ(LedgerId::Auditor().text(), "auditor");
  EXPECT_EQ(LedgerId::All("OSCE").text(), "ALL/OSCE");
}

TEST(LedgerId, NamesTheReaderToWhomAnActIsDelivered) {
  EXPECT_EQ(LedgerId::State("EE").delivered_name(), "EE");
  EXPECT_EQ(LedgerId::Secretariat().delivered_name(), "SECRETARIAT");
  EXPECT_EQ(LedgerId::All("OSCE").delivered_name(), "ALL/OSCE");
  EXPECT_EQ(LedgerId::Integration("EE", "siem").delivered_name(), "");
  EXPECT_EQ(LedgerId::Chair("2026").delivered_name(), "");
  EXPECT_EQ(LedgerId::Auditor().delivered_name(), "");
}

TEST(LedgerId, OfAPartyIsOneForAllItsOffices) {
  EXPECT_EQ(LedgerId::OfParty("EE", "duty"), LedgerId::State("EE"));
  EXPECT_EQ(LedgerId::OfParty("EE", "mfa"), LedgerId::State("EE"));
  EXPECT_EQ(LedgerId::OfParty("SECRETARIAT", "main"), LedgerId::Secretariat());
  EXPECT_EQ(LedgerId::OfParty("AUDITOR", "first"), LedgerId::Auditor());
}

TEST(LedgerId, OfAChairIsOneForEachMandate) {
  EXPECT_EQ(LedgerId::OfParty("CHAIR", "2026"), LedgerId::Chair("2026"));
  EXPECT_NE(LedgerId::OfParty("CHAIR", "2026"), LedgerId::OfParty("CHAIR", "2027"));
}

TEST(LedgerId, ReadsEveryNameThatItGives) {
  for (const LedgerId& id :
       {LedgerId::State("EE"), LedgerId::Integration("EE", "siem"),
        LedgerId::Integration("EE", "a-b"), LedgerId::Secretariat(), LedgerId::Chair("2026"),
        LedgerId::Auditor(), LedgerId::All("OSCE"), LedgerId::All(std::string(16, 'A')),
        LedgerId::Chair(std::string(32, 'a'))}) {
    SCOPED_TRACE(id.text());
    const auto read = LedgerId::Parse(id.text());
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(*read, id);
  }
}

TEST(LedgerId, ReadsNothingElse) {
  for (const std::string& text : {std::string(),
                                  std::string("state"),
                                  std::string("state/"),
                                  std::string("state/ee"),
                                  std::string("state/EEE"),
                                  std::string("state/E"),
                                  std::string("state/EE/"),
                                  std::string("State/EE"),
                                  std::string("state/EE "),
                                  std::string("EE"),
                                  std::string("integration/EE"),
                                  std::string("integration/EE-"),
                                  std::string("integration/EE-SIEM"),
                                  std::string("integration/EEsiem"),
                                  std::string("integration/EE--siem"),
                                  std::string("integration/EE-siem-"),
                                  std::string("secretariat/"),
                                  std::string("secretariat/main"),
                                  std::string("auditor/x"),
                                  std::string("chair"),
                                  std::string("chair/"),
                                  std::string("chair/-2026"),
                                  std::string("ALL"),
                                  std::string("ALL/"),
                                  std::string("ALL/osce"),
                                  std::string("all/OSCE"),
                                  std::string("ALL/OSCE/UN"),
                                  "ALL/" + std::string(17, 'A'),
                                  "chair/" + std::string(33, 'a'),
                                  std::string("state/E\0", 8),
                                  std::string("anchor")}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(LedgerId::Parse(text), HasCode(absl::StatusCode::kInvalidArgument));
  }
}

TEST(LedgerId, TellsItsKindAndWhoseItIs) {
  EXPECT_TRUE(LedgerId::State("EE").is_state());
  EXPECT_FALSE(LedgerId::State("EE").is_integration());
  EXPECT_EQ(LedgerId::State("EE").state(), "EE");
  EXPECT_TRUE(LedgerId::Integration("EE", "siem").is_integration());
  EXPECT_FALSE(LedgerId::Integration("EE", "siem").is_state());
  EXPECT_EQ(LedgerId::Integration("EE", "siem").state(), "EE");
  EXPECT_EQ(LedgerId::Integration("EE", "siem").name(), "EE-siem");
  EXPECT_TRUE(LedgerId::All("OSCE").is_all());
  EXPECT_EQ(LedgerId::All("OSCE").name(), "OSCE");
  EXPECT_EQ(LedgerId::Chair("2026").name(), "2026");
  for (const LedgerId& id : {LedgerId::Secretariat(), LedgerId::Auditor(), LedgerId::All("OSCE"),
                             LedgerId::Chair("2026")}) {
    SCOPED_TRACE(id.text());
    EXPECT_EQ(id.state(), "");
    EXPECT_FALSE(id.is_state());
    EXPECT_FALSE(id.is_integration());
  }
  EXPECT_EQ(LedgerId::Secretariat().name(), "");
  EXPECT_FALSE(LedgerId::Secretariat().is_all());
}

TEST(StateCode, IsTwoCapitals) {
  EXPECT_TRUE(IsStateCode("EE"));
  for (const std::string_view text : {"", "E", "EEE", "ee", "Ee", "E1", "E ", "SECRETARIAT"}) {
    EXPECT_FALSE(IsStateCode(text)) << text;
  }
}

TEST(OfficeName, IsOneTo32LowerCaseDigitsAndInnerHyphens) {
  for (const std::string& text :
       {std::string("a"), std::string("7"), std::string("first-watch-2"), std::string(32, 'a')}) {
    EXPECT_TRUE(IsOfficeName(text)) << text;
  }
  for (const std::string& text :
       {std::string(), std::string(33, 'a'), std::string("-"), std::string("-a"), std::string("a-"),
        std::string("A"), std::string("a b"), std::string("a/b"), std::string("a\n"),
        std::string("\xC3\xA4")}) {
    EXPECT_FALSE(IsOfficeName(text)) << text;
  }
}

}  // namespace
}  // namespace cbm
