#include "core/log/signed_note.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "core/base/base64.h"
#include "core/base/status_macros.h"
#include "core/log/cosignature.h"
#include "core/log/note_text.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr std::string_view kSignatureMark = "\xe2\x80\x94 ";  // An em dash and a space.
constexpr size_t kKeyIdBytes = 4;

absl::StatusOr<NoteSignature> ParseSignature(std::string_view line) {
  if (!line.starts_with(kSignatureMark)) {
    return absl::InvalidArgumentError("note: a signature line begins with an em dash and a space");
  }
  line.remove_prefix(kSignatureMark.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos || !IsKeyName(line.substr(0, space))) {
    return absl::InvalidArgumentError("note: a signature line lacks the key's name or signature");
  }
  CBM_ASSIGN_OR_RETURN(const std::string bytes, FromBase64(line.substr(space + 1)));
  if (bytes.size() <= kKeyIdBytes) {
    return absl::InvalidArgumentError("note: a signature is too short");
  }
  NoteSignature signature{.key_name = std::string(line.substr(0, space)),
                          .signature = bytes.substr(kKeyIdBytes)};
  for (size_t i = 0; i < kKeyIdBytes; ++i) {
    signature.key_id = signature.key_id << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return signature;
}

std::string FormatSignature(const NoteSignature& signature) {
  std::string bytes;
  for (size_t i = 0; i < kKeyIdBytes; ++i) {
    bytes += static_cast<char>(signature.key_id >> (8 * (kKeyIdBytes - 1 - i)) & 0xff);
  }
  return fmt::format("{}{} {}\n", kSignatureMark, signature.key_name,
                     ToBase64(bytes + signature.signature));
}

absl::Status CheckSignable(std::string_view text, std::string_view key_name) {
  if (!IsNoteText(text)) {
    return absl::InvalidArgumentError(
        "note: the text must be UTF-8 without control characters, and end in a newline");
  }
  if (!IsKeyName(key_name)) {
    return absl::InvalidArgumentError(
        "note: the key's name must not be empty, nor have a space or +");
  }
  return absl::OkStatus();
}

bool Claims(const NoteSignature& signature, const VerifierKey& key) {
  return signature.key_name == key.name && signature.key_id == key.id();
}

absl::StatusOr<NoteSigner> VerifySignature(std::string_view text, const NoteSignature& signature,
                                           const VerifierKey& key) {
  if (key.algorithm == NoteAlgorithm::kCosignature) {
    CBM_ASSIGN_OR_RETURN(const absl::Time time,
                         OpenCosignature(text, signature.signature, key.public_key));
    return NoteSigner{.key = key, .time = time};
  }
  if (!VerifyEd25519(key.public_key, text, signature.signature)) {
    return absl::DataLossError("note: a signature is not by the key that it names");
  }
  return NoteSigner{.key = key, .time = std::nullopt};
}

absl::Status CheckDistinct(std::span<const VerifierKey> known) {
  for (size_t i = 0; i < known.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (known[i].name == known[j].name && known[i].id() == known[j].id()) {
        return absl::InvalidArgumentError("two verifier keys have the same name and id");
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SignedNote> ParseSignedNote(std::string_view note) {
  if (note.size() > kNoteBytesMax) {
    return absl::InvalidArgumentError(
        fmt::format("note: has {} bytes; at most {} are allowed", note.size(), kNoteBytesMax));
  }
  if (!IsNoteText(note)) {
    return absl::InvalidArgumentError(
        "note: must be UTF-8 without control characters, and end in a newline");
  }
  const size_t separator = note.rfind("\n\n");
  if (separator == std::string_view::npos) {
    return absl::InvalidArgumentError("note: lacks the empty line before the signatures");
  }
  SignedNote result{.text = std::string(note.substr(0, separator + 1)), .signatures = {}};
  std::string_view lines = note.substr(separator + 2);
  while (!lines.empty()) {
    if (result.signatures.size() == kNoteSignaturesMax) {
      return absl::InvalidArgumentError(
          fmt::format("note: at most {} signatures are allowed", kNoteSignaturesMax));
    }
    const size_t end = lines.find('\n');  // There is one: the note ends in it.
    CBM_ASSIGN_OR_RETURN(NoteSignature signature, ParseSignature(lines.substr(0, end)));
    result.signatures.push_back(std::move(signature));
    lines.remove_prefix(end + 1);
  }
  if (result.signatures.empty()) {
    return absl::InvalidArgumentError("note: has no signature");
  }
  return result;
}

std::string FormatSignedNote(const SignedNote& note) {
  std::string text = note.text + "\n";
  for (const NoteSignature& signature : note.signatures) {
    text += FormatSignature(signature);
  }
  return text;
}

absl::StatusOr<NoteSignature> SignNote(std::string_view text, std::string_view key_name,
                                       const NoteSigningKey& key) {
  CBM_RETURN_IF_ERROR(CheckSignable(text, key_name));
  const VerifierKey verifier{.name = std::string(key_name),
                             .algorithm = NoteAlgorithm::kEd25519,
                             .public_key = key.public_key()};
  return NoteSignature{
      .key_name = verifier.name, .key_id = verifier.id(), .signature = key.Sign(text)};
}

absl::StatusOr<NoteSignature> CosignNote(std::string_view text, std::string_view key_name,
                                         absl::Time time, const NoteSigningKey& key) {
  CBM_RETURN_IF_ERROR(CheckSignable(text, key_name));
  CBM_ASSIGN_OR_RETURN(std::string cosignature, Cosign(text, time, key));
  const VerifierKey verifier{.name = std::string(key_name),
                             .algorithm = NoteAlgorithm::kCosignature,
                             .public_key = key.public_key()};
  return NoteSignature{
      .key_name = verifier.name, .key_id = verifier.id(), .signature = std::move(cosignature)};
}

absl::StatusOr<std::vector<NoteSigner>> VerifyNote(const SignedNote& note,
                                                   std::span<const VerifierKey> known) {
  CBM_RETURN_IF_ERROR(CheckDistinct(known));
  std::vector<NoteSigner> signers;
  for (const NoteSignature& signature : note.signatures) {
    const auto key = std::find_if(known.begin(), known.end(), [&](const VerifierKey& candidate) {
      return Claims(signature, candidate);
    });
    if (key == known.end()) {
      continue;
    }
    CBM_ASSIGN_OR_RETURN(NoteSigner signer, VerifySignature(note.text, signature, *key));
    const bool seen = std::any_of(signers.begin(), signers.end(),
                                  [&](const NoteSigner& other) { return other.key == *key; });
    if (!seen) {
      signers.push_back(std::move(signer));
    }
  }
  if (signers.empty()) {
    return absl::DataLossError("note: not signed by any key that is trusted here");
  }
  return signers;
}

}  // namespace cbm
