#ifndef CBM_CLIENT_TERMINAL_H_
#define CBM_CLIENT_TERMINAL_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cbm {

// A terminal drops what is typed in one line beyond this, and tells nobody: a line of so many bytes
// may be the beginning of a longer one.
inline constexpr size_t kTerminalLineBytesMax = 4095;

// Where a command writes, and asks.
class Terminal {
 public:
  // The process's own: colour if standard output is a terminal and NO_COLOR is not set; it can ask
  // if standard input and error are one.
  static Terminal OfProcess();

  Terminal(bool colour, bool can_ask) : colour_(colour), can_ask_(can_ask) {}

  bool colour() const { return colour_; }
  bool can_ask() const { return can_ask_; }

  // To standard output: what was asked for. `text` ends in a newline.
  void Print(std::string_view text) const;

  // To standard error: what a person should know besides. One line, without a newline.
  void Note(std::string_view line) const;

  // Asks, and returns OK if the answer is yes. Otherwise it fails with 1, and without a terminal
  // with a usage error that names --yes.
  absl::Status Confirm(std::string_view question) const;

  // Asks for one line. Fails with 1 at the end of input. Only where it can ask.
  absl::StatusOr<std::string> Ask(std::string_view question) const;

  // The same for lines up to one that is a single dot, or to the end of input. Each is given to
  // `take` before the next is read; one that the terminal cut is no part of the text, and a note
  // says so.
  absl::StatusOr<std::string> AskLines(std::string_view question,
                                       absl::FunctionRef<void(std::string_view line)> take) const;

 private:
  bool colour_;
  bool can_ask_;
};

}  // namespace cbm

#endif  // CBM_CLIENT_TERMINAL_H_
