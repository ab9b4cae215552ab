#ifndef CBM_CLIENT_OUTPUT_MANUAL_H_
#define CBM_CLIENT_OUTPUT_MANUAL_H_

#include <map>
#include <string>
#include <string_view>

#include "CLI/App.hpp"

namespace cbm {

// Manual pages and shell completion, made from what CLI11 knows of the commands, so that neither
// can say what the program does not do.

enum class Shell { kBash, kFish, kZsh };

// The manual pages (mdoc) by file name: "cbm.1", and one for each command, "cbm-notify.1".
// `version` stands at the foot of each.
std::map<std::string, std::string> ManualPages(const CLI::App& program, std::string_view version);

// A script that makes the shell complete commands, options, and values where there are but few.
std::string CompletionScript(const CLI::App& program, Shell shell);

}  // namespace cbm

#endif  // CBM_CLIENT_OUTPUT_MANUAL_H_
