#ifndef CBM_CLIENT_COMMAND_COMMAND_H_
#define CBM_CLIENT_COMMAND_COMMAND_H_

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "CLI/App.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cbm/v1/common.pb.h"
#include "cbm/v1/notification.pb.h"
#include "client/output/json.h"
#include "client/perform.h"
#include "client/reading.h"
#include "client/terminal.h"
#include "client/workplace.h"
#include "core/base/clock.h"
#include "core/base/random.h"

namespace cbm {

// What commands share: the options that each of them has, and the world.
struct CommandContext {
  Terminal terminal;
  Clock& clock;
  Random& random;

  std::string profile = {};  // --profile; empty means the default.
  std::string output = "table";

  // What the command line chose; set while it is read, run by main.
  std::function<absl::Status()> chosen = {};

  bool json() const { return output == "json"; }
  // Whether a person should be told things besides: a program that asks for JSON reads the error
  // alone on standard error. `yes` if nothing is to be asked.
  bool tells(bool yes) const { return !json() || (!yes && terminal.can_ask()); }
  std::filesystem::path profile_folder() const;

  // The workplace of the profile; with its replica brought up to date.
  absl::StatusOr<std::unique_ptr<Workplace>> OpenWorkplace() const;
  absl::StatusOr<std::unique_ptr<Workplace>> OpenSynced() const;
};

// One function for each command, in a file of its name: it tells CLI11 the command's options, and
// what to run.
void AddInit(CLI::App& app, CommandContext& context);
void AddWhoami(CLI::App& app, CommandContext& context);
void AddTodo(CLI::App& app, CommandContext& context);
void AddNotify(CLI::App& app, CommandContext& context);
void AddInbox(CLI::App& app, CommandContext& context);
void AddSent(CLI::App& app, CommandContext& context);
void AddShow(CLI::App& app, CommandContext& context);
void AddAck(CLI::App& app, CommandContext& context);
void AddReply(CLI::App& app, CommandContext& context);
void AddConsult(CLI::App& app, CommandContext& context);
void AddWatch(CLI::App& app, CommandContext& context);
void AddDirectory(CLI::App& app, CommandContext& context);
void AddVerify(CLI::App& app, CommandContext& context);
void AddExport(CLI::App& app, CommandContext& context);
void AddLog(CLI::App& app, CommandContext& context);
void AddExchange(CLI::App& app, CommandContext& context);
void AddOutbox(CLI::App& app, CommandContext& context);
void AddGenesis(CLI::App& app, CommandContext& context);
void AddCompletion(CLI::App& app, CommandContext& context);
void AddManual(CLI::App& app, CommandContext& context, const std::string& version);

// Adds a command with an example below its help, and what it runs.
CLI::App* AddCommand(CLI::App& app, const std::string& name, const std::string& description,
                     const std::string& example);
void Runs(CLI::App* command, CommandContext& context, std::function<absl::Status()> run);

// What is printed of an act that the exchange took, as text or JSON; `what` begins the text.
Json PerformedJson(const Performed& performed);
std::string PerformedText(std::string_view what, const Performed& performed);

// What is due of the own party, "overdue since ..." first; empty if nothing is.
std::string DueText(const NotificationState& state);

// Tells a person of which acts the exchange gives no subject.
void NoteWithheld(const CommandContext& context, const Subjects& subjects);

// "INC", "INC update", "RSP interim": the kind, and what it is in its thread.
std::string KindText(const v1::NotificationRecord& record);

// The text with "EXERCISE" or "TEST" before every line, if that is its context.
std::string BeginLines(std::string_view text, v1::Context context);

// The first 12 digits of a digest: enough to name an act in a table.
std::string ShortDigest(std::string_view digest);

}  // namespace cbm

#endif  // CBM_CLIENT_COMMAND_COMMAND_H_
