#include "core/log/frontier.h"

#include <bit>
#include <cstdlib>
#include <limits>

#include "absl/status/status.h"
#include "core/base/status_macros.h"
#include "core/log/merkle_hash.h"
#include "fmt/format.h"

namespace cbm {

absl::StatusOr<Frontier> Frontier::Parse(uint64_t size, std::string_view bytes) {
  const auto count = static_cast<size_t>(std::popcount(size));
  if (bytes.size() != count * kDigestBytes) {
    return absl::DataLossError(fmt::format("the edge of a tree of {} leaves has {} bytes, not {}",
                                           size, count * kDigestBytes, bytes.size()));
  }
  Frontier frontier;
  frontier.size_ = size;
  frontier.subtrees_.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    CBM_ASSIGN_OR_RETURN(const Digest hash,
                         DigestFrom(bytes.substr(i * kDigestBytes, kDigestBytes)));
    frontier.subtrees_.push_back(hash);
  }
  return frontier;
}

std::string Frontier::Serialize() const {
  std::string bytes;
  bytes.reserve(subtrees_.size() * kDigestBytes);
  for (const Digest& hash : subtrees_) {
    bytes += BytesOf(hash);
  }
  return bytes;
}

void Frontier::Append(const Digest& leaf_hash) {
  if (size_ == std::numeric_limits<uint64_t>::max()) {
    std::abort();  // No log lives that long: the size was never true.
  }
  Digest hash = leaf_hash;
  for (uint64_t rest = size_; rest % 2 == 1; rest /= 2) {
    hash = NodeHash(subtrees_.back(), hash);
    subtrees_.pop_back();
  }
  subtrees_.push_back(hash);
  ++size_;
}

Digest Frontier::Root() const { return RootOfEdge(subtrees_); }

}  // namespace cbm
