#ifndef CBM_CORE_LOG_INCLUSION_PROOF_H_
#define CBM_CORE_LOG_INCLUSION_PROOF_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/crypto/digest.h"
#include "core/log/tree_shape.h"

namespace cbm {

// The root of the tree in which `proof` (RFC 6962, section 2.1.1) puts the leaf. It convinces of
// nothing until compared with a root that is trusted.
//
// DATA_LOSS if there is no such tree: the leaf is beyond it, or the proof too short or too long.
absl::StatusOr<Digest> RootFromInclusion(const Digest& leaf_hash, LeafPosition position,
                                         const std::vector<Digest>& proof);

// OK if `proof` shows that the leaf stands at `position` in the tree with this root (RFC 9162,
// section 2.1.3.2). DATA_LOSS if it does not convince, whatever the reason.
absl::Status VerifyInclusion(const Digest& leaf_hash, LeafPosition position,
                             const std::vector<Digest>& proof, const Digest& root);

}  // namespace cbm

#endif  // CBM_CORE_LOG_INCLUSION_PROOF_H_
