#ifndef CBM_CORE_LOG_MERKLE_HASH_H_
#define CBM_CORE_LOG_MERKLE_HASH_H_

#include <span>
#include <string_view>

#include "core/crypto/digest.h"

namespace cbm {

// The hashes of RFC 6962, section 2.1. The first byte keeps leaves and nodes apart, so that nobody
// can pass a node off as a leaf.

// SHA-256(0x00 || bytes).
Digest LeafHash(std::string_view bytes);

// SHA-256(0x01 || left || right).
Digest NodeHash(const Digest& left, const Digest& right);

// The root of a tree without leaves: SHA-256 of nothing.
Digest EmptyRoot();

// The root over the roots of full subtrees, given from left to right, each smaller than the one
// before: the right edge of a tree. EmptyRoot() if there is none.
Digest RootOfEdge(std::span<const Digest> subtrees);

}  // namespace cbm

#endif  // CBM_CORE_LOG_MERKLE_HASH_H_
