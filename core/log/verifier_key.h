#ifndef CBM_CORE_LOG_VERIFIER_KEY_H_
#define CBM_CORE_LOG_VERIFIER_KEY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace cbm {

// How a key signs notes: the type bytes of C2SP signed-note that we know.
enum class NoteAlgorithm : uint8_t {
  kEd25519 = 0x01,      // Over the note's text.
  kCosignature = 0x04,  // Over the text and a time (C2SP tlog-cosignature, v1), by Ed25519.
};

// The hint by which a signature finds its key among those of one name. It is short and proves
// nothing.
using KeyId = uint32_t;

// A public key with the name it signs under and how it signs: what a verifier has to be given.
struct VerifierKey {
  std::string name;
  NoteAlgorithm algorithm = NoteAlgorithm::kEd25519;
  std::string public_key;  // 32 bytes.

  // The first four bytes of SHA-256(name || 0x0A || type || public key).
  KeyId id() const;

  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};

// The text of a key: `name+id in 8 hex digits+base64(type || public key)`.
std::string FormatVerifierKey(const VerifierKey& key);

// INVALID_ARGUMENT if the text is malformed, or its id is not the key's: most likely a slip of the
// hand. UNIMPLEMENTED if it is well formed but of an algorithm that we do not know; a list of keys
// can leave it out, since signatures by unknown keys are ignored.
absl::StatusOr<VerifierKey> ParseVerifierKey(std::string_view text);

}  // namespace cbm

#endif  // CBM_CORE_LOG_VERIFIER_KEY_H_
