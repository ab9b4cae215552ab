#include "client/command/typed_text.h"

#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "client/exit_code.h"
#include "client/files.h"
#include "client/outbox.h"
#include "client/perform.h"
#include "core/base/status_macros.h"
#include "core/base/uuid.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// More than may be sent, so that what was typed is kept though it is too long.
constexpr size_t kTypedBytesMax = size_t{1} << 20;

}  // namespace

TypedText::TypedText(const CommandContext& context)
    : context_(context), name_(FormatUuid(NewUuid(context.clock.Now(), context.random))) {}

absl::Status TypedText::ReadFirst(std::initializer_list<std::string_view> files) {
  if (!context_.terminal.can_ask() && std::find(files.begin(), files.end(), "-") != files.end()) {
    input_ = ReadInput();
    return input_->status();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> TypedText::Read(const std::string& file, size_t bytes_max) {
  if (file != "-") {
    return ReadFile(file, bytes_max);
  }
  if (input_.has_value()) {
    absl::StatusOr<std::string> input = *std::move(input_);
    input_.reset();
    return input;
  }
  return is_input_read_ ? UsageError("standard input can be given for one thing alone: name a file")
                        : ReadInput();
}

absl::StatusOr<std::string> TypedText::AskLines(std::string_view question) {
  bool is_first = text_.empty();
  CBM_ASSIGN_OR_RETURN(std::string lines,
                       context_.terminal.AskLines(question, [&](std::string_view line) {
                         Keep(is_first ? line : fmt::format("\n{}", line));
                         is_first = false;
                       }));
  CBM_RETURN_IF_ERROR(kept_);
  return lines;
}

absl::Status TypedText::Settle(const absl::Status& outcome) {
  if (text_.empty()) {
    return outcome;
  }
  if (outcome.ok() || IsInOutbox(outcome)) {
    static_cast<void>(RemoveFile(file_));
    return outcome;
  }
  if (!kept_.ok()) {
    return WithText(Suffix(outcome,
                           "nothing was sent; what you wrote could not be kept here and is written "
                           "back"),
                    text_);
  }
  return Suffix(outcome, fmt::format("the text is kept in {}", file_.string()));
}

void TypedText::Keep(std::string_view piece) {
  text_ += piece;
  const std::filesystem::path profile = context_.profile_folder();
  std::error_code none;
  if (!kept_.ok()) {
    return;
  }
  if (!file_.empty()) {
    kept_ = AppendToFile(file_, piece);
  } else if (!std::filesystem::is_directory(profile, none)) {
    kept_ = HereError(fmt::format("there is no profile in {}", profile.string()));
  } else if (auto file = Outbox(profile / "outbox").KeepText(name_, piece); file.ok()) {
    file_ = *std::move(file);
  } else {
    kept_ = file.status();
  }
}

absl::StatusOr<std::string> TypedText::ReadInput() {
  is_input_read_ = true;
  const bool is_terminal = isatty(STDIN_FILENO) == 1;
  bool is_cut = false;
  CBM_ASSIGN_OR_RETURN(std::string text,
                       ReadStandardInput(kTypedBytesMax, [&](std::string_view piece) {
                         Keep(piece);
                         is_cut |= is_terminal && piece.size() >= kTerminalLineBytesMax;
                       }));
  CBM_RETURN_IF_ERROR(kept_);
  return is_cut ? absl::StatusOr<std::string>(UsageError(
                      "a line was too long for the terminal, which lost its end: type it in "
                      "shorter lines, or put the text in a file"))
                : std::move(text);
}

}  // namespace cbm
