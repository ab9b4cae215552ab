// What is still to be said of a request to consult.

#include "client/command/consult_form.h"

#include <map>
#include <string>
#include <vector>

#include "client/exit_code.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_exchange.h"

namespace cbm {
namespace {

using ::cbm::test::IsOk;
using ::cbm::test::TestExchange;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ConsultForm : public ::testing::Test {
 protected:
  std::vector<Blank> Blanks() { return BlanksOfRequest(exchange_, arguments_).value(); }

  std::vector<std::string> OptionsLeft() {
    std::vector<std::string> options;
    for (const Blank& blank : Blanks()) {
      options.push_back(blank.option);
    }
    return options;
  }

  absl::Status Fill(const std::string& option, const std::string& answer) {
    for (const Blank& blank : Blanks()) {
      if (blank.option == option) {
        return blank.fill(answer);
      }
    }
    return absl::NotFoundError(option);
  }

  const TestExchange founded_;
  const rules::Exchange exchange_ = founded_.exchange();
  RequestArguments arguments_;
};

TEST_F(ConsultForm, NamesAllThatIsMissingAndTheTextLast) {
  EXPECT_THAT(OptionsLeft(), ElementsAre("--to", "--measure", "--time", "--level", "--format",
                                         "--subject", "--body"));
  arguments_.notify.to = "LV";
  arguments_.notify.subject = "The night";
  arguments_.level = "policy";
  EXPECT_THAT(OptionsLeft(), ElementsAre("--measure", "--time", "--format", "--body"));
  arguments_.notify.measures = {"OSCE-3"};
  arguments_.notify.body = "-";
  EXPECT_THAT(OptionsLeft(), ElementsAre("--time", "--format"));
}

TEST_F(ConsultForm, IsFilledByAnswersThatAreGood) {
  const std::map<std::string, std::string> answers = {
      {"--to", "lv, FI"},
      {"--measure", "OSCE-3"},
      {"--time", "2026-03-12 09:00,2026-03-13T10:00Z"},
      {"--level", "Policy"},
      {"--format", "video"},
      {"--subject", "The night"},
      {"--body", "We ask\nto consult."}};
  for (const auto& [option, answer] : answers) {
    EXPECT_THAT(Fill(option, answer), IsOk()) << option;
  }
  EXPECT_THAT(OptionsLeft(), IsEmpty());
  EXPECT_EQ(arguments_.notify.to, "lv, FI");
  EXPECT_THAT(arguments_.times, ElementsAre("2026-03-12 09:00", "2026-03-13T10:00Z"));
  EXPECT_EQ(arguments_.level, "Policy");
  EXPECT_EQ(arguments_.format, "video");
  EXPECT_EQ(arguments_.notify.text, "We ask\nto consult.");
}

TEST_F(ConsultForm, TakesNoAnswerThatIsNone) {
  const std::map<std::string, std::vector<std::string>> wrong = {
      {"--to", {"ALL", "all/OSCE", "SECRETARIAT", "XX", "LV,XX"}},
      {"--measure", {"OSCE-99"}},
      {"--time", {"soon", "2026-03-12 09:00,soon", ","}},
      {"--level", {"high"}},
      {"--format", {"chess"}}};
  for (const auto& [option, answers] : wrong) {
    for (const std::string& answer : answers) {
      EXPECT_EQ(ExitCodeOf(Fill(option, answer)), ExitCode::kUsage) << option << ' ' << answer;
    }
  }
  EXPECT_THAT(MessageOf(Fill("--to", "ALL")), HasSubstr("must name States"));
  EXPECT_THAT(OptionsLeft(), ElementsAre("--to", "--measure", "--time", "--level", "--format",
                                         "--subject", "--body"));
}

TEST_F(ConsultForm, HasOneTextOfSeveralLines) {
  for (const Blank& blank : Blanks()) {
    EXPECT_EQ(blank.lines, blank.option == "--body") << blank.option;
  }
}

}  // namespace
}  // namespace cbm
