// What reaches the screen: text from other States must come through in every script, and must not
// be able to move the cursor, change the direction of writing, or push a table out of line.

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "client/command/command.h"
#include "client/exit_code.h"
#include "client/output/json.h"
#include "client/output/table.h"
#include "client/output/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cbm {
namespace {

constexpr char kManyScripts[] = "Київ Αθήνα თბილისი Երևան Rīga 東京";

TEST(CleanText, KeepsEveryScript) {
  EXPECT_EQ(CleanLine(kManyScripts), kManyScripts);
  EXPECT_EQ(CleanText(kManyScripts), kManyScripts);
}

TEST(CleanText, DropsControlCharacters) {
  EXPECT_EQ(CleanLine("a\x1b[31mb\x07\x7f\xC2\x9B"), "a[31mb");
  EXPECT_EQ(CleanLine(std::string("a\0b", 3)), "ab");
}

TEST(CleanText, DropsWhatTurnsTheDirection) {
  for (const char* const control : {"\u061C", "\u200E", "\u200F", "\u202A", "\u202B", "\u202C",
                                    "\u202D", "\u202E", "\u2066", "\u2067", "\u2068", "\u2069"}) {
    EXPECT_EQ(CleanText(std::string("a") + control + "b"), "ab");
  }
}

TEST(CleanText, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(CleanLine("a\xFF"), "a\uFFFD");
  EXPECT_EQ(CleanLine("a\xC0\x80"), "a\uFFFD\uFFFD");          // Overlong.
  EXPECT_EQ(CleanLine("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // A surrogate.
  EXPECT_EQ(CleanLine("a\xE2\x82"), "a\uFFFD\uFFFD");          // Cut off.
}

TEST(CleanText, KeepsLinesOnlyWhereTheyMayBe) {
  EXPECT_EQ(CleanText("a\nb\tc"), "a\nb\tc");
  EXPECT_EQ(CleanLine("a\nb\tc"), "a b c");
}

TEST(Columns, CountWideCharactersTwice) {
  EXPECT_EQ(ColumnsOf("Київ"), 4U);
  EXPECT_EQ(ColumnsOf("東京"), 4U);
  EXPECT_EQ(ColumnsOf("e\u0301"), 1U);
}

TEST(Columns, AreNotExceededByShorten) {
  EXPECT_EQ(Shorten("Київ", 4), "Київ");
  EXPECT_EQ(Shorten("Київщина", 4), "Киї…");
  EXPECT_EQ(Shorten("東京都", 4), "東…");
}

TEST(Table, LinesUpWhateverTheScript) {
  Table table({"STATE", "CODE"});
  table.Add({{"საქართველო"}, {"GE"}});
  table.Add({{"Հայաստան"}, {"AM"}});
  table.Add({{"日本"}, {"JP"}});
  EXPECT_EQ(table.Format(false),
            "STATE       CODE\n"
            "საქართველო  GE\n"
            "Հայաստան    AM\n"
            "日本        JP\n");
}

TEST(Table, HasColourOnlyIfAsked) {
  Table table({"A"});
  table.Add({{"x", Tone::kWarning}});
  EXPECT_EQ(table.Format(false).find('\x1b'), std::string::npos);
  EXPECT_NE(table.Format(true).find("\x1b[33mx\x1b[0m"), std::string::npos);
}

TEST(Time, IsShownInUtc) {
  const absl::Time time = absl::FromUnixSeconds(1'773'179'520);
  EXPECT_EQ(FormatUtc(time), "2026-03-10 21:52:00 UTC");
  EXPECT_EQ(FormatRfc3339(time), "2026-03-10T21:52:00Z");
}

TEST(ExitCode, FollowsTheStatus) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), ExitCode::kDone);
  EXPECT_EQ(ExitCodeOf(HereError("x")), ExitCode::kFailedHere);
  EXPECT_EQ(ExitCodeOf(UsageError("x")), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeOf(absl::PermissionDeniedError("x")), ExitCode::kRefused);
  EXPECT_EQ(ExitCodeOf(absl::UnauthenticatedError("x")), ExitCode::kRefused);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("x")), ExitCode::kTryAgain);
  EXPECT_EQ(ExitCodeOf(absl::InternalError("x")), ExitCode::kTryAgain);
  EXPECT_EQ(ExitCodeOf(absl::DataLossError("x")), ExitCode::kEvidence);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("x")), ExitCode::kNotFound);
}

TEST(ExitCode, SurvivesMoreWords) {
  EXPECT_EQ(ExitCodeOf(Suffix(Prefix("before", UsageError("x")), "after")), ExitCode::kUsage);
  EXPECT_EQ(MessageOf(Suffix(Prefix("before", UsageError("x")), "after")), "before: x; after");
}

TEST(Due, IsOverdueFirstAndThenWhatIsStillToCome) {
  const absl::Time now = absl::FromUnixSeconds(1'772'355'600);
  NotificationState state{.acknowledged = std::nullopt, .opened = false, .now = now};
  EXPECT_EQ(DueText(state), "");
  state.deadlines = {{.due = rules::Due::kAcknowledgement,
                      .state = "LV",
                      .commitment = {},
                      .by = now,
                      .met = std::nullopt},
                     {.due = rules::Due::kAnswer,
                      .state = "LV",
                      .commitment = {},
                      .by = now - absl::Seconds(1),
                      .met = std::nullopt},
                     {.due = rules::Due::kFollowUp,
                      .state = "LV",
                      .commitment = {},
                      .by = now - absl::Seconds(1),
                      .met = now}};
  EXPECT_EQ(DueText(state),
            "answer overdue since 2026-03-01 08:59:59 UTC; acknowledgement by 2026-03-01 09:00:00 "
            "UTC");
  ASSERT_EQ(state.Overdue().size(), 1U);
  EXPECT_EQ(NameOf(state.Overdue()[0].due), "answer");
}

TEST(Kind, SaysWhatItIsInItsThread) {
  v1::NotificationRecord record;
  record.mutable_notification()->set_kind("INC");
  EXPECT_EQ(KindText(record), "INC");
  record.set_follow_up(v1::FOLLOW_UP_PROGRESS_REPORT);
  EXPECT_EQ(KindText(record), "INC progress");
  record.mutable_notification()->set_kind("RSP");
  record.set_outcome(v1::REPLY_OUTCOME_NOT_IN_A_POSITION);
  EXPECT_EQ(KindText(record), "RSP not-in-a-position");
}

TEST(Json, NamesCodeAndMessageOfAnError) {
  EXPECT_EQ(FormatJsonLine(ErrorJson(absl::NotFoundError("no"))),
            "{\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"no\"}}\n");
  EXPECT_EQ(ErrorJson(UsageError("no"))["error"]["code"], "USAGE");
}

}  // namespace
}  // namespace cbm
