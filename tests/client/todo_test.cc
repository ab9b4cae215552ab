// How what is to be done is shown: in words, by how much it is late, and with a command that a
// shell takes as it stands.

#include "client/output/todo.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client/output/text.h"
#include "core/rules/facts.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/rules_world.h"

namespace cbm {
namespace {

using rules::Task;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromUnixSeconds(1'773'179'520);  // 2026-03-10 21:52:00 UTC.

class TodoOutput : public ::testing::Test {
 protected:
  TodoOutput() {
    notification_.set_act_digest(std::string(32, '\xab'));
    notification_.mutable_notification()->set_context(v1::CONTEXT_REAL);
    notification_.mutable_notification()->set_precedence(v1::PRECEDENCE_URGENT);
    consultation_.mutable_state()->set_consultation_id(std::string(32, '\xcd'));
    consultation_.mutable_state()->set_context(v1::CONTEXT_EXERCISE);
    consultation_.mutable_state()->set_record_version(2);
    Propose(kNow - absl::Hours(1));
    *consultation_.mutable_state()->mutable_meeting_from() = rules::ToTimestamp(kNow);
    *consultation_.mutable_state()->mutable_meeting_to() =
        rules::ToTimestamp(kNow + absl::Minutes(90));
  }

  void Propose(absl::Time time) {
    *consultation_.mutable_request()->add_proposed_times() = rules::ToTimestamp(time);
  }

  TodoRow Row(Task task, std::optional<absl::Time> by) const {
    const bool of_consultation = task >= Task::kAnswerConsultation;
    return {.todo = {.task = task,
                     .state = "LV",
                     .by = by,
                     .overdue = by.has_value() && *by < kNow,
                     .notification = of_consultation ? nullptr : &notification_,
                     .consultation = of_consultation ? &consultation_ : nullptr},
            .kind = of_consultation ? "CRQ" : "INC",
            .from = "EE-technical",
            .subject = std::nullopt};
  }

  std::string Shown(std::vector<TodoRow> own, std::vector<TodoRow> waiting,
                    bool colour = false) const {
    return FormatTodo(
        {.own = std::move(own), .waiting = std::move(waiting), .now = kNow, .profile = ""},
        world_.exchange(), colour);
  }

  std::string Command(Task task, std::string_view profile = "", bool is_own = true) const {
    return CommandOf(Row(task, kNow).todo, is_own, kNow, profile);
  }

  test::RulesWorld world_;
  v1::NotificationRecord notification_;
  v1::ConsultationRecord consultation_;
};

TEST_F(TodoOutput, SaysThatThereIsNothing) {
  EXPECT_THAT(Shown({}, {}),
              ::testing::AllOf(StartsWith("nothing to do: "), HasSubstr("21:52:00 UTC")));
}

TEST_F(TodoOutput, SaysByWhenAndHowLongIsLeft) {
  const std::string shown = Shown({Row(Task::kAcknowledge, kNow + absl::Minutes(125))}, {});
  EXPECT_THAT(shown, HasSubstr("2026-03-10 23:57:00 UTC  2 h 5 min"));
  EXPECT_THAT(shown, Not(HasSubstr("overdue")));
  EXPECT_THAT(Shown({Row(Task::kAcknowledge, kNow)}, {}), Not(HasSubstr("overdue")));
}

TEST_F(TodoOutput, WarnsInWordsAndInColourOfWhatIsOverdue) {
  const TodoRow row = Row(Task::kAcknowledge, kNow - absl::Minutes(148));
  EXPECT_THAT(Shown({row}, {}),
              HasSubstr("overdue since 2026-03-10 19:24:00 UTC  late by 2 h 28 min"));
  EXPECT_THAT(Shown({row}, {}, true), HasSubstr("\x1b[33moverdue since"));
  EXPECT_THAT(Shown({}, {row}, true), HasSubstr("\x1b[33moverdue since"));
}

TEST_F(TodoOutput, KeepsAnExerciseApartAndSaysSoOnEveryLineOfIt) {
  const std::string shown =
      Shown({Row(Task::kAnswerConsultation, kNow)},
            {Row(Task::kConfirmRecord, std::nullopt), Row(Task::kAcknowledge, kNow)});
  EXPECT_THAT(shown, StartsWith("REAL: nothing to do, as of "));
  const size_t exercise = shown.find("EXERCISE");
  EXPECT_LT(shown.find("REAL: waiting for others"), exercise);
  std::string rest = shown.substr(exercise);
  size_t lines = 0;
  while (!rest.empty()) {
    const std::string line = rest.substr(0, rest.find('\n'));
    EXPECT_TRUE(line.empty() || line.starts_with("EXERCISE")) << line;
    rest.erase(0, rest.find('\n') + 1);
    ++lines;
  }
  EXPECT_EQ(lines, 7U);  // Two parts of three lines, and an empty one between them.
}

TEST_F(TodoOutput, ShowsTheKindWhereTheSubjectIsNotKnown) {
  TodoRow row = Row(Task::kAcknowledge, kNow);
  EXPECT_THAT(Shown({row}, {}), HasSubstr("  INC  "));
  row.subject = "Payment clearing";
  EXPECT_THAT(Shown({row}, {}), HasSubstr("  INC: Payment clearing  "));
}

TEST_F(TodoOutput, NamesTheCommandOfEachTask) {
  EXPECT_EQ(Command(Task::kAcknowledge), "cbm ack abababababab");
  EXPECT_EQ(Command(Task::kReply), "cbm reply abababababab --outcome interim --body -");
  EXPECT_EQ(Command(Task::kFollowUp), "cbm notify --follow-up abababababab");
  EXPECT_EQ(Command(Task::kFinalReport), "cbm notify --follow-up abababababab --stage final");
  EXPECT_EQ(Command(Task::kAnswerConsultation), "cbm consult answer cdcdcdcdcdcd accept");
  for (const Task task : {Task::kReadAnswers, Task::kSeeLapsed, Task::kMeet}) {
    EXPECT_EQ(Command(task), "cbm consult show cdcdcdcdcdcd");
  }
  EXPECT_EQ(Command(Task::kMarkHeld),
            "cbm consult held cdcdcdcdcdcd --from 2026-03-10T21:52:00Z --to 2026-03-10T23:22:00Z");
  EXPECT_EQ(Command(Task::kDraftRecord), "cbm consult record cdcdcdcdcdcd --text -");
  EXPECT_EQ(Command(Task::kConfirmRecord), "cbm consult confirm cdcdcdcdcdcd --version 2");
  EXPECT_EQ(Command(Task::kAskForRecord), "cbm consult post cdcdcdcdcdcd --text -");
  EXPECT_EQ(Command(Task::kSettleRecord), "cbm consult statement cdcdcdcdcdcd --text -");
  EXPECT_EQ(Command(Task::kReply, "", false), "cbm show abababababab");
  EXPECT_EQ(Command(Task::kConfirmRecord, "", false), "cbm consult show cdcdcdcdcdcd");
}

TEST_F(TodoOutput, ProposesTheFirstProposedTimeThatIsAhead) {
  EXPECT_EQ(Command(Task::kSchedule), "cbm consult schedule cdcdcdcdcdcd --from FROM --to TO");
  Propose(kNow);
  Propose(kNow + absl::Minutes(8));
  EXPECT_EQ(Command(Task::kSchedule),
            "cbm consult schedule cdcdcdcdcdcd --from 2026-03-10T22:00:00Z --to "
            "2026-03-10T23:00:00Z");
}

TEST_F(TodoOutput, KeepsTheProfileThatWasTyped) {
  EXPECT_EQ(Command(Task::kAcknowledge, "LV-duty"), "cbm --profile LV-duty ack abababababab");
  EXPECT_EQ(Command(Task::kAcknowledge, "it's mine"),
            "cbm --profile 'it'\\''s mine' ack abababababab");
}

TEST_F(TodoOutput, GivesProgramsStableFields) {
  const Json json = TodoJson({.own = {Row(Task::kAcknowledge, kNow - absl::Minutes(1))},
                              .waiting = {Row(Task::kConfirmRecord, std::nullopt)},
                              .now = kNow,
                              .profile = ""});
  EXPECT_EQ(json["now"], "2026-03-10T21:52:00Z");
  const Json& late = json["to_do"][0];
  EXPECT_EQ(late["task"], "acknowledge");
  EXPECT_EQ(late["context"], "REAL");
  EXPECT_EQ(late["by"], "2026-03-10T21:51:00Z");
  EXPECT_EQ(late["overdue"], true);
  EXPECT_EQ(late["seconds_overdue"], 60);
  EXPECT_EQ(late["seconds_left"], nullptr);
  EXPECT_EQ(late["act_digest"].get<std::string>().size(), 64U);
  EXPECT_EQ(late["consultation_id"], nullptr);
  const Json& undated = json["waiting"][0];
  EXPECT_EQ(undated["by"], nullptr);
  EXPECT_EQ(undated["seconds_left"], nullptr);
  EXPECT_EQ(undated["state"], "LV");
  EXPECT_EQ(undated["what"], "word on version 2 of the record");
  EXPECT_EQ(undated.size(), late.size());
}

TEST(Task, HasAWordOfItsOwn) {
  std::set<std::string> words;
  for (int i = 0; i <= static_cast<int>(Task::kSettleRecord); ++i) {
    EXPECT_TRUE(words.insert(NameOf(static_cast<Task>(i))).second) << i;
  }
  EXPECT_EQ(words.count("?"), 0U);
}

TEST(Span, IsShownInItsTwoLargestUnits) {
  EXPECT_EQ(FormatSpan(absl::Hours(51)), "2 d 3 h");
  EXPECT_EQ(FormatSpan(absl::Hours(48)), "2 d");
  EXPECT_EQ(FormatSpan(absl::Hours(48) + absl::Minutes(5)), "2 d");
  EXPECT_EQ(FormatSpan(absl::Seconds(3'599)), "59 min 59 s");
  EXPECT_EQ(FormatSpan(absl::Seconds(12)), "12 s");
  EXPECT_EQ(FormatSpan(absl::Microseconds(1)), "under 1 s");
  EXPECT_EQ(FormatSpan(-absl::Hours(1)), "under 1 s");
}

}  // namespace
}  // namespace cbm
