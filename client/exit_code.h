#ifndef CBM_CLIENT_EXIT_CODE_H_
#define CBM_CLIENT_EXIT_CODE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace cbm {

// What a command ends with, for scripts.
enum class ExitCode {
  kDone = 0,
  kFailedHere = 1,  // Disk, key, not confirmed.
  kUsage = 2,
  kRefused = 3,
  kTryAgain = 4,
  kEvidence = 5,  // Evidence does not verify.
  kNotFound = 6,
};

// The command line cannot be followed. Ends with 2.
absl::Status UsageError(const std::string& message);

// Something on this machine failed. Ends with 1.
absl::Status HereError(const std::string& message);

// The exit code of a failure: the two above, or by the status's code.
ExitCode ExitCodeOf(const absl::Status& status);

// The name that JSON gives the failure: "USAGE", "FAILED_HERE", or that of the status's code.
std::string CodeNameOf(const absl::Status& status);

// The status with `before` in front of its message; it ends with the same exit code.
absl::Status Prefix(std::string_view before, const absl::Status& status);

// The status with `after` behind its message; it ends with the same exit code.
absl::Status Suffix(const absl::Status& status, std::string_view after);

// The status with a text that somebody wrote and that is kept nowhere: it is written back with the
// failure. Empty if there is none.
absl::Status WithText(absl::Status status, std::string_view text);
std::string TextOf(const absl::Status& status);

// The message of a status. Empty if it is OK.
std::string MessageOf(const absl::Status& status);

}  // namespace cbm

#endif  // CBM_CLIENT_EXIT_CODE_H_
