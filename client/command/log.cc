// cbm log: a ledger's checkpoint and key, for other tools.

#include <memory>
#include <string>

#include "client/command/command.h"
#include "client/exit_code.h"
#include "core/base/status_macros.h"
#include "core/evidence/origin.h"
#include "core/log/verifier_key.h"
#include "fmt/format.h"

namespace cbm {
namespace {

absl::StatusOr<LedgerId> ChooseLedger(const ProfileConfig& config, const std::string& typed) {
  if (typed.empty()) {
    return OwnLedger(config);
  }
  const absl::StatusOr<LedgerId> ledger = LedgerId::Parse(typed);
  return ledger.ok() ? ledger : UsageError("--ledger must name a ledger, for instance state/EE");
}

absl::Status RunCheckpoint(const CommandContext& context, const std::string& typed) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  CBM_ASSIGN_OR_RETURN(const LedgerId ledger, ChooseLedger(workplace->profile().config, typed));
  const KeptCheckpoint* const checkpoint = workplace->replica().CheckpointOf(ledger);
  if (checkpoint == nullptr) {
    return absl::NotFoundError(fmt::format("there is no ledger {} of yours", ledger.text()));
  }
  context.terminal.Print(context.json() ? FormatJson({{"ledger", ledger.text()},
                                                      {"tree_size", checkpoint->head.size},
                                                      {"checkpoint", checkpoint->note}})
                                        : checkpoint->note);
  return absl::OkStatus();
}

absl::Status RunKey(const CommandContext& context, const std::string& typed) {
  CBM_ASSIGN_OR_RETURN(const Profile profile, OpenProfile(context.profile_folder()));
  CBM_ASSIGN_OR_RETURN(const LedgerId ledger, ChooseLedger(profile.config, typed));
  const std::string key = FormatVerifierKey(KeyOfLedger(profile.log, ledger));
  context.terminal.Print(context.json() ? FormatJson({{"ledger", ledger.text()}, {"key", key}})
                                        : fmt::format("{}\n", key));
  return absl::OkStatus();
}

}  // namespace

void AddLog(CLI::App& app, CommandContext& context) {
  CLI::App* const log = AddCommand(app, "log", "Show a ledger's checkpoint or verifier key",
                                   "cbm log checkpoint --ledger ALL/OSCE");
  log->require_subcommand(1);
  const auto ledger = std::make_shared<std::string>();
  CLI::App* const checkpoint =
      AddCommand(*log, "checkpoint", "Print the checkpoint as it is signed, once it is verified",
                 "cbm log checkpoint --ledger ALL/OSCE");
  checkpoint->add_option("--ledger", *ledger, "Default: your own");
  Runs(checkpoint, context, [&context, ledger] { return RunCheckpoint(context, *ledger); });
  CLI::App* const key = AddCommand(*log, "key", "Print the verifier key, without network",
                                   "cbm log key --ledger state/EE");
  key->add_option("--ledger", *ledger, "Default: your own");
  Runs(key, context, [&context, ledger] { return RunKey(context, *ledger); });
}

}  // namespace cbm
