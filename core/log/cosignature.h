#ifndef CBM_CORE_LOG_COSIGNATURE_H_
#define CBM_CORE_LOG_COSIGNATURE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/crypto/note_key.h"

namespace cbm {

// The cosignature v1 of a witness (C2SP tlog-cosignature, Ed25519): at that time this checkpoint
// was the largest consistent one that it had seen of this log. It does not bind the witness's name,
// so a key must serve one name alone.

// The 72 bytes that cosign the checkpoint with this note text, all its lines included.
//
// INVALID_ARGUMENT if the text is not a checkpoint, or the time before 1970. Parts of a second are
// dropped.
absl::StatusOr<std::string> Cosign(std::string_view checkpoint_text, absl::Time time,
                                   const NoteSigningKey& key);

// The time at which the holder of `public_key` cosigned the checkpoint with this note text.
// DATA_LOSS if it did not.
absl::StatusOr<absl::Time> OpenCosignature(std::string_view checkpoint_text,
                                           std::string_view cosignature,
                                           std::string_view public_key);

}  // namespace cbm

#endif  // CBM_CORE_LOG_COSIGNATURE_H_
