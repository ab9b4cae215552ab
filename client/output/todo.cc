#include "client/output/todo.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "client/output/names.h"
#include "client/output/table.h"
#include "client/output/text.h"
#include "client/output/words.h"
#include "core/base/hex.h"
#include "core/base/uuid.h"
#include "fmt/format.h"

namespace cbm {
namespace {

using rules::Task;
using rules::Todo;

constexpr size_t kShortDigits = 12;
constexpr size_t kSubjectColumns = 40;
constexpr absl::Duration kMeetingLength = absl::Hours(1);  // Proposed, for want of an end.

constexpr Word<Task> kTasks[] = {{Task::kAcknowledge, "acknowledge"},
                                 {Task::kReply, "reply"},
                                 {Task::kFollowUp, "follow_up"},
                                 {Task::kFinalReport, "final_report"},
                                 {Task::kAnswerConsultation, "answer_consultation"},
                                 {Task::kReadAnswers, "read_answers"},
                                 {Task::kSeeLapsed, "see_lapsed"},
                                 {Task::kMeet, "meet"},
                                 {Task::kSchedule, "schedule"},
                                 {Task::kMarkHeld, "mark_held"},
                                 {Task::kDraftRecord, "draft_record"},
                                 {Task::kConfirmRecord, "confirm_record"},
                                 {Task::kAskForRecord, "ask_for_record"},
                                 {Task::kSettleRecord, "settle_record"}};

// What is to be done, in words.
std::string DescribeOwn(const Todo& todo) {
  switch (todo.task) {
    case Task::kAcknowledge:
      return "acknowledge it";
    case Task::kReply:
      return "reply: interim, final or not-in-a-position";
    case Task::kFollowUp:
      return "follow it up";
    case Task::kFinalReport:
      return "report: final, or progress if it goes on";
    case Task::kAnswerConsultation:
      return "answer: accept, decline, other-time or refer";
    case Task::kReadAnswers:
      return "read the answers: nobody has accepted, and not all have refused";
    case Task::kSeeLapsed:
      return "lapsed: nobody accepted in time; request another if need be";
    case Task::kMeet:
      return fmt::format("meet, until {}",
                         FormatUtc(TimeOf(todo.consultation->state().meeting_to())));
    case Task::kSchedule:
      return "set when you meet";
    case Task::kMarkHeld:
      return "state when the meeting was held, or set another time";
    case Task::kDraftRecord:
      return "draft the record, or file a statement";
    case Task::kConfirmRecord:
      return fmt::format("confirm or refuse version {} of the record",
                         todo.consultation->state().record_version());
    case Task::kAskForRecord:
      return fmt::format(
          "ask for another version of the record: {} was drafted before you became a party",
          todo.consultation->state().record_version());
    case Task::kSettleRecord:
      return fmt::format(
          "not all confirm version {} of the record: draft another, or file a "
          "statement",
          todo.consultation->state().record_version());
  }
  return "?";
}

std::string DescribeWaiting(const Todo& todo) {
  switch (todo.task) {
    case Task::kAcknowledge:
      return "acknowledgement";
    case Task::kReply:
      return "reply";
    case Task::kAnswerConsultation:
      return "answer to the request";
    default:
      return fmt::format("word on version {} of the record",
                         todo.consultation->state().record_version());
  }
}

std::string ShortId(std::string_view bytes) { return ToHex(bytes).substr(0, kShortDigits); }

// The first time that was proposed and is still ahead.
std::string WhenToMeet(const Todo& todo, absl::Time now) {
  for (const auto& proposed : todo.consultation->request().proposed_times()) {
    const absl::Time from = TimeOf(proposed);
    if (from > now) {
      return fmt::format("--from {} --to {}", FormatRfc3339(from),
                         FormatRfc3339(from + kMeetingLength));
    }
  }
  return "--from FROM --to TO";
}

std::string ActionOf(const Todo& todo, absl::Time now) {
  const std::string id = todo.notification != nullptr
                             ? ShortId(todo.notification->act_digest())
                             : ShortId(todo.consultation->state().consultation_id());
  switch (todo.task) {
    case Task::kAcknowledge:
      return fmt::format("ack {}", id);
    case Task::kReply:
      return fmt::format("reply {} --outcome interim --body -", id);
    case Task::kFollowUp:
      return fmt::format("notify --follow-up {}", id);
    case Task::kFinalReport:
      return fmt::format("notify --follow-up {} --stage final", id);
    case Task::kAnswerConsultation:
      return fmt::format("consult answer {} accept", id);
    case Task::kReadAnswers:
    case Task::kSeeLapsed:
    case Task::kMeet:
      return fmt::format("consult show {}", id);
    case Task::kSchedule:
      return fmt::format("consult schedule {} {}", id, WhenToMeet(todo, now));
    case Task::kMarkHeld: {
      const v1::ConsultationState& state = todo.consultation->state();
      return fmt::format("consult held {} --from {} --to {}", id,
                         FormatRfc3339(TimeOf(state.meeting_from())),
                         FormatRfc3339(TimeOf(state.meeting_to())));
    }
    case Task::kDraftRecord:
      return fmt::format("consult record {} --text -", id);
    case Task::kConfirmRecord:
      return fmt::format("consult confirm {} --version {}", id,
                         todo.consultation->state().record_version());
    case Task::kAskForRecord:
      return fmt::format("consult post {} --text -", id);
    case Task::kSettleRecord:
      return fmt::format("consult statement {} --text -", id);
  }
  return "?";
}

// As a shell takes it for one word.
std::string ShellWord(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '/' || c == '.' || c == '-' || c == '_';
  });
  if (plain) {
    return std::string(text);
  }
  std::string word = "'";
  for (const char c : text) {
    word += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return word + "'";
}

Cell ByCell(const Todo& todo) {
  if (!todo.by.has_value()) {
    return {"no set time"};
  }
  return todo.overdue ? Cell{fmt::format("overdue since {}", FormatUtc(*todo.by)), Tone::kWarning}
                      : Cell{FormatUtc(*todo.by)};
}

Cell LeftCell(const Todo& todo, absl::Time now) {
  if (!todo.by.has_value()) {
    return {""};
  }
  if (todo.overdue) {
    return {fmt::format("late by {}", FormatSpan(now - *todo.by)), Tone::kWarning};
  }
  return *todo.by < now ? Cell{"now"} : Cell{FormatSpan(*todo.by - now)};
}

// What it is: its subject if the reader has opened it, and its kind always.
std::string AboutText(const TodoRow& row) {
  return row.subject.has_value()
             ? fmt::format("{}: {}", row.kind, Shorten(*row.subject, kSubjectColumns))
             : row.kind;
}

std::vector<Cell> CellsOf(const TodoRow& row, bool is_own, const TodoList& list,
                          const rules::Exchange& exchange) {
  const Todo& todo = row.todo;
  const v1::Precedence precedence = rules::PrecedenceOf(todo);
  return {{NameOf(rules::ContextOf(todo)), Tone::kStrong},
          ByCell(todo),
          LeftCell(todo, list.now),
          {NameOf(precedence), precedence >= v1::PRECEDENCE_URGENT ? Tone::kWarning : Tone::kPlain},
          {CleanLine(is_own ? row.from
                            : fmt::format("{} ({})", exchange.NameOf(todo.state), todo.state))},
          {AboutText(row)},
          {is_own ? DescribeOwn(todo) : DescribeWaiting(todo)},
          {CommandOf(todo, is_own, list.now, list.profile)}};
}

// Those of one context. The heading begins with its name, as the rows do.
std::string FormatPart(const std::vector<TodoRow>& rows, bool is_own, v1::Context context,
                       const TodoList& list, const rules::Exchange& exchange, bool colour) {
  Table table({NameOf(context), "BY", "LEFT", "PRECEDENCE", is_own ? "FROM" : "STATE", "ABOUT",
               is_own ? "WHAT TO DO" : "WHAT IS AWAITED", "COMMAND"});
  size_t count = 0;
  for (const TodoRow& row : rows) {
    if (rules::ContextOf(row.todo) == context) {
      table.Add(CellsOf(row, is_own, list, exchange));
      ++count;
    }
  }
  return count == 0 ? "" : table.Format(colour);
}

Json RowJson(const TodoRow& row, bool is_own, const TodoList& list) {
  const Todo& todo = row.todo;
  Json json;
  json["context"] = NameOf(rules::ContextOf(todo));
  json["task"] = NameOf(todo.task);
  json["state"] = CleanLine(todo.state);
  json["what"] = is_own ? DescribeOwn(todo) : DescribeWaiting(todo);
  json["command"] = CommandOf(todo, is_own, list.now, list.profile);
  json["by"] = todo.by.has_value() ? TimeJson(*todo.by) : Json(nullptr);
  json["overdue"] = todo.overdue;
  json["seconds_left"] = todo.by.has_value() && !todo.overdue
                             ? Json(std::max<int64_t>(0, absl::ToInt64Seconds(*todo.by - list.now)))
                             : Json(nullptr);
  json["seconds_overdue"] =
      todo.overdue ? Json(absl::ToInt64Seconds(list.now - *todo.by)) : Json(nullptr);
  json["precedence"] = NameOf(rules::PrecedenceOf(todo));
  json["from"] = row.from;
  json["kind"] = row.kind;
  json["subject"] = row.subject.has_value() ? Json(*row.subject) : Json(nullptr);
  json["act_digest"] =
      todo.notification != nullptr ? Json(ToHex(todo.notification->act_digest())) : Json(nullptr);
  json["act_id"] = todo.notification != nullptr && IsUuid(todo.notification->act_id())
                       ? Json(FormatUuid(todo.notification->act_id()))
                       : Json(nullptr);
  json["consultation_id"] = todo.consultation != nullptr
                                ? Json(ToHex(todo.consultation->state().consultation_id()))
                                : Json(nullptr);
  return json;
}

}  // namespace

