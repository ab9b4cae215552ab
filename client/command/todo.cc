// cbm todo: what is to be done now, and by when.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/command/command.h"
#include "client/consultations.h"
#include "client/lookup.h"
#include "client/output/text.h"
#include "client/output/todo.h"
#include "client/reading.h"
#include "core/base/status_macros.h"
#include "core/rules/todo.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr char kConsultationKind[] = "CRQ";

// With the subject of what has been opened already: a list writes nothing.
TodoRow MakeRow(Workplace& workplace, Subjects& subjects, const rules::Todo& todo) {
  TodoRow row{.todo = todo, .kind = kConsultationKind, .from = {}, .subject = {}};
  if (todo.notification != nullptr) {
    const v1::NotificationRecord& record = *todo.notification;
    row.kind = KindText(record);
    row.from = CleanLine(record.from_office().empty()
                             ? record.from_party()
                             : fmt::format("{}-{}", record.from_party(), record.from_office()));
    row.subject = subjects.Of(record);
    return row;
  }
  const v1::ConsultationRecord& record = *todo.consultation;
  row.from = CleanLine(record.state().requester());
  for (const v1::ConsultationEvent& event : record.history()) {
    if (event.kind() == v1::ACT_KIND_CONSULTATION_REQUEST && !event.manifest_digest().empty()) {
      row.subject = subjects.Take(event.act_digest(), ReadSaid(workplace, event));
    }
  }
  return row;
}

std::vector<TodoRow> MakeRows(Workplace& workplace, Subjects& subjects,
                              const std::vector<rules::Todo>& todos) {
  std::vector<TodoRow> rows;
  rows.reserve(todos.size());
  for (const rules::Todo& todo : todos) {
    rows.push_back(MakeRow(workplace, subjects, todo));
  }
  return rows;
}

absl::Status RunTodo(const CommandContext& context) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  const Replica& replica = workplace->replica();
  const ProfileConfig& reader = workplace->profile().config;
  const absl::Time now = PresentOf(replica, workplace->ExchangeTime());
  CBM_ASSIGN_OR_RETURN(const std::vector<v1::NotificationRecord> notifications,
                       ListNotifications(replica));
  std::vector<rules::OwnDue> due;
  for (const v1::NotificationRecord& record : notifications) {
    CBM_ASSIGN_OR_RETURN(NotificationState state, StateOf(replica, reader.office, record, now));
    due.push_back({.notification = &record, .deadlines = std::move(state.deadlines)});
  }
  CBM_ASSIGN_OR_RETURN(const std::vector<v1::ConsultationRecord> consultations,
                       ListConsultations(replica, now));
  const rules::Todos todos =
      rules::ListTodos({.party = reader.party, .type = workplace->about()->caller().type()}, due,
                       consultations, now);
  TodoList list{.own = {}, .waiting = {}, .now = now, .profile = context.profile};
  Subjects subjects(*workplace);
  list.own = MakeRows(*workplace, subjects, todos.own);
  list.waiting = MakeRows(*workplace, subjects, todos.waiting);
  context.terminal.Print(context.json()
                             ? FormatJson(TodoJson(list))
                             : FormatTodo(list, workplace->exchange(), context.terminal.colour()));
  NoteWithheld(context, subjects);
  return subjects.failure();
}

}  // namespace

void AddTodo(CLI::App& app, CommandContext& context) {
  CLI::App* const command = AddCommand(
      app, "todo", "List what you must do now, by when, and what you wait for; opens nothing",
      "cbm todo\n"
      "  cbm todo --output json");
  Runs(command, context, [&context] { return RunTodo(context); });
}

}  // namespace cbm
