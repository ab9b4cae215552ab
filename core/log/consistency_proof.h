#ifndef CBM_CORE_LOG_CONSISTENCY_PROOF_H_
#define CBM_CORE_LOG_CONSISTENCY_PROOF_H_

#include <vector>

#include "absl/status/status.h"
#include "core/crypto/digest.h"
#include "core/log/tree_head.h"

namespace cbm {

// OK if `proof` shows that the newer tree begins with the leaves of the older one, in their order
// (RFC 9162, section 2.1.4.2): nothing was taken away or changed. Every tree begins with the empty
// one, by an empty proof.
//
// DATA_LOSS if it does not convince, whatever the reason.
absl::Status VerifyConsistency(const TreeHead& older, const TreeHead& newer,
                               const std::vector<Digest>& proof);

}  // namespace cbm

#endif  // CBM_CORE_LOG_CONSISTENCY_PROOF_H_
