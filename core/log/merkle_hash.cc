#include "core/log/merkle_hash.h"

namespace cbm {
namespace {

constexpr std::string_view kLeafPrefix("\x00", 1);
constexpr std::string_view kNodePrefix("\x01", 1);

}  // namespace

Digest LeafHash(std::string_view bytes) { return Sha256({kLeafPrefix, bytes}); }

Digest NodeHash(const Digest& left, const Digest& right) {
  return Sha256({kNodePrefix, BytesOf(left), BytesOf(right)});
}

Digest EmptyRoot() { return Sha256(std::string_view()); }

Digest RootOfEdge(std::span<const Digest> subtrees) {
  if (subtrees.empty()) {
    return EmptyRoot();
  }
  Digest root = subtrees.back();
  for (size_t i = subtrees.size() - 1; i > 0; --i) {
    root = NodeHash(subtrees[i - 1], root);
  }
  return root;
}

}  // namespace cbm
