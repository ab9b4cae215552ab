// cbm completion, and cbm manual: what a shell and `man` are told of the commands.

#include <memory>
#include <string>

#include "client/command/command.h"
#include "client/files.h"
#include "client/output/manual.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {
namespace {

absl::Status WriteManual(const CommandContext& context, const CLI::App& program,
                         const std::string& folder, const std::string& version) {
  for (const auto& [name, page] : ManualPages(program, version)) {
    CBM_RETURN_IF_ERROR(WriteFile(std::filesystem::path(folder) / name, page));
  }
  context.terminal.Note(fmt::format("the manual pages are in {}", folder));
  return absl::OkStatus();
}

}  // namespace

void AddCompletion(CLI::App& app, CommandContext& context) {
  CLI::App* const command =
      AddCommand(app, "completion", "Print a script that makes a shell complete commands",
                 "cbm completion bash > ~/.local/share/bash-completion/completions/cbm");
  const auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  Runs(command, context, [&app, &context, shell] {
    context.terminal.Print(CompletionScript(app, *shell == "bash"  ? Shell::kBash
                                                 : *shell == "zsh" ? Shell::kZsh
                                                                   : Shell::kFish));
    return absl::OkStatus();
  });
}

void AddManual(CLI::App& app, CommandContext& context, const std::string& version) {
  CLI::App* const command = AddCommand(app, "manual", "Write the manual pages of all commands",
                                       "cbm manual --dir ~/.local/share/man/man1");
  const auto folder = std::make_shared<std::string>();
  command->add_option("--dir", *folder, "The folder to write them to")
      ->required()
      ->check(CLI::ExistingDirectory);
  Runs(command, context,
       [&app, &context, folder, version] { return WriteManual(context, app, *folder, version); });
}

}  // namespace cbm
