#include "client/command/command.h"

#include <algorithm>
#include <utility>
#include <vector>

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

std::string DueText(const NotificationState& state) {
  std::vector<std::string> overdue;
  std::vector<std::string> due;
  for (const rules::Deadline& deadline : state.deadlines) {
    std::string name = NameOf(deadline.due);
    std::replace(name.begin(), name.end(), '_', ' ');
    if (rules::IsOverdue(deadline, state.now)) {
      overdue.push_back(fmt::format("{} overdue since {}", name, FormatUtc(deadline.by)));
    } else if (!deadline.met.has_value()) {
      due.push_back(fmt::format("{} by {}", name, FormatUtc(deadline.by)));
    }
  }
  overdue.insert(overdue.end(), due.begin(), due.end());
  return fmt::format("{}", fmt::join(overdue, "; "));
}

void NoteWithheld(const CommandContext& context, const Subjects& subjects) {
  if (const std::string withheld = subjects.Withheld(); !withheld.empty() && !context.json()) {
    context.terminal.Note(withheld);
  }
}

std::string KindText(const v1::NotificationRecord& record) {
  const std::string kind = CleanLine(record.notification().kind());
  if (record.outcome() != v1::REPLY_OUTCOME_UNSPECIFIED) {
    return fmt::format("{} {}", kind, NameOf(record.outcome()));
  }
  return record.follow_up() == v1::FOLLOW_UP_UNSPECIFIED
             ? kind
             : fmt::format("{} {}", kind, NameOf(record.follow_up()));
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
