// cbm show: one notification, whole.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/command/command.h"
#include "client/lookup.h"
#include "client/output/names.h"
#include "client/output/text.h"
#include "client/reading.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/base/uuid.h"
#include "fmt/format.h"

namespace cbm {
namespace {

std::string DeliveryText(const v1::Delivery& delivery) {
  std::string text = delivery.has_opened()
                         ? fmt::format("opened {}", FormatUtc(TimeOf(delivery.opened())))
                         : "not known to be opened";
  text += delivery.has_acknowledged()
              ? fmt::format(", acknowledged {}", FormatUtc(TimeOf(delivery.acknowledged())))
              : ", not acknowledged";
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
                     const NotificationState& state, const std::optional<v1::Manifest>& said) {
  const v1::Notification& notification = record.notification();
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{:<14}{}\n", name, CleanLine(value));
  };
  add("context", NameOf(notification.context()));
  add("marking", NameOf(notification.marking()));
  add("precedence", NameOf(notification.precedence()));
  add("kind", notification.kind());
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
  } else if (record.has_acknowledge_by() &&
             record.from_party() != workplace.profile().config.party) {
    add("acknowledge", fmt::format("by {}", FormatUtc(TimeOf(record.acknowledge_by()))));
  }
  for (const v1::Delivery& delivery : record.deliveries()) {
    add(delivery.state().empty() ? "addressee" : delivery.state(), DeliveryText(delivery));
  }
  if (!said.has_value()) {
    return text + (record.given_digest().empty()
                       ? "\nwhat it says is not for you: you are told that it happened\n"
                       : "\nwhat it says was cut or erased, or the exchange withholds it\n");
  }
  for (const v1::Field& field : said->fields()) {
    add(CleanLine(field.name()), field.value());
  }
  add("subject", said->subject());
  return text + fmt::format("\n{}\n", CleanText(said->body()));
}

absl::Status RunShow(const CommandContext& context, const std::string& name) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  CBM_ASSIGN_OR_RETURN(v1::NotificationRecord record, FindNotification(workplace->replica(), name));
  CBM_RETURN_IF_ERROR(OpenAll(*workplace, {record}, v1::OPEN_MANNER_BY_HAND));
  CBM_ASSIGN_OR_RETURN(record, FindNotification(workplace->replica(), name));
  CBM_ASSIGN_OR_RETURN(const NotificationState state,
                       StateOf(workplace->replica(), workplace->profile().config.office, record,
                               workplace->ExchangeTime()));
  CBM_ASSIGN_OR_RETURN(const std::optional<v1::Manifest> said, ReadSaid(*workplace, record));
  if (context.json()) {
    Json json = NotificationJson(record, state);
    if (said.has_value()) {
      AddManifest(*said, json);
    }
    context.terminal.Print(FormatJson(json));
  } else {
    context.terminal.Print(
        BeginLines(Describe(*workplace, record, state, said), record.notification().context()));
  }
  return absl::OkStatus();
}

}  // namespace

void AddShow(CLI::App& app, CommandContext& context) {
  CLI::App* const command =
      AddCommand(app, "show", "Show a notification with what it says; opens it if that is needed",
                 "cbm show 0190163d-8694-739b-aea5-966c26f8ad91");
  const auto name = std::make_shared<std::string>();
  command->add_option("act", *name, "Its act id, or at least 6 digits of its digest")->required();
  Runs(command, context, [&context, name] { return RunShow(context, *name); });
}

}  // namespace cbm
