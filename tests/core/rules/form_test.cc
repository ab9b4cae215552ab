// Forms: what a notification of a kind has to say, and how. Each type of field is tried with values
// that are good and values that are nearly so.

#include "core/rules/form.h"

#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/rules_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::rules {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

v1::FieldRule RuleOf(v1::FieldType type) {
  v1::FieldRule rule;
  rule.set_name("field");
  rule.set_type(type);
  rule.set_place(v1::FIELD_PLACE_FIELD);
  rule.set_question("What?");
  return rule;
}

v1::FieldRule Bounded(v1::FieldType type, int64_t min, int64_t max) {
  v1::FieldRule rule = RuleOf(type);
  rule.mutable_bounds()->set_min(min);
  rule.mutable_bounds()->set_max(max);
  return rule;
}

class Form : public ::testing::Test {
 protected:
  Form() {
    notification_.set_kind("EVT");
    manifest_.set_body("An exercise.");
    Set("day", "2026-05-04");
    Set("title", "Spring exercise");
  }

  void Set(const std::string& name, const std::string& value) {
    for (v1::Field& field : *manifest_.mutable_fields()) {
      if (field.name() == name) {
        field.set_value(value);
        return;
      }
    }
    v1::Field& field = *manifest_.add_fields();
    field.set_name(name);
    field.set_value(value);
  }

  absl::Status Check() const { return CheckForm(exchange_, notification_, manifest_); }

  void Expect(const v1::FieldRule& rule, const std::vector<std::string>& good,
              const std::vector<std::string>& bad) {
    for (const std::string& value : good) {
      EXPECT_EQ(WrongWith(exchange_, rule, value), std::nullopt) << value;
    }
    for (const std::string& value : bad) {
      EXPECT_NE(WrongWith(exchange_, rule, value), std::nullopt) << value;
    }
  }

  const Exchange exchange_ = Exchange::Create(test::RulesGenesis(), "test/id", {}).value();
  v1::Notification notification_;
  v1::Manifest manifest_;
};

TEST_F(Form, IsGoodWithAllThatIsRequired) { EXPECT_THAT(Check(), IsOk()); }

TEST_F(Form, NamesAllThatIsMissingOrWrongAtOnce) {
  manifest_.clear_fields();
  manifest_.clear_body();
  Set("level", "high");
  Set("sort", "large");
  const absl::Status refused = Check();
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kInvalidArgument));
  for (const std::string_view part :
       {"title must be there: Which title?", "day must be there", "text must be there",
        "level must be a whole number", "EVT has no field 'sort'", "title, day, level"}) {
    EXPECT_THAT(std::string(refused.message()), HasSubstr(std::string(part)));
  }
  const std::vector<FormFault> faults = FaultsOf(exchange_, notification_, manifest_);
  ASSERT_THAT(faults, SizeIs(5));
  EXPECT_TRUE(faults[0].missing);
  EXPECT_FALSE(faults[3].missing);
}

TEST_F(Form, OfAnEmptyValueIsThatOfNone) {
  Set("title", "");
  EXPECT_THAT(Check(), HasCode(absl::StatusCode::kInvalidArgument));
  Set("title", "T");
  Set("level", "");
  EXPECT_THAT(Check(), IsOk());
}

TEST_F(Form, DoesNotTakeTheBodyFromAField) {
  manifest_.clear_body();
  Set("text", "An exercise.");
  const std::string says(Check().message());
  EXPECT_THAT(says, HasSubstr("text must be there"));
  EXPECT_THAT(says, HasSubstr("no field 'text'"));
}

TEST_F(Form, IsNotLookedAtForAKindWithoutOneOrThatIsNotThere) {
  Set("anything", "at all");
  for (const std::string kind : {"INC", "NONE"}) {
    notification_.set_kind(kind);
    EXPECT_THAT(FaultsOf(exchange_, notification_, manifest_), IsEmpty());
  }
}

