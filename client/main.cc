// cbm: the command line of an office. This is where its parts meet.

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/synchronization/mutex.h"
#include "client/command/command.h"
#include "client/exit_code.h"
#include "client/output/text.h"
#include "core/base/clock.h"
#include "core/crypto/system_random.h"
#include "fmt/format.h"
#include "google/protobuf/stubs/logging.h"

namespace {

// Takes the places of those of standard input, output and error that are closed, so that no file or
// connection does, which what is printed would then go into. Using them still fails. One may be
// gone already: gRPC opens an eventfd as it is loaded, which keeps nothing of what is written to
// it.
void HoldStandardStreams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) < 0) {  // Then it is the lowest that is free.
      ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
}

const std::string kVersion = "cbm " CBM_VERSION;

void AddCommands(CLI::App& app, cbm::CommandContext& context) {
  cbm::AddInit(app, context);
  cbm::AddWhoami(app, context);
  cbm::AddTodo(app, context);
  cbm::AddNotify(app, context);
  cbm::AddInbox(app, context);
  cbm::AddSent(app, context);
  cbm::AddShow(app, context);
  cbm::AddAck(app, context);
  cbm::AddReply(app, context);
  cbm::AddConsult(app, context);
  cbm::AddWatch(app, context);
  cbm::AddDirectory(app, context);
  cbm::AddVerify(app, context);
  cbm::AddExport(app, context);
  cbm::AddLog(app, context);
  cbm::AddOutbox(app, context);
  cbm::AddExchange(app, context);
  cbm::AddGenesis(app, context);
  cbm::AddCompletion(app, context);
  cbm::AddManual(app, context, kVersion);
}

// Whether JSON was asked for, for a command line that could not be read whole.
bool AsksForJson(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--output=json" ||
        (argument == "--output" && i + 1 < argc && std::strcmp(argv[i + 1], "json") == 0)) {
      return true;
    }
  }
  return false;
}

// The command that was being read, as it is typed: its help says more.
std::string CommandOf(const CLI::App& app) {
  std::string name = app.get_name();
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    name += fmt::format(" {}", at->get_name());
  }
  return name;
}

// What is wrong with the command line: CLI11 does not name a command that there is not.
std::string ProblemOf(const CLI::App& app, const CLI::ParseError& error) {
  const std::string text = error.what();
  const std::vector<std::string> unknown = app.remaining(/*recurse=*/true);
  return text.starts_with("A subcommand is required") && !unknown.empty()
             ? fmt::format("there is no command '{}'", unknown.front())
             : text;
}

int Report(const absl::Status& status, bool json) {
  if (!status.ok()) {
    const std::string text = cbm::TextOf(status);
    std::cerr << (json ? cbm::FormatJsonLine(cbm::ErrorJson(status))
                       : fmt::format("{}{}cbm: {}\n", text, text.empty() ? "" : "\n",
                                     cbm::CleanText(cbm::MessageOf(status))));
  }
  return static_cast<int>(cbm::ExitCodeOf(status));
}

// What the parser itself printed: a help, a version.
absl::Status CheckPrinted() {
  return std::cout.flush()
             ? absl::OkStatus()
             : cbm::HereError(
                   "the answer could not be written to standard output: is the disk full?");
}

int Run(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // What protobuf says of bytes that do not parse, cbm says in words.
  google::protobuf::SetLogHandler(nullptr);
  cbm::SystemRandom random;
  cbm::CommandContext context{
      .terminal = cbm::Terminal::OfProcess(), .clock = cbm::Clock::System(), .random = random};
  CLI::App app("Notifications between States about cyber and ICT, signed and provable", "cbm");
  app.fallthrough();
  app.require_subcommand(1);
  app.set_version_flag("--version", kVersion);
  app.add_option("--profile", context.profile, "The office's folder (default: ~/.config/cbm)");
  app.add_option("--output", context.output, "table (default) or json")
      ->check(CLI::IsMember({"table", "json"}));
  app.footer(
      "Example:\n  cbm --profile EE-technical inbox\n\n"
      "Ends with 0 done, 1 failed here, 2 usage, 3 refused by the exchange, 4 not now, try again,\n"
      "5 evidence does not verify, 6 not found.");
  AddCommands(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    app.exit(done);
    return Report(CheckPrinted(), AsksForJson(argc, argv));
  } catch (const CLI::ParseError& error) {
    return Report(
        cbm::UsageError(fmt::format("{}; see {} --help", ProblemOf(app, error), CommandOf(app))),
        AsksForJson(argc, argv));
  }
  return Report(context.chosen(), context.json());
}

}  // namespace

int main(int argc, char** argv) {
  HoldStandardStreams();
  // A file that may not grow, and a connection that is closed, are errors as any other.
  signal(SIGXFSZ, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    return Report(cbm::HereError(error.what()), AsksForJson(argc, argv));
  }
}
