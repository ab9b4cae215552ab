// A whole notification as a file: what is typed stands before it, and nothing in it is passed over.

#include "client/command/notification_file.h"

#include <string>

#include "client/exit_code.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::string Refused(const std::string& json) {
  NotifyArguments arguments;
  const absl::Status status = ReadNotificationFile(json, arguments);
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage) << json;
  return MessageOf(status);
}

TEST(NotificationFile, SaysAllThatOptionsCan) {
  NotifyArguments arguments;
  ASSERT_THAT(ReadNotificationFile(R"({
      "kind": "INC", "to": ["LV", "FI"], "precedence": "URGENT", "context": "TEST",
      "marking": "AMBER", "measures": ["OSCE-3", "UN-7"], "language": "fr", "show_list": true,
      "subject": "One line", "body": "Two\nlines",
      "fields": {"cross_border": "yes", "severity": 4, "affected_states": ["LT", "LV"]}})",
                                   arguments),
              IsOk());
  EXPECT_EQ(arguments.kind, "INC");
  EXPECT_EQ(arguments.to, "LV,FI");
  EXPECT_EQ(arguments.precedence, "URGENT");
  EXPECT_EQ(arguments.context, "TEST");
  EXPECT_EQ(arguments.marking, "AMBER");
  EXPECT_THAT(arguments.measures, ElementsAre("OSCE-3", "UN-7"));
  EXPECT_EQ(arguments.language, "fr");
  EXPECT_TRUE(arguments.show_list);
  EXPECT_EQ(arguments.subject, "One line");
  EXPECT_EQ(arguments.text, "Two\nlines");
  EXPECT_THAT(arguments.fields, ElementsAre(Pair("affected_states", "LT,LV"),
                                            Pair("cross_border", "yes"), Pair("severity", "4")));
}

TEST(NotificationFile, StandsBehindWhatWasTyped) {
  NotifyArguments arguments;
  arguments.to = "EE";
  arguments.body = "body.txt";
  arguments.fields["severity"] = "1";
  ASSERT_THAT(
      ReadNotificationFile(
          R"({"to": "LV", "body": "text", "fields": {"severity": 4, "product": "P"}})", arguments),
      IsOk());
  EXPECT_EQ(arguments.to, "EE");
  EXPECT_EQ(arguments.text, std::nullopt);
  EXPECT_THAT(arguments.fields, ElementsAre(Pair("product", "P"), Pair("severity", "1")));
}

TEST(NotificationFile, IsRefusedWithTheNamesOfKeysThatAreNotKnown) {
  const std::string says = Refused(R"({"kind": "INC", "adressees": "LV", "Subject": "x"})");
  EXPECT_THAT(says, HasSubstr("'adressees', 'Subject' is not known"));
  EXPECT_THAT(says, HasSubstr("measures"));
}

TEST(NotificationFile, IsRefusedForAValueOfAnotherSort) {
  EXPECT_THAT(Refused(R"({"kind": 1})"), HasSubstr("'kind' must be a text"));
  EXPECT_THAT(Refused(R"({"to": [1]})"), HasSubstr("'to' must be"));
  EXPECT_THAT(Refused(R"({"measures": {}})"), HasSubstr("'measures' must be"));
  EXPECT_THAT(Refused(R"({"show_list": "yes"})"), HasSubstr("true or false"));
  EXPECT_THAT(Refused(R"({"body": ["a"]})"), HasSubstr("'body' must be"));
  EXPECT_THAT(Refused(R"({"fields": ["a"]})"), HasSubstr("'fields' must be"));
  EXPECT_THAT(Refused(R"({"fields": {"severity": 1.5}})"), HasSubstr("'severity' must be"));
  for (const std::string text : {"", "[]", "kind: INC", "{\"kind\": \"INC\"", "\"INC\""}) {
    EXPECT_THAT(Refused(text), HasSubstr("no JSON object"));
  }
}

}  // namespace
}  // namespace cbm