TEST_F(Form, TextIsOneLineWithinItsBounds) {
  Expect(Bounded(v1::FIELD_TYPE_TEXT, 2, 4), {"ab", "abcd", "Ēēēē"}, {"a", "abcde", "a\nb"});
  Expect(RuleOf(v1::FIELD_TYPE_TEXT), {"a", std::string(4'000, 'a')}, {"a\tb", "a\xC2\x85z"});
  Expect(Bounded(v1::FIELD_TYPE_LINES, 1, 5), {"a\nb"}, {"a\nbcde"});
}

TEST_F(Form, ChoiceIsOneOfItsList) {
  v1::FieldRule rule = RuleOf(v1::FIELD_TYPE_CHOICE);
  rule.add_choices("yes");
  rule.add_choices("no");
  Expect(rule, {"yes", "no"}, {"Yes", "maybe", "yes,no", " yes"});
  EXPECT_EQ(WrongWith(exchange_, rule, "maybe"), "one of yes, no");
}

TEST_F(Form, DateIsADayThatThereIs) {
  Expect(RuleOf(v1::FIELD_TYPE_DATE), {"2026-03-10", "2028-02-29"},
         {"2026-02-29", "2026-13-01", "2026-3-10", "10.03.2026", "2026-03-10T00:00:00Z",
          "2026-03-10,2026-03-11", "+026-03-10"});
  Expect(Bounded(v1::FIELD_TYPE_DATE, 1, 2), {"2026-03-10", "2026-03-10,2026-03-11"},
         {"2026-03-11,2026-03-10", "2026-03-10,2026-03-10", "2026-03-10,",
          "2026-03-10,2026-03-11,2026-03-12"});
}

TEST_F(Form, InstantIsInUtcAndSaysSo) {
  Expect(RuleOf(v1::FIELD_TYPE_INSTANT),
         {"2026-03-10T21:52:00Z", "2028-02-29T00:00:00Z", "2026-03-10T21:52:00.5Z"},
         {"2026-03-10T21:52:00", "2026-03-10T21:52:00+02:00", "2026-03-10 21:52:00Z",
          "2026-02-29T00:00:00Z", "2026-03-10T24:00:00Z", "2026-03-10T21:52Z", "infinite-future"});
  EXPECT_EQ(ParseInstant("1970-01-02T00:00:00Z"), absl::FromUnixSeconds(86'400));
}

TEST_F(Form, StatesAndMeasuresAreThoseOfTheExchange) {
  Expect(Bounded(v1::FIELD_TYPE_STATES, 1, 3), {"EE", "EE,FI,LV"},
         {"XX", "EE,XX", "LV,EE", "EE,EE", "ee", "EE,FI,LT,LV"});
  Expect(Bounded(v1::FIELD_TYPE_MEASURES, 1, 2), {"OSCE-3", "OSCE-3,UN-7"},
         {"OSCE-99", "UN-7,OSCE-3", "OSCE-1,OSCE-2,OSCE-3"});
  Expect(RuleOf(v1::FIELD_TYPE_STATES), {"EE"}, {"EE,FI"});
}

TEST_F(Form, NumberIsWholeAndWithinItsBounds) {
  Expect(Bounded(v1::FIELD_TYPE_NUMBER, 1, 5), {"1", "5"}, {"0", "6", "01", "+1", "1.0", " 1", ""});
  Expect(RuleOf(v1::FIELD_TYPE_NUMBER), {"-3", "9223372036854775807"},
         {"9223372036854775808", "-0", "x"});
}

TEST_F(Form, TakesTranslationsIntoOtherLanguagesOfTheMeasuresFrameworks) {
  notification_.add_measures("OSCE-3");
  notification_.set_language("en");
  v1::Translation& translation = *manifest_.add_translations();
  for (const std::string language : {"fr", "ru"}) {
    translation.set_language(language);
    EXPECT_THAT(Check(), IsOk());
  }
  for (const std::string language : {"en", "lv", "FR"}) {
    translation.set_language(language);
    EXPECT_THAT(std::string(Check().message()), HasSubstr("fr, ru; '" + language + "' is none"));
  }
  translation.set_language("ru");  // Of OSCE, not of UN.
  notification_.set_measures(0, "UN-3");
  EXPECT_THAT(Check(), HasCode(absl::StatusCode::kInvalidArgument));
  notification_.set_kind("INC");  // Which has no form.
  EXPECT_THAT(Check(), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(Form, HasASubjectWhereTheKindRequiresOne) {
  EXPECT_THAT(Check(), IsOk()) << "an event's is not looked at";
  notification_.set_kind("CRQ");
  v1::Manifest manifest;
  manifest.set_body("Why we ask.");
  const absl::Status missing = CheckForm(exchange_, notification_, manifest);
  EXPECT_THAT(missing, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(missing.message()), HasSubstr("subject must be there"));
  manifest.set_subject("The incident");
  EXPECT_THAT(CheckForm(exchange_, notification_, manifest), IsOk());
}

TEST_F(Form, IsThatOfWhatAnActSends) {
  v1::Act act;
  EXPECT_EQ(SentBy(act), nullptr);
  act.mutable_open();
  EXPECT_EQ(SentBy(act), nullptr);
  act.mutable_submit()->mutable_notification()->set_kind("EVT");
  ASSERT_NE(SentBy(act), nullptr);
  EXPECT_EQ(SentBy(act)->kind(), "EVT");
  EXPECT_EQ(FormedBy(act), SentBy(act));
  act.mutable_consultation_request()->mutable_notification()->set_kind("CRQ");
  EXPECT_EQ(SentBy(act), nullptr) << "a consultation is no notification";
  ASSERT_NE(FormedBy(act), nullptr);
  EXPECT_EQ(FormedBy(act)->kind(), "CRQ");
}

}  // namespace
}  // namespace cbm::rules
