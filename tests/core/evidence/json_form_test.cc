// The one form of JSON in which a genesis document is read: what a library lets pass beside it
// could be read otherwise by another.

#include "core/evidence/json_form.h"

#include <string>
#include <string_view>

#include "cbm/v1/genesis.pb.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

absl::Status Check(std::string_view text) {
  return CheckJsonForm(text, *v1::Genesis::descriptor());
}

// Of a value in its place.
std::string Named(std::string_view value) { return fmt::format(R"({{"name": {}}})", value); }
std::string Key(std::string_view value) { return fmt::format(R"({{"log_key": {}}})", value); }
std::string Version(std::string_view value) { return fmt::format(R"({{"version": {}}})", value); }
std::string Member(std::string_view value) {
  return fmt::format(R"({{"frameworks": [{{"members": [{{"membership": {}}}]}}]}})", value);
}
std::string Clock(std::string_view value) {
  return fmt::format(R"({{"frameworks": [{{"clocks": {{"answer_urgent": {}}}}}]}})", value);
}
std::string Kind(std::string_view fields) {
  return fmt::format(R"({{"notification_kinds": [{{{}}}]}})", fields);
}
std::string Bound(std::string_view value) {
  return Kind(fmt::format(R"("fields": [{{"bounds": {{"min": {}}}}}])", value));
}

TEST(TheFormOfJson, IsThatOfTheMapping) {
  for (const std::string& text :
       {std::string("{}"),
        std::string(" \t\r\n{ } \n"),
        Named(R"("")"),
        Named(R"("a\"\\\/\b\f\n\r\t")"),
        Named(R"("\u0061\u00e9\u20AC\ud83d\ude00")"),
        Key(R"("")"),
        Key(R"("AAAA")"),
        Key(R"("AA==")"),
        Key(R"("+/8=")"),
        Version("0"),
        Version("1"),
        Version("-1"),
        Member(R"("MEMBERSHIP_PARTNER")"),
        Clock(R"("7200s")"),
        Clock(R"("-7200.5s")"),
        Clock(R"("0.000000001s")"),
        Bound("1"),
        Bound(R"("-1")"),
        Bound(R"("0")"),
        Kind(R"("acknowledgement_asked": true, "audiences": [ ], "precedences": ["A","B"])"),
        Kind(R"("clocks": ["NOTIFICATION_CLOCK_ANSWER"])"),
        std::string(R"({"version": 1, "na\u006de": "test", "frameworks": []})")}) {
    EXPECT_THAT(Check(text), IsOk()) << text;
  }
}

TEST(TheFormOfJson, IsNoOther) {
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("null"),
        std::string("{}{}"), std::string("{},"), std::string("{,}"), std::string(R"({"name" "a"})"),
        std::string(R"({"name": "a",})"), std::string(R"({"name": "a" "version": 1})"),
        std::string(R"({'name': "a"})"), std::string(R"({name: "a"})"),
        std::string(R"({"name": "a", "name": "a"})"),
        std::string(R"({"name": "a", "na\u006de": ""})"), std::string(R"({"logKey": "AAAA"})"),
        std::string(R"({"more": 1})"), std::string("{\"name\": \"a\"} // more"),
        std::string("\xEF\xBB\xBF{}"), std::string("{\"name\":\f\"a\"}")}) {
    EXPECT_THAT(Check(text), HasCode(kInvalid)) << text;
  }
}

TEST(TheFormOfJson, HasNoOtherValues) {
  for (const std::string& text : {Named("null"),
                                  Named("7"),
                                  Named("'a'"),
                                  Named("\"a"),
                                  Named("\"a\nb\""),
                                  Named(R"("\x")"),
                                  Named(R"("\u12")"),
                                  Named(R"("\u12g4")"),
                                  Named(R"("\ud83d")"),
                                  Named(R"("\ud83d\u0061")"),
                                  Named(R"("\ude00")"),
                                  Named("\"\\"),
                                  Named("[\"a\"]"),
                                  Key(R"("AA")"),
                                  Key(R"("AB==")"),
                                  Key(R"("-_8=")"),
                                  Key(R"("AA==AAAA")"),
                                  Key(R"("A A=")"),
                                  Version(R"("1")"),
                                  Version("1.0"),
                                  Version("1e0"),
                                  Version("+1"),
                                  Version("01"),
                                  Version("-"),
                                  Version(""),
                                  Version("true"),
                                  Member("1"),
                                  Member(R"("1")"),
                                  Member(R"("membership_partner")"),
                                  Member(R"("")"),
                                  Clock("7200"),
                                  Clock(R"("7200")"),
                                  Clock(R"("+3s")"),
                                  Clock(R"(" 7s")"),
                                  Clock(R"("7.s")"),
                                  Clock(R"(".5s")"),
                                  Clock(R"("1.0000000001s")"),
                                  Clock(R"("s")"),
                                  Clock("{}"),
                                  Bound("1.0"),
                                  Bound("01"),
                                  Bound(R"("+1")"),
                                  Bound(R"("01")"),
                                  Bound(R"(" 1")"),
                                  Bound(R"("")"),
                                  Bound("true"),
                                  Kind(R"("acknowledgement_asked": "true")"),
                                  Kind(R"("acknowledgement_asked": 1)"),
                                  Kind(R"("audiences": "en")"),
                                  Kind(R"("audiences": ["en",])"),
                                  Kind(R"("audiences": [,"en"])"),
                                  Kind(R"("audiences": [null])"),
                                  Kind(R"("audiences": ["en")")}) {
    EXPECT_THAT(Check(text), HasCode(kInvalid)) << text;
  }
}

TEST(TheFormOfJson, SaysWhereItIsNot) {
  EXPECT_THAT(std::string(Check(R"({"name": 7})").message()),
              testing::HasSubstr("byte 9: must be a text"));
}

}  // namespace
}  // namespace cbm
