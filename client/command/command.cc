#include "client/command/command.h"

#include <utility>

#include "client/output/names.h"
#include "client/output/text.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kShortDigits = 12;

}  // namespace

std::filesystem::path CommandContext::profile_folder() const {
  return profile.empty() ? DefaultProfileFolder() : std::filesystem::path(profile);
}

absl::StatusOr<std::unique_ptr<Workplace>> CommandContext::OpenWorkplace() const {
  return Workplace::Open(profile_folder(), clock, random);
}

absl::StatusOr<std::unique_ptr<Workplace>> CommandContext::OpenSynced() const {
  CBM_ASSIGN_OR_RETURN(std::unique_ptr<Workplace> workplace, OpenWorkplace());
  CBM_RETURN_IF_ERROR(workplace->Sync());
  return workplace;
}

CLI::App* AddCommand(CLI::App& app, const std::string& name, const std::string& description,
                     const std::string& example) {
  CLI::App* const command = app.add_subcommand(name, description);
  command->footer(fmt::format("Example:\n  {}", example));
  return command;
}

void Runs(CLI::App* command, CommandContext& context, std::function<absl::Status()> run) {
  command->callback([command, &context, run = std::move(run)] {
    // CLI11 calls a command's own after that of its subcommand.
    if (command->get_subcommands().empty()) {
      context.chosen = run;
    }
  });
}

Json PerformedJson(const Performed& performed) {
  return {{"act_id", performed.act_id},       {"act_digest", ToHex(BytesOf(performed.act_digest))},
          {"ledger", performed.ledger},       {"ordinal", performed.ordinal},
          {"leaf_index", performed.ordinal},  {"tree_size", performed.tree_size},
          {"time", TimeJson(performed.time)}, {"receipt", performed.receipt.string()}};
}

std::string PerformedText(std::string_view what, const Performed& performed) {
  return fmt::format(
      "{} at {}\n"
      "act      {}\n"
      "ledger   {}, entry {} of {}\n"
      "receipt  {}\n",
      what, FormatUtc(performed.time), performed.act_id, performed.ledger, performed.ordinal,
      performed.tree_size, performed.receipt.string());
}

std::string BeginLines(std::string_view text, v1::Context context) {
  if (context != v1::CONTEXT_EXERCISE && context != v1::CONTEXT_TEST) {
    return std::string(text);
  }
  std::string lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines += fmt::format("{} {}\n", NameOf(context), text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::string ShortDigest(std::string_view digest) { return ToHex(digest).substr(0, kShortDigits); }

}  // namespace cbm
