// What is still to be said of a notification, and what people may write otherwise than the form has
// it.

#include "client/command/notify_form.h"

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
using ::testing::Pair;

class NotifyForm : public ::testing::Test {
 protected:
  std::vector<Blank> Blanks() { return BlanksOf(exchange_, arguments_).value(); }

  std::vector<std::string> OptionsLeft() {
    std::vector<std::string> options;
    const std::vector<Blank> blanks = Blanks();
    for (const Blank& blank : blanks) {
      options.push_back(blank.option);
    }
    return options;
  }

  const TestExchange founded_;
  const rules::Exchange exchange_ = founded_.exchange();
  NotifyArguments arguments_;
};

TEST_F(NotifyForm, NamesAllThatIsMissing) {
  EXPECT_THAT(OptionsLeft(), ElementsAre("--kind", "--to", "--measure", "--subject"));
  arguments_.kind = "evt";
  arguments_.to = "LV";
  EXPECT_THAT(OptionsLeft(), ElementsAre("--measure", "--subject", "--field title=...",
                                         "--field day=...", "--body"));
  const absl::Status named = NameBlanks(Blanks());
  EXPECT_EQ(ExitCodeOf(named), ExitCode::kUsage);
  EXPECT_THAT(MessageOf(named), HasSubstr("--field title=... (Which title?); --field day=..."));
}

TEST_F(NotifyForm, IsFilledByAnswersThatAreGood) {
  arguments_ = {.kind = "EVT",
                .to = {},
                .precedence = {},
                .context = {},
                .marking = {},
                .measures = {},
                .language = {}};
  const std::map<std::string, std::string> answers = {{"--to", "LV"},
                                                      {"--measure", "OSCE-3,UN-1"},
                                                      {"--subject", "Exercise"},
                                                      {"--field title=...", "Spring"},
                                                      {"--field day=...", "2026-05-04"},
                                                      {"--body", "What it is\nabout"}};
  const std::vector<Blank> blanks = Blanks();
  for (const Blank& blank : blanks) {
    EXPECT_EQ(blank.lines, blank.option == "--body");
    EXPECT_THAT(blank.fill(answers.at(blank.option)), IsOk()) << blank.option;
  }
  EXPECT_THAT(OptionsLeft(), IsEmpty());
  EXPECT_THAT(NameBlanks({}), IsOk());
  const v1::Manifest manifest = ManifestOf(exchange_, arguments_, *arguments_.text);
  EXPECT_EQ(manifest.subject(), "Exercise");
  EXPECT_EQ(manifest.body(), "What it is\nabout");
  ASSERT_EQ(manifest.fields_size(), 2);
  EXPECT_EQ(manifest.fields(0).name(), "day");
}

TEST_F(NotifyForm, TakesNoAnswerThatTheFormDoesNot) {
  arguments_.kind = "EVT";
  const std::vector<Blank> blanks = Blanks();
  for (const Blank& blank : blanks) {
    if (blank.option == "--field day=...") {
      EXPECT_THAT(MessageOf(blank.fill("tomorrow")), HasSubstr("day must be"));
    }
  }
}

TEST_F(NotifyForm, AsksForTheTextOfAKindWithoutForm) {
  arguments_ = {.kind = "FRE",
                .to = "LV",
                .precedence = {},
                .context = {},
                .marking = {},
                .measures = {"OSCE-3"},
                .language = {}};
  arguments_.subject = "S";
  EXPECT_THAT(OptionsLeft(), ElementsAre("--body"));
  arguments_.body = "-";
  EXPECT_THAT(OptionsLeft(), IsEmpty());
}

TEST_F(NotifyForm, ReadsFieldsByName) {
  std::map<std::string, std::string> fields;
  EXPECT_THAT(ReadFields({"product=A=B", "nature="}, fields), IsOk());
  EXPECT_THAT(fields, ElementsAre(Pair("nature", ""), Pair("product", "A=B")));
  for (const std::string bad : {"product", "=B", ""}) {
    EXPECT_EQ(ExitCodeOf(ReadFields({bad}, fields)), ExitCode::kUsage) << bad;
  }
  EXPECT_THAT(MessageOf(ReadFields({"a=1", "a=2"}, fields)), HasSubstr("a is given twice"));
}

TEST_F(NotifyForm, TakesTheTranslationOfAnOptionBeforeThatOfTheFile) {
  arguments_.kind = "FRE";
  for (const std::string text : {"of the option", "of the file"}) {
    v1::Translation& translation = arguments_.translations.emplace_back();
    translation.set_language("fr");
    translation.set_text(text);
  }
  const v1::Manifest manifest = ManifestOf(exchange_, arguments_, "Body");
  ASSERT_EQ(manifest.translations_size(), 1);
  EXPECT_EQ(manifest.translations(0).text(), "of the option");
}

TEST_F(NotifyForm, UnderstandsWhatPeopleWrite) {
  v1::FieldRule rule;
  rule.set_type(v1::FIELD_TYPE_STATES);
  EXPECT_EQ(AsTheFormWants(rule, "lv, EE"), "EE,LV");
  rule.set_type(v1::FIELD_TYPE_INSTANT);
  EXPECT_EQ(AsTheFormWants(rule, "2026-03-10 21:52"), "2026-03-10T21:52:00Z");
  EXPECT_EQ(AsTheFormWants(rule, "2026-03-10 21:52:07 UTC"), "2026-03-10T21:52:07Z");
  EXPECT_EQ(AsTheFormWants(rule, "2026-03-10T21:52:00.5Z"), "2026-03-10T21:52:00.5Z");
  EXPECT_EQ(AsTheFormWants(rule, "2026-02-30 21:52"), "2026-02-30 21:52");
  rule.set_type(v1::FIELD_TYPE_CHOICE);
  rule.add_choices("yes");
  EXPECT_EQ(AsTheFormWants(rule, "Yes"), "yes");
  EXPECT_EQ(AsTheFormWants(rule, "maybe"), "maybe");
  rule.set_type(v1::FIELD_TYPE_TEXT);
  EXPECT_EQ(AsTheFormWants(rule, "lv, EE"), "lv, EE");
  EXPECT_THAT(MessageOf(ReadInstant("--wanted-by", "soon").status()), HasSubstr("--wanted-by"));
}

}  // namespace
}  // namespace cbm
