// cbm inbox: what was sent to the office's party.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/command/command.h"
#include "client/lookup.h"
#include "client/output/names.h"
#include "client/output/table.h"
#include "client/output/text.h"
#include "client/reading.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kSubjectColumns = 48;

absl::StatusOr<std::vector<v1::NotificationRecord>> ListReceived(Workplace& workplace) {
  CBM_ASSIGN_OR_RETURN(std::vector<v1::NotificationRecord> records,
                       ListNotifications(workplace.replica()));
  std::erase_if(records, [&](const v1::NotificationRecord& record) {
    return record.role() == v1::ENTRY_ROLE_OWN ||
           record.from_party() == workplace.profile().config.party;
  });
  return records;
}

// What was done, and what is still due.
std::string StateText(const NotificationState& state) {
  std::vector<std::string> parts;
  if (const std::string due = DueText(state); !due.empty()) {
    parts.push_back(due);
  }
  if (state.acknowledged.has_value()) {
    parts.emplace_back("acknowledged");
  }
  if (state.answered.has_value()) {
    parts.push_back(fmt::format("answered, {}", NameOf(state.answered->outcome())));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

// The office is not known to who was given a summary alone.
std::string FromText(const v1::NotificationRecord& record) {
  return CleanLine(record.from_office().empty()
                       ? record.from_party()
                       : fmt::format("{}-{}", record.from_party(), record.from_office()));
}

absl::Status RunInbox(const CommandContext& context, bool headers) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  CBM_ASSIGN_OR_RETURN(std::vector<v1::NotificationRecord> records, ListReceived(*workplace));
  absl::Status opened;
  if (!headers) {
    opened = OpenAll(*workplace, records, v1::OPEN_MANNER_AUTOMATIC);
    if (!opened.ok() && !IsShownUnopened(opened)) {
      return opened;
    }
    CBM_ASSIGN_OR_RETURN(records, ListReceived(*workplace));
  }
  Subjects subjects(*workplace);
  Json list = Json::array();
  Table table(
      {"CONTEXT", "TIME", "FROM", "PRECEDENCE", "MARKING", "KIND", "SUBJECT", "STATE", "ACT"});
  for (const v1::NotificationRecord& record : records) {
    CBM_ASSIGN_OR_RETURN(const NotificationState state,
                         StateOf(workplace->replica(), workplace->profile().config.office, record,
                                 workplace->ExchangeTime()));
    const std::optional<std::string> subject = headers ? std::nullopt : subjects.Of(record);
    Json json = NotificationJson(record, state);
    if (subject.has_value()) {
      json["subject"] = *subject;
    }
    list.push_back(std::move(json));
    const v1::Notification& notification = record.notification();
    const std::string state_text = StateText(state);
    const bool urgent = notification.precedence() >= v1::PRECEDENCE_URGENT;
    table.Add({{NameOf(notification.context()), Tone::kStrong},
               {FormatUtc(TimeOf(record.time()))},
               {FromText(record)},
               {NameOf(notification.precedence()), urgent ? Tone::kWarning : Tone::kPlain},
               {NameOf(notification.marking())},
               {KindText(record)},
               {Shorten(subject.value_or(""), kSubjectColumns)},
               {state_text, DueText(state).empty() ? Tone::kGood : Tone::kWarning},
               {ShortDigest(record.act_digest())}});
  }
  if (context.json()) {
    context.terminal.Print(FormatJson({{"notifications", std::move(list)}}));
  } else {
    context.terminal.Print(records.empty() ? "nothing was sent to you\n"
                                           : table.Format(context.terminal.colour()));
  }
  NoteWithheld(context, subjects);
  return opened.ok() ? subjects.failure() : Unopened(opened);
}

}  // namespace

void AddInbox(CLI::App& app, CommandContext& context) {
  CLI::App* const command = AddCommand(
      app, "inbox", "List what was sent to you, newest first; opens what is new", "cbm inbox");
  const auto headers = std::make_shared<bool>(false);
  command->add_flag("--headers", *headers, "Open nothing: list without subjects");
  Runs(command, context, [&context, headers] { return RunInbox(context, *headers); });
}

}  // namespace cbm
