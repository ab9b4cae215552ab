#include "core/log/checkpoint.h"

#include <cstdint>
#include <optional>
#include <span>

#include "absl/status/status.h"
#include "core/base/base64.h"
#include "core/base/decimal.h"
#include "core/base/status_macros.h"
#include "core/crypto/digest.h"
#include "core/log/merkle_hash.h"
#include "core/log/note_text.h"
#include "core/log/signed_note.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// Takes the first line off `text`, without its newline. Nothing if it is empty or does not end.
std::optional<std::string_view> TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos || end == 0) {
    return std::nullopt;
  }
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

absl::StatusOr<TreeHead> ParseHead(std::string_view size_line, std::string_view root_line) {
  CBM_ASSIGN_OR_RETURN(const uint64_t size, FromDecimal(size_line));
  CBM_ASSIGN_OR_RETURN(const std::string bytes, FromBase64(root_line));
  CBM_ASSIGN_OR_RETURN(const Digest root, DigestFrom(bytes));
  if (size == 0 && root != EmptyRoot()) {
    return absl::InvalidArgumentError("checkpoint: an empty tree with another root");
  }
  return TreeHead{.size = size, .root = root};
}

}  // namespace

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  return fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.head.size,
                     ToBase64(BytesOf(checkpoint.head.root)));
}

absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view text) {
  if (text.size() > kNoteBytesMax || !IsNoteText(text)) {
    return absl::InvalidArgumentError("checkpoint: not the text of a note");
  }
  const std::optional<std::string_view> origin = TakeLine(text);
  const std::optional<std::string_view> size = TakeLine(text);
  const std::optional<std::string_view> root = TakeLine(text);
  if (!origin.has_value() || !size.has_value() || !root.has_value()) {
    return absl::InvalidArgumentError("checkpoint: has fewer than three lines");
  }
  CBM_ASSIGN_OR_RETURN(const TreeHead head, ParseHead(*size, *root));
  while (!text.empty()) {
    if (!TakeLine(text).has_value()) {
      return absl::InvalidArgumentError("checkpoint: has an empty line");
    }
  }
  return Checkpoint{.origin = std::string(*origin), .head = head};
}

absl::StatusOr<std::string> SignCheckpoint(const Checkpoint& checkpoint,
                                           const NoteSigningKey& key) {
  const std::string text = FormatCheckpoint(checkpoint);
  CBM_ASSIGN_OR_RETURN(const NoteSignature signature, SignNote(text, checkpoint.origin, key));
  return FormatSignedNote({.text = text, .signatures = {signature}});
}

absl::StatusOr<Checkpoint> OpenCheckpoint(std::string_view note, const VerifierKey& log_key) {
  const absl::StatusOr<SignedNote> parsed = ParseSignedNote(note);
  if (!parsed.ok()) {
    return absl::DataLossError("checkpoint: not a signed note");
  }
  CBM_RETURN_IF_ERROR(VerifyNote(*parsed, std::span(&log_key, 1)).status());
  absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(parsed->text);
  if (!checkpoint.ok()) {
    return absl::DataLossError("checkpoint: the log signed something else");
  }
  if (checkpoint->origin != log_key.name) {
    return absl::DataLossError("checkpoint: of another log than the key's");
  }
  return checkpoint;
}

}  // namespace cbm
