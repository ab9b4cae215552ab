// cbm sent: what the office's party sent, and what became of it at each addressee.

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

constexpr size_t kSubjectColumns = 40;

Cell OpenedCell(const v1::Delivery& delivery) {
  return delivery.has_opened() ? Cell{FormatUtc(TimeOf(delivery.opened())), Tone::kGood}
                               : Cell{"not yet", Tone::kPlain};
}

Cell AcknowledgedCell(const v1::NotificationRecord& record, const v1::Delivery& delivery,
                      absl::Time now) {
  if (delivery.has_acknowledged()) {
    return {FormatUtc(TimeOf(delivery.acknowledged())), Tone::kGood};
  }
  if (!record.has_acknowledge_by()) {
    return {"not yet", Tone::kPlain};
  }
  const absl::Time due = TimeOf(record.acknowledge_by());
  return due < now ? Cell{fmt::format("overdue since {}", FormatUtc(due)), Tone::kWarning}
                   : Cell{fmt::format("not yet; by {}", FormatUtc(due)), Tone::kPlain};
}

Cell AnsweredCell(const v1::NotificationRecord& record, const v1::Delivery& delivery,
                  absl::Time now) {
  if (delivery.has_answered()) {
    return {fmt::format("{} {}", NameOf(delivery.outcome()),
                        FormatUtc(TimeOf(delivery.outcome_time()))),
            Tone::kGood};
  }
  if (!record.has_answer_by()) {
    return {"", Tone::kPlain};
  }
  const absl::Time due = TimeOf(record.answer_by());
  return due < now ? Cell{fmt::format("overdue since {}", FormatUtc(due)), Tone::kWarning}
                   : Cell{fmt::format("not yet; by {}", FormatUtc(due)), Tone::kPlain};
}

// One row for each addressee.
void AddRows(const Workplace& workplace, const v1::NotificationRecord& record,
             const std::string& subject, const NotificationState& state, size_t replies,
             Table& table) {
  const v1::Notification& notification = record.notification();
  const std::string due = DueText(state);
  const auto add = [&](std::string to, Cell opened, Cell acknowledged, Cell answered) {
    table.Add({{NameOf(notification.context()), Tone::kStrong},
               {FormatUtc(TimeOf(record.time()))},
               {NameOf(notification.precedence())},
               {NameOf(notification.marking())},
               {KindText(record)},
               {Shorten(subject, kSubjectColumns)},
               {std::move(to)},
               std::move(opened),
               std::move(acknowledged),
               std::move(answered),
               {due, state.Overdue().empty() ? Tone::kPlain : Tone::kWarning},
               {ShortDigest(record.act_digest())}});
  };
  if (record.deliveries().empty()) {
    add(CleanLine(record.audience()), {"", Tone::kPlain},
        {fmt::format("by {}", record.acknowledged_count()), Tone::kPlain},
        {replies == 0 ? "" : fmt::format("{} replies", replies), Tone::kPlain});
  }
  for (const v1::Delivery& delivery : record.deliveries()) {
    add(CleanLine(fmt::format("{} ({})", workplace.exchange().NameOf(delivery.state()),
                              delivery.state())),
        OpenedCell(delivery), AcknowledgedCell(record, delivery, state.now),
        AnsweredCell(record, delivery, state.now));
  }
}

absl::Status RunSent(const CommandContext& context) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  CBM_ASSIGN_OR_RETURN(const std::vector<v1::NotificationRecord> all,
                       ListNotifications(workplace->replica()));
  std::vector<v1::NotificationRecord> records = all;
  std::erase_if(records, [&](const v1::NotificationRecord& record) {
    return record.from_party() != workplace->profile().config.party;
  });
  const absl::Time now = workplace->ExchangeTime();
  Subjects subjects(*workplace);
  Json list = Json::array();
  Table table({"CONTEXT", "TIME", "PRECEDENCE", "MARKING", "KIND", "SUBJECT", "TO", "OPENED",
               "ACKNOWLEDGED", "ANSWERED", "DUE", "ACT"});
  for (const v1::NotificationRecord& record : records) {
    CBM_ASSIGN_OR_RETURN(
        const NotificationState state,
        StateOf(workplace->replica(), workplace->profile().config.office, record, now));
    const std::optional<std::string> subject = subjects.Of(record);
    Json json = NotificationJson(record, state);
    if (subject.has_value()) {
      json["subject"] = *subject;
    }
    list.push_back(std::move(json));
    AddRows(*workplace, record, subject.value_or(""), state, RepliesTo(all, record).size(), table);
  }
  if (context.json()) {
    context.terminal.Print(FormatJson({{"notifications", std::move(list)}}));
  } else {
    context.terminal.Print(records.empty() ? "nothing was sent yet\n"
                                           : table.Format(context.terminal.colour()));
  }
  NoteWithheld(context, subjects);
  return subjects.failure();
}

}  // namespace

void AddSent(CLI::App& app, CommandContext& context) {
  CLI::App* const command =
      AddCommand(app, "sent", "List what you sent: who has opened and acknowledged it, who has not",
                 "cbm sent --output json");
  Runs(command, context, [&context] { return RunSent(context); });
}

}  // namespace cbm
