#ifndef CBM_CORE_LOG_TREE_HEAD_H_
#define CBM_CORE_LOG_TREE_HEAD_H_

#include <cstdint>

#include "core/crypto/digest.h"

namespace cbm {

// What a log is at one moment: two logs with the same head have the same leaves.
struct TreeHead {
  uint64_t size = 0;  // The number of leaves.
  Digest root{};      // The Merkle tree hash of all of them (RFC 6962, section 2.1).

  friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

}  // namespace cbm

#endif  // CBM_CORE_LOG_TREE_HEAD_H_