std::string NameOf(rules::Task task) { return FindWord<rules::Task>(kTasks, task); }

std::string CommandOf(const Todo& todo, bool is_own, absl::Time now, std::string_view profile) {
  std::string command = "cbm ";
  if (!profile.empty()) {
    command += fmt::format("--profile {} ", ShellWord(profile));
  }
  if (is_own) {
    return command + ActionOf(todo, now);
  }
  return command + (todo.notification != nullptr
                        ? fmt::format("show {}", ShortId(todo.notification->act_digest()))
                        : fmt::format("consult show {}",
                                      ShortId(todo.consultation->state().consultation_id())));
}

std::string FormatTodo(const TodoList& list, const rules::Exchange& exchange, bool colour) {
  if (list.own.empty() && list.waiting.empty()) {
    return fmt::format("nothing to do: no task is open and nobody owes you anything, as of {}\n",
                       FormatUtc(list.now));
  }
  std::string text;
  for (const v1::Context context :
       {v1::CONTEXT_REAL, v1::CONTEXT_EXERCISE, v1::CONTEXT_TEST, v1::CONTEXT_UNSPECIFIED}) {
    const std::string own = FormatPart(list.own, true, context, list, exchange, colour);
    const std::string waiting = FormatPart(list.waiting, false, context, list, exchange, colour);
    const std::string name = NameOf(context);
    if (context == v1::CONTEXT_REAL && own.empty()) {
      text += fmt::format("{}: nothing to do, as of {}\n", name, FormatUtc(list.now));
    }
    if (!own.empty()) {
      text += fmt::format("{}{}: to do, as of {}\n{}", text.empty() ? "" : "\n", name,
                          FormatUtc(list.now), own);
    }
    if (!waiting.empty()) {
      text += fmt::format("{}{}: waiting for others\n{}", text.empty() ? "" : "\n", name, waiting);
    }
  }
  return text;
}

Json TodoJson(const TodoList& list) {
  Json json;
  json["now"] = TimeJson(list.now);
  for (const bool is_own : {true, false}) {
    Json& rows = json[is_own ? "to_do" : "waiting"];
    rows = Json::array();
    for (const TodoRow& row : is_own ? list.own : list.waiting) {
      rows.push_back(RowJson(row, is_own, list));
    }
  }
  return json;
}

}  // namespace cbm
