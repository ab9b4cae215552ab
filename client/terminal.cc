#include "client/terminal.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "client/exit_code.h"
#include "fmt/format.h"

namespace cbm {

namespace {

// If even this fails there is nobody to tell.
void WriteToError(std::string_view text) {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr));
}

}  // namespace

Terminal Terminal::OfProcess() {
  const char* const no_colour = std::getenv("NO_COLOR");
  const bool plain = no_colour != nullptr && *no_colour != '\0';
  return Terminal(!plain && isatty(STDOUT_FILENO) == 1,
                  isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1);
}

void Terminal::Print(std::string_view text) const {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return;
  }
  // Whatever was done is done; but who asked must not take nothing for an answer. A reader that
  // wanted no more, as head does, needs no word.
  if (errno != EPIPE) {
    Note("cbm: the answer could not be written to standard output: is the disk full?");
  }
  std::_Exit(static_cast<int>(ExitCode::kFailedHere));
}

void Terminal::Note(std::string_view line) const { WriteToError(fmt::format("{}\n", line)); }

absl::Status Terminal::Confirm(std::string_view question) const {
  if (!can_ask_) {
    return UsageError("there is no terminal to confirm at; say --yes if all of that is right");
  }
  WriteToError(fmt::format("{} [y/N] ", question));
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") {
    return absl::OkStatus();
  }
  return HereError("not confirmed: nothing was sent or changed");
}

absl::StatusOr<std::string> Terminal::Ask(std::string_view question) const {
  WriteToError(fmt::format("{} ", question));
  std::string answer;
  if (!std::getline(std::cin, answer)) {
    return HereError("there was no answer: nothing was sent or changed");
  }
  return answer;
}

absl::StatusOr<std::string> Terminal::AskLines(
    std::string_view question, absl::FunctionRef<void(std::string_view line)> take) const {
  Note(fmt::format("{} (end with a line that is a single dot, or with Ctrl-D)", question));
  std::string text;
  std::string line;
  while (std::getline(std::cin, line)) {
    if (line == ".") {
      return text;
    }
    take(line);
    if (line.size() >= kTerminalLineBytesMax) {
      Note(
          "that line was too long for the terminal, which lost its end: it is left out; type it "
          "again in shorter lines, or put the text in a file");
      continue;
    }
    text += text.empty() ? line : fmt::format("\n{}", line);
  }
  if (text.empty()) {
    return HereError("there was no answer: nothing was sent or changed");
  }
  std::clearerr(stdin);  // A terminal goes on after Ctrl-D.
  std::cin.clear();
  return text;
}

}  // namespace cbm
