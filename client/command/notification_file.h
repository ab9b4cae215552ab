#ifndef CBM_CLIENT_COMMAND_NOTIFICATION_FILE_H_
#define CBM_CLIENT_COMMAND_NOTIFICATION_FILE_H_

#include <string_view>

#include "absl/status/status.h"
#include "client/command/notify_arguments.h"

namespace cbm {

// Fills what is empty in `arguments` from a whole notification in JSON (docs/formats.md,
// "Notification file"): what was typed stands.
//
// A usage error names the key that is not known, or what a value must be.
absl::Status ReadNotificationFile(std::string_view json, NotifyArguments& arguments);

}  // namespace cbm

#endif  // CBM_CLIENT_COMMAND_NOTIFICATION_FILE_H_
