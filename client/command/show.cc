// cbm show: one notification, whole.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/command/command.h"
#include "client/command/printing.h"
#include "client/lookup.h"
#include "client/output/names.h"
#include "client/output/page.h"
#include "client/output/text.h"
#include "client/reading.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/base/uuid.h"
#include "fmt/format.h"

namespace cbm {
namespace {

std::string DeliveryText(const v1::NotificationRecord& record, const v1::Delivery& delivery,
                         absl::Time now) {
  if (!IsToldOf(record, delivery) && !delivery.has_answered()) {
    return "what it did is not told to you";
  }
  std::string text = delivery.has_opened()
                         ? fmt::format("opened {}", FormatUtc(TimeOf(delivery.opened())))
                         : "not known to be opened";
  text += delivery.has_acknowledged()
              ? fmt::format(", acknowledged {}", FormatUtc(TimeOf(delivery.acknowledged())))
              : ", not acknowledged";
  if (delivery.has_answered()) {
    text += fmt::format(", answered {} ({})", FormatUtc(TimeOf(delivery.outcome_time())),
                        NameOf(delivery.outcome()));
  }
  for (const rules::Deadline& deadline : rules::DeadlinesOfAddressees(record)) {
    if (deadline.state == delivery.state() && deadline.commitment == delivery.commitment() &&
        rules::IsOverdue(deadline, now)) {
      text += fmt::format(", {} overdue since {}", NameOf(deadline.due), FormatUtc(deadline.by));
    }
  }
  return text;
}

// The rest of its thread, oldest first, a line each.
std::string ThreadText(const std::vector<v1::NotificationRecord>& thread,
                       const v1::NotificationRecord& record) {
  std::string text;
  for (const v1::NotificationRecord& each : thread) {
    if (each.act_digest() != record.act_digest()) {
      text +=
          fmt::format("{:<14}{} {} of {} {}\n", "thread", FormatUtc(TimeOf(each.time())),
                      KindText(each), CleanLine(each.from_party()), ShortDigest(each.act_digest()));
    }
  }
  return text;
}

// Who was given a summary knows no office, and perhaps no party.
std::string FromText(const Workplace& workplace, const v1::NotificationRecord& record) {
  const std::string& party = record.from_party();
  if (party.empty()) {
    return "not told to you";
  }
  const std::string& office = record.from_office();
  return fmt::format("{}, {}{}{}", workplace.exchange().NameOf(party), party,
                     office.empty() ? "" : " ", office);
}

std::string Describe(const Workplace& workplace, const v1::NotificationRecord& record,
                     const NotificationState& state, const std::optional<v1::Manifest>& said,
                     const absl::Status& opened) {
  const v1::Notification& notification = record.notification();
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{:<14}{}\n", name, CleanLine(value));
  };
  add("context", NameOf(notification.context()));
  add("marking", NameOf(notification.marking()));
  add("precedence", NameOf(notification.precedence()));
  add("kind", KindText(record));
  add("from", FromText(workplace, record));
  add("to", record.audience());
  add("time", FormatUtc(TimeOf(record.time())));
  add("measures", fmt::format("{}", fmt::join(notification.measures(), ", ")));
  if (IsUuid(record.act_id())) {
    add("act", FormatUuid(record.act_id()));
  }
  add("digest", ToHex(record.act_digest()));
  add("entry", fmt::format("{} of {}", record.ordinal(), record.ledger()));
  if (state.acknowledged.has_value()) {
    add("acknowledged", FormatUtc(*state.acknowledged));
  }
  if (const std::string due = DueText(state); !due.empty()) {
    add("due", due);
  }
  for (const v1::Delivery& delivery : record.deliveries()) {
    add(delivery.state().empty() ? "addressee" : delivery.state(),
        DeliveryText(record, delivery, state.now));
  }
  if (!said.has_value() && !opened.ok()) {
    return text + "\nwhat it says could not be opened\n";
  }
  if (!said.has_value()) {
    return text + (record.given_digest().empty()
                       ? "\nwhat it says is not for you: you are told that it happened\n"
                       : "\nwhat it says was cut or erased, or the exchange withholds it\n");
  }
  for (const v1::Field& field : said->fields()) {
    add(CleanLine(field.name()), field.value());
  }
  for (const v1::Translation& translation : said->translations()) {
    add("translation",
        fmt::format("{}, made by {}", translation.language(), translation.made_by()));
  }
  add("subject", said->subject());
  return fmt::format("{}\n{}", text, AsSaid(CleanText(said->body())));
}

// A reply and what it says, if that is given to the reader.
struct Answer {
  v1::NotificationRecord record;
  std::optional<v1::Manifest> said;
};

struct Answers {
  std::vector<Answer> list;
  absl::Status opened;  // Why some could not be opened.
};

// The replies, in order. They are opened too: who asks for what was answered reads the answers.
absl::StatusOr<Answers> ReadAnswers(Workplace& workplace,
                                    const std::vector<v1::NotificationRecord>& all,
                                    const v1::NotificationRecord& record) {
  const std::vector<v1::NotificationRecord> replies = RepliesTo(all, record);
  Answers answers;
  answers.opened = OpenAll(workplace, replies, v1::OPEN_MANNER_BY_HAND);
  if (!answers.opened.ok() && !IsShownUnopened(answers.opened)) {
    return answers.opened;
  }
  for (const v1::NotificationRecord& reply : replies) {
    CBM_ASSIGN_OR_RETURN(std::optional<v1::Manifest> said, ReadSaid(workplace, reply));
    answers.list.push_back({.record = reply, .said = std::move(said)});
  }
  return answers;
}

std::string AnswersText(const Answers& answers) {
  std::string text;
  for (const Answer& answer : answers.list) {
    text += fmt::format(
        "\n--- {} of {}, {}, {}, {}\n", KindText(answer.record),
        CleanLine(answer.record.from_party()), FormatUtc(TimeOf(answer.record.time())),
        NameOf(answer.record.notification().marking()), ShortDigest(answer.record.act_digest()));
    text += answer.said.has_value() ? fmt::format("{}\n\n{}", CleanLine(answer.said->subject()),
                                                  AsSaid(CleanText(answer.said->body())))
            : answers.opened.ok()   ? "what it says is not given to you\n"
                                    : "what it says could not be opened\n";
  }
  return text;
}

void AddThread(const std::vector<v1::NotificationRecord>& thread, const Answers& answers,
               Json& json) {
  json["thread_acts"] = Json::array();
  for (const v1::NotificationRecord& each : thread) {
    json["thread_acts"].push_back(ToHex(each.act_digest()));
  }
  json["replies"] = Json::array();
  for (const Answer& answer : answers.list) {
    Json reply = {{"act_digest", ToHex(answer.record.act_digest())},
                  {"from_party", CleanLine(answer.record.from_party())},
                  {"time", TimeJson(TimeOf(answer.record.time()))},
                  {"outcome", NameOf(answer.record.outcome())},
                  {"marking", NameOf(answer.record.notification().marking())},
                  {"subject", nullptr},
                  {"body", nullptr}};
    if (answer.said.has_value()) {
      reply["subject"] = CleanLine(answer.said->subject());
      reply["body"] = CleanText(answer.said->body());
    }
    json["replies"].push_back(std::move(reply));
  }
}

// Puts the body in the place of which a translation was asked for, with who made it.
absl::Status PutTranslation(const std::string& language, const v1::NotificationRecord& record,
                            std::optional<v1::Manifest>& said) {
  if (language.empty() || !said.has_value() || language == record.notification().language()) {
    return absl::OkStatus();
  }
  std::vector<std::string> others = {record.notification().language()};
  for (const v1::Translation& translation : said->translations()) {
    if (translation.language() == language) {
      said->set_body(fmt::format("[{}, translated from {} by {}]\n\n{}", language,
                                 record.notification().language(), translation.made_by(),
                                 translation.text()));
      return absl::OkStatus();
    }
    others.push_back(translation.language());
  }
  return absl::NotFoundError(fmt::format("there is no text in '{}'; there is {}",
                                         CleanLine(language),
                                         CleanLine(fmt::format("{}", fmt::join(others, ", ")))));
}

// The rest of the thread, opened, for paper: who prints it reads it.
absl::StatusOr<std::vector<PrintedNotification>> ReadThread(Workplace& workplace,
                                                            const v1::NotificationRecord& record) {
  CBM_ASSIGN_OR_RETURN(std::vector<v1::NotificationRecord> all,
                       ListNotifications(workplace.replica()));
  CBM_RETURN_IF_ERROR(OpenAll(workplace, ThreadOf(all, record), v1::OPEN_MANNER_BY_HAND));
  CBM_ASSIGN_OR_RETURN(all, ListNotifications(workplace.replica()));
  std::vector<PrintedNotification> thread;
  for (const v1::NotificationRecord& each : ThreadOf(all, record)) {
    if (each.act_digest() != record.act_digest()) {
      CBM_ASSIGN_OR_RETURN(std::optional<v1::Manifest> said, ReadSaid(workplace, each));
      thread.push_back({.record = each, .said = std::move(said)});
    }
  }
  return thread;
}

struct ShowOptions {
  std::string name;
  std::string language;
  bool print = false;
};

absl::Status RunShow(const CommandContext& context, const ShowOptions& options) {
  const std::string& name = options.name;
  CBM_RETURN_IF_ERROR(CheckPrint(context, options.print));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  CBM_ASSIGN_OR_RETURN(v1::NotificationRecord record, FindNotification(workplace->replica(), name));
  const absl::Status opened = OpenAll(*workplace, {record}, v1::OPEN_MANNER_BY_HAND);
  if (!opened.ok() && (options.print || !IsShownUnopened(opened))) {
    return opened;
  }
  CBM_ASSIGN_OR_RETURN(record, FindNotification(workplace->replica(), name));
  CBM_ASSIGN_OR_RETURN(const NotificationState state,
                       StateOf(workplace->replica(), workplace->profile().config.office, record,
                               workplace->ExchangeTime()));
  CBM_ASSIGN_OR_RETURN(std::optional<v1::Manifest> said, ReadSaid(*workplace, record));
  if (!context.json()) {  // Which has all translations.
    CBM_RETURN_IF_ERROR(PutTranslation(options.language, record, said));
  }
  if (options.print) {
    CBM_ASSIGN_OR_RETURN(const std::vector<PrintedNotification> thread,
                         ReadThread(*workplace, record));
    context.terminal.Print(NotificationPage({.record = record, .said = std::move(said)}, state,
                                            thread, ReaderOf(*workplace)));
    return absl::OkStatus();
  }
  CBM_ASSIGN_OR_RETURN(const std::vector<v1::NotificationRecord> all,
                       ListNotifications(workplace->replica()));
  CBM_ASSIGN_OR_RETURN(const Answers answers, ReadAnswers(*workplace, all, record));
  if (context.json()) {
    Json json = NotificationJson(record, state);
    if (said.has_value()) {
      AddManifest(*said, json);
    }
    AddThread(ThreadOf(all, record), answers, json);
    context.terminal.Print(FormatJson(json));
  } else {
    context.terminal.Print(BeginLines(ThreadText(ThreadOf(all, record), record) +
                                          Describe(*workplace, record, state, said, opened) +
                                          AnswersText(answers),
                                      record.notification().context()));
  }
  return Unopened(opened.ok() ? answers.opened : opened);
}

}  // namespace

void AddShow(CLI::App& app, CommandContext& context) {
  CLI::App* const command =
      AddCommand(app, "show", "Show a notification with what it says; opens it if that is needed",
                 "cbm show 0190163d-8694-739b-aea5-966c26f8ad91\n"
                 "  cbm show 0190163d-8694-739b-aea5-966c26f8ad91 --print | lp");
  const auto options = std::make_shared<ShowOptions>();
  command->add_option("act", options->name, "Its act id, or at least 6 digits of its digest")
      ->required();
  command->add_option("--language", options->language,
                      "The text in that language, if it was translated");
  command->add_flag("--print", options->print, kPrintHelp);
  Runs(command, context, [&context, options] { return RunShow(context, *options); });
}

}  // namespace cbm
