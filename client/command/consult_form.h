#ifndef CBM_CLIENT_COMMAND_CONSULT_FORM_H_
#define CBM_CLIENT_COMMAND_CONSULT_FORM_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/command/notify_arguments.h"
#include "client/command/notify_form.h"
#include "core/rules/exchange.h"

namespace cbm {

// A request to consult as it was typed; empty means that it was left out.
struct RequestArguments {
  NotifyArguments notify = {};  // What is typed here means what it means for a notification.
  std::vector<std::string> times = {};
  std::string level = {};
  std::string format = {};
  std::string answer_by = {};
};

// What the arguments leave out of what every request says, in the order in which a person is asked,
// the text last. `arguments` must outlive what is returned.
absl::StatusOr<std::vector<Blank>> BlanksOfRequest(const rules::Exchange& exchange,
                                                   RequestArguments& arguments);

}  // namespace cbm

#endif  // CBM_CLIENT_COMMAND_CONSULT_FORM_H_
