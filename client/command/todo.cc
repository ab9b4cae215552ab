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

// The subject of what has been opened already: a list writes nothing.
std::optional<std::string> SubjectOf(const std::optional<v1::Manifest>& said) {
  return said.has_value() ? std::optional(CleanLine(said->subject())) : std::nullopt;
}

absl::StatusOr<TodoRow> MakeRow(Workplace& workplace, const rules::Todo& todo) {
  TodoRow row{.todo = todo, .kind = kConsultationKind, .from = {}, .subject = {}};
  if (todo.notification != nullptr) {
    const v1::NotificationRecord& record = *todo.notification;
    row.kind = KindText(record);
    row.from = CleanLine(record.from_office().empty()
                             ? record.from_party()
                             : fmt::format("{}-{}", record.from_party(), record.from_office()));
    CBM_ASSIGN_OR_RETURN(const auto said, ReadSaid(workplace, record));
    row.subject = SubjectOf(said);
    return row;
  }
  const v1::ConsultationRecord& record = *todo.consultation;
  row.from = CleanLine(record.state().requester());
  for (const v1::ConsultationEvent& event : record.history()) {
    if (event.kind() == v1::ACT_KIND_CONSULTATION_REQUEST) {
      CBM_ASSIGN_OR_RETURN(const auto said, ReadSaid(workplace, event));
      row.subject = SubjectOf(said);
    }
  }
  return row;
}

absl::StatusOr<std::vector<TodoRow>> MakeRows(Workplace& workplace,
                                              const std::vector<rules::Todo>& todos) {
  std::vector<TodoRow> rows;
  for (const rules::Todo& todo : todos) {
    CBM_ASSIGN_OR_RETURN(TodoRow row, MakeRow(workplace, todo));
    rows.push_back(std::move(row));
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
  CBM_ASSIGN_OR_RETURN(list.own, MakeRows(*workplace, todos.own));
  CBM_ASSIGN_OR_RETURN(list.waiting, MakeRows(*workplace, todos.waiting));
  context.terminal.Print(context.json()
                             ? FormatJson(TodoJson(list))
                             : FormatTodo(list, workplace->exchange(), context.terminal.colour()));
  return absl::OkStatus();
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
