#ifndef CBM_TESTS_SUPPORT_RUN_COMMAND_H_
#define CBM_TESTS_SUPPORT_RUN_COMMAND_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace cbm::test {

struct CommandResult {
  int exit_code = -1;  // 128 and the signal's number if it was killed, 127 if it was not found.
  std::string output;
  std::string errors;
};

struct CommandOptions {
  std::string_view input;                     // What it reads from its standard input.
  std::string folder = {};                    // Where it runs; empty: where the test does.
  std::vector<std::string> environment = {};  // `NAME=value`, beside what the test has.
  absl::Duration time_max = absl::Seconds(30);
};

// Runs a program to its end and returns what it said. `arguments` begin with its name, looked up in
// PATH; no shell reads them. A program that takes longer than `time_max` is killed.
CommandResult RunCommand(const std::vector<std::string>& arguments,
                         const CommandOptions& options = {});

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_RUN_COMMAND_H_
