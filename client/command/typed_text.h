#ifndef CBM_CLIENT_COMMAND_TYPED_TEXT_H_
#define CBM_CLIENT_COMMAND_TYPED_TEXT_H_

#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/command/command.h"

namespace cbm {

// What somebody types or pipes into a command that sends it. Each piece is on this machine before
// the next is read, so that nothing is lost to an interrupt, to a terminal that hangs up, or to a
// mistake that is found later.
class TypedText {
 public:
  explicit TypedText(const CommandContext& context);

  // Reads standard input now, if one of `files` is it and nobody is at a terminal: who piped it in
  // may have no copy. Nobody is made to type for what cannot be sent.
  absl::Status ReadFirst(std::initializer_list<std::string_view> files);

  // A file of at most `bytes_max`; or, for "-", standard input, which may be longer: what was typed
  // is kept though it cannot be sent. A usage error if standard input was asked for before, or if
  // the terminal cut a line of it.
  absl::StatusOr<std::string> Read(const std::string& file, size_t bytes_max);

  // Lines, as Terminal::AskLines.
  absl::StatusOr<std::string> AskLines(std::string_view question);

  // To be called once, with what became of it, before anything else is told: a text that is sent or
  // in the outbox is kept no more; else the failure says where it is, or writes it back if nothing
  // can be kept here.
  absl::Status Settle(const absl::Status& outcome);

 private:
  void Keep(std::string_view piece);
  absl::StatusOr<std::string> ReadInput();

  const CommandContext& context_;
  const std::string name_;
  std::string text_;                                  // All that was read.
  std::filesystem::path file_;                        // Where it is kept; empty until something is.
  absl::Status kept_;                                 // Why not all of it is.
  std::optional<absl::StatusOr<std::string>> input_;  // Read first, and not asked for yet.
  bool is_input_read_ = false;
};

}  // namespace cbm

#endif  // CBM_CLIENT_COMMAND_TYPED_TEXT_H_
