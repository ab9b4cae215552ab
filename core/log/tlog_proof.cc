#include "core/log/tlog_proof.h"

#include "absl/status/status.h"
#include "core/base/base64.h"
#include "core/base/decimal.h"
#include "core/base/status_macros.h"
#include "core/log/inclusion_proof.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr std::string_view kVersionLine = "c2sp.org/tlog-proof@v1\n";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";

// Takes the first line off `text`, without its newline; all of it if there is none.
std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

absl::StatusOr<std::vector<Digest>> ParsePath(std::string_view lines) {
  std::vector<Digest> path;
  while (!lines.empty()) {
    if (path.size() == kProofHashesMax) {
      return absl::InvalidArgumentError(
          fmt::format("proof: at most {} hashes are allowed", kProofHashesMax));
    }
    CBM_ASSIGN_OR_RETURN(const std::string bytes, FromBase64(TakeLine(lines)));
    CBM_ASSIGN_OR_RETURN(const Digest hash, DigestFrom(bytes));
    path.push_back(hash);
  }
  return path;
}

}  // namespace

std::string FormatTlogProof(const TlogProof& proof) {
  std::string text(kVersionLine);
  if (!proof.extra.empty()) {
    text += fmt::format("{}{}\n", kExtra, ToBase64(proof.extra));
  }
  text += fmt::format("{}{}\n", kIndex, proof.index);
  for (const Digest& hash : proof.path) {
    text += ToBase64(BytesOf(hash)) + "\n";
  }
  return text + "\n" + proof.checkpoint;
}

absl::StatusOr<TlogProof> ParseTlogProof(std::string_view text) {
  if (text.size() > kTlogProofBytesMax) {
    return absl::InvalidArgumentError(fmt::format("proof: has {} bytes; at most {} are allowed",
                                                  text.size(), kTlogProofBytesMax));
  }
  const size_t separator = text.find("\n\n");
  if (!text.starts_with(kVersionLine) || separator == std::string_view::npos) {
    return absl::InvalidArgumentError(
        "proof: begins with c2sp.org/tlog-proof@v1, and has an empty line before the checkpoint");
  }
  TlogProof proof{.extra = {}, .path = {}, .checkpoint = std::string(text.substr(separator + 2))};
  std::string_view lines = text.substr(0, separator);
  TakeLine(lines);
  std::string_view line = TakeLine(lines);
  if (line.starts_with(kExtra)) {
    CBM_ASSIGN_OR_RETURN(proof.extra, FromBase64(line.substr(kExtra.size())));
    if (proof.extra.empty()) {
      return absl::InvalidArgumentError("proof: an extra line without data");
    }
    line = TakeLine(lines);
  }
  if (!line.starts_with(kIndex)) {
    return absl::InvalidArgumentError("proof: lacks the index line");
  }
  CBM_ASSIGN_OR_RETURN(proof.index, FromDecimal(line.substr(kIndex.size())));
  CBM_ASSIGN_OR_RETURN(proof.path, ParsePath(lines));
  CBM_ASSIGN_OR_RETURN(const SignedNote note, ParseSignedNote(proof.checkpoint));
  CBM_RETURN_IF_ERROR(ParseCheckpoint(note.text).status());
  return proof;
}

absl::StatusOr<Checkpoint> VerifyTlogProof(std::string_view text, const Digest& leaf_hash,
                                           const VerifierKey& log_key) {
  const absl::StatusOr<TlogProof> proof = ParseTlogProof(text);
  if (!proof.ok()) {
    return absl::DataLossError("proof: malformed");
  }
  CBM_ASSIGN_OR_RETURN(Checkpoint checkpoint, OpenCheckpoint(proof->checkpoint, log_key));
  const LeafPosition position{.index = proof->index, .tree_size = checkpoint.head.size};
  CBM_RETURN_IF_ERROR(VerifyInclusion(leaf_hash, position, proof->path, checkpoint.head.root));
  return checkpoint;
}

}  // namespace cbm
