// cbm ack: states that a notification was received.

#include <memory>
#include <string>
#include <utility>

#include "client/command/command.h"
#include "client/lookup.h"
#include "client/output/names.h"
#include "client/output/text.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {
namespace {

absl::Status RunAck(const CommandContext& context, const std::string& name) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  CBM_ASSIGN_OR_RETURN(const v1::NotificationRecord record,
                       FindNotification(workplace->replica(), name));
  Proposal proposal;
  proposal.act.mutable_audience()->mutable_own();
  proposal.act.mutable_acknowledge()->set_manner(v1::OPEN_MANNER_BY_HAND);
  v1::Reference& reference = *proposal.act.add_references();
  reference.set_act_digest(record.act_digest());
  reference.set_record_version(record.record_version());
  CBM_ASSIGN_OR_RETURN(const Performed performed, Perform(*workplace, std::move(proposal)));
  if (context.json()) {
    Json json = PerformedJson(performed);
    json["acknowledged"] = ToHex(record.act_digest());
    json["context"] = NameOf(record.notification().context());
    context.terminal.Print(FormatJson(json));
  } else {
    context.terminal.Print(BeginLines(
        PerformedText(
            fmt::format("{} {} of {} acknowledged", CleanLine(record.notification().kind()),
                        ShortDigest(record.act_digest()), CleanLine(record.from_party())),
            performed),
        record.notification().context()));
  }
  return absl::OkStatus();
}

}  // namespace

void AddAck(CLI::App& app, CommandContext& context) {
  CLI::App* const command =
      AddCommand(app, "ack", "Acknowledge a notification: its sender and the secretariat are told",
                 "cbm ack 0190163d-8694-739b-aea5-966c26f8ad91");
  const auto name = std::make_shared<std::string>();
  const auto yes = std::make_shared<bool>(false);
  command->add_option("act", *name, "Its act id, or at least 6 digits of its digest")->required();
  command->add_flag("--yes", *yes, "Accepted for scripts; nothing is asked");
  Runs(command, context, [&context, name, yes] { return RunAck(context, *name); });
}

}  // namespace cbm
