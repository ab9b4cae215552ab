#ifndef CBM_CORE_LOG_SIGNED_NOTE_H_
#define CBM_CORE_LOG_SIGNED_NOTE_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/crypto/note_key.h"
#include "core/log/verifier_key.h"

namespace cbm {

inline constexpr size_t kNoteBytesMax = 1 << 20;  // Text and signatures together.
inline constexpr size_t kNoteSignaturesMax = 64;  // Verifiers must take at least 16.

// A line below a note's text. It says whose it claims to be; VerifyNote tells.
struct NoteSignature {
  std::string key_name;
  KeyId key_id = 0;
  std::string signature;

  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

// A text with signatures (C2SP signed-note). The text means nothing until VerifyNote said by whom
// it was signed.
struct SignedNote {
  std::string text;  // Ends in a newline.
  std::vector<NoteSignature> signatures;
};

// INVALID_ARGUMENT if `note` is malformed anywhere, has no signature, or breaks a limit above.
absl::StatusOr<SignedNote> ParseSignedNote(std::string_view note);

// The note as one text. What ParseSignedNote and the functions below gave parses again.
std::string FormatSignedNote(const SignedNote& note);

// The signature of `text` under a name. INVALID_ARGUMENT if the text ends without newline or has
// characters that a note must not have, or the name is not a key's.
absl::StatusOr<NoteSignature> SignNote(std::string_view text, std::string_view key_name,
                                       const NoteSigningKey& key);

// A witness's cosignature of a checkpoint's note text. INVALID_ARGUMENT as above, and if the text
// is not a checkpoint or the time before 1970.
absl::StatusOr<NoteSignature> CosignNote(std::string_view text, std::string_view key_name,
                                         absl::Time time, const NoteSigningKey& key);

// A known key that did sign.
struct NoteSigner {
  VerifierKey key;
  std::optional<absl::Time> time;  // When: of a cosignature alone.
};

// Who of `known` signed the note: each key once, in the order of the note's lines. Signatures by
// others are ignored, as are those that share but name or id with a known key.
//
// DATA_LOSS if none of `known` signed, or if any signature that claims to be by one of them is not:
// such a note was tampered with. INVALID_ARGUMENT if two of `known` have the same name and id.
absl::StatusOr<std::vector<NoteSigner>> VerifyNote(const SignedNote& note,
                                                   std::span<const VerifierKey> known);

}  // namespace cbm

#endif  // CBM_CORE_LOG_SIGNED_NOTE_H_
