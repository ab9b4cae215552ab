#include "client/command/asking.h"

#include <string>
#include <utility>

#include "client/exit_code.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr int kAttemptsMax = 3;  // At one question.

absl::Status Fill(const Blank& blank, std::string answer) {
  if (answer.empty()) {
    return UsageError(fmt::format("{} must be said", blank.option));
  }
  if (!blank.lines && answer.size() >= kTerminalLineBytesMax) {
    return UsageError(fmt::format("{}: that line was too long for the terminal, which lost its end",
                                  blank.option));
  }
  return blank.fill(std::move(answer));
}

absl::Status AskFor(const Terminal& terminal, TypedText& typed, const Blank& blank) {
  absl::Status filled;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    CBM_ASSIGN_OR_RETURN(std::string answer, blank.lines ? typed.AskLines(blank.question)
                                                         : terminal.Ask(blank.question));
    filled = Fill(blank, std::move(answer));
    if (filled.ok()) {
      return filled;
    }
    terminal.Note(MessageOf(filled));
  }
  return filled;
}

}  // namespace

absl::Status FillBlanks(const Terminal& terminal, TypedText& typed,
                        absl::FunctionRef<absl::StatusOr<std::vector<Blank>>()> blanks,
                        absl::FunctionRef<absl::Status()> check) {
  CBM_ASSIGN_OR_RETURN(std::vector<Blank> missing, blanks());
  if (!terminal.can_ask()) {
    return NameBlanks(missing);
  }
  while (!missing.empty()) {
    if (missing.front().lines) {  // Nobody types a text for what cannot be sent.
      CBM_RETURN_IF_ERROR(check());
    }
    CBM_RETURN_IF_ERROR(AskFor(terminal, typed, missing.front()));
    CBM_ASSIGN_OR_RETURN(missing, blanks());
  }
  return absl::OkStatus();
}

}  // namespace cbm
