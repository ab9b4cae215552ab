#ifndef CBM_CORE_LOG_CHECKPOINT_H_
#define CBM_CORE_LOG_CHECKPOINT_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/crypto/note_key.h"
#include "core/log/tree_head.h"
#include "core/log/verifier_key.h"

namespace cbm {

// A log's word on what it holds (C2SP tlog-checkpoint). Whoever signs two that contradict each
// other is convicted by them.
struct Checkpoint {
  std::string origin;  // Which log. Ours sign under their origin as key name.
  TreeHead head;

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// The note text: origin, size and root in base64, a line each. Precondition: the origin can name a
// key.
std::string FormatCheckpoint(const Checkpoint& checkpoint);

// What a note text of at least these three lines says. Further lines, which the format allows a log
// to add, must not be empty and are ignored: nobody can audit them, and ours never have any.
//
// INVALID_ARGUMENT if a line is malformed, or an empty tree has any root but its own.
absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view text);

// The checkpoint as a signed note, by the log whose key this is. That it contradicts no earlier one
// is for the caller to know.
//
// INVALID_ARGUMENT if the origin cannot name a key.
absl::StatusOr<std::string> SignCheckpoint(const Checkpoint& checkpoint, const NoteSigningKey& key);

// What the log with this key has signed.
//
// DATA_LOSS if `note` is not a checkpoint, not signed by the key, carries a false signature by it,
// or is of another origin than the key's name.
absl::StatusOr<Checkpoint> OpenCheckpoint(std::string_view note, const VerifierKey& log_key);

}  // namespace cbm

#endif  // CBM_CORE_LOG_CHECKPOINT_H_
