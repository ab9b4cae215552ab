#ifndef CBM_CORE_LOG_TLOG_PROOF_H_
#define CBM_CORE_LOG_TLOG_PROOF_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/crypto/digest.h"
#include "core/log/checkpoint.h"
#include "core/log/signed_note.h"
#include "core/log/verifier_key.h"

namespace cbm {

inline constexpr size_t kProofHashesMax = 63;
inline constexpr size_t kTlogProofBytesMax = 2 * kNoteBytesMax;  // Checkpoint and the rest.

// The proof, complete in one text, that a leaf is in a log (C2SP tlog-proof): a `.tlog-proof` file.
struct TlogProof {
  std::string extra;  // Not covered by any signature: never to be trusted. Usually empty.
  uint64_t index = 0;
  std::vector<Digest> path;
  std::string checkpoint;  // A signed note, verbatim.
};

std::string FormatTlogProof(const TlogProof& proof);

// INVALID_ARGUMENT if `text` is malformed anywhere, its checkpoint included, or breaks a limit
// above. It proves nothing yet.
absl::StatusOr<TlogProof> ParseTlogProof(std::string_view text);

// What the log with this key has signed, and what contains the leaf: at the index that the proof
// names, which is for the caller to compare where it matters.
//
// DATA_LOSS if the proof does not convince, whatever the reason.
absl::StatusOr<Checkpoint> VerifyTlogProof(std::string_view text, const Digest& leaf_hash,
                                           const VerifierKey& log_key);

}  // namespace cbm

#endif  // CBM_CORE_LOG_TLOG_PROOF_H_
