#ifndef CBM_CLIENT_COMMAND_CONSULT_H_
#define CBM_CLIENT_COMMAND_CONSULT_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "CLI/App.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/consultation.pb.h"
#include "client/command/command.h"
#include "client/command/sending.h"
#include "client/workplace.h"

namespace cbm {

// What the commands of `cbm consult` share.

// One function for each small group of them, in a file of its name.
void AddConsultRequest(CLI::App& consult, CommandContext& context);
void AddConsultReading(CLI::App& consult, CommandContext& context);  // list, show
// answer, schedule, post, held, leave, withdraw
void AddConsultMeeting(CLI::App& consult, CommandContext& context);
// record, confirm, refuse, statement
void AddConsultRecord(CLI::App& consult, CommandContext& context);

// What every act in a consultation is told on the command line.
struct ConsultOptions {
  std::string id;
  std::string text;  // A file, or - for standard input; empty if nothing is said.
  bool yes = false;
};

// An act in the making.
struct ConsultPlan {
  v1::Act act;          // Its kind, without the consultation's id.
  std::string subject;  // Of what is said, if something is.
  std::string done;     // "accepted": begins the answer.

  // What a person has to see before it is released, besides to whom it goes.
  Lines lines = {};
  // Below them, as it is.
  std::string below = {};
};
using PlanConsult =
    std::function<absl::StatusOr<ConsultPlan>(Workplace& workplace, const v1::ConsultationRecord&)>;

// Makes the act that `plan` says of the consultation, for the party set that the replica has; shows
// to whom it goes and asks; sends it, and says what the consultation came to be.
//
// Without the exchange it works from the replica as it was left, and what is signed is kept.
absl::Status RunInConsultation(const CommandContext& context, const ConsultOptions& options,
                               const PlanConsult& plan);

// The same for an act that depends on the command line alone. A failure is why there is none: what
// was said is kept.
absl::Status RunInConsultation(const CommandContext& context, const ConsultOptions& options,
                               const absl::StatusOr<ConsultPlan>& plan);

// A command below `cbm consult` with the options of ConsultOptions. `text` is the help of --text;
// empty if there is none.
struct ConsultCommand {
  CLI::App* command;
  std::shared_ptr<ConsultOptions> options;
};
ConsultCommand AddConsultCommand(CLI::App& consult, const std::string& name,
                                 const std::string& description, const std::string& example,
                                 const std::string& text);

// The text in a file or on standard input; empty for no file.
absl::StatusOr<std::string> ReadTextOption(const std::string& file, TypedText& typed);

}  // namespace cbm

#endif  // CBM_CLIENT_COMMAND_CONSULT_H_
