#include "server/store/sum.h"

#include "xxhash.h"

namespace cbm {
namespace {

static_assert(sizeof(XXH64_canonical_t) == kSumBytes);

XXH64_canonical_t SumOf(std::string_view bytes) {
  XXH64_canonical_t sum;
  XXH64_canonicalFromHash(&sum, XXH3_64bits(bytes.data(), bytes.size()));
  return sum;
}

std::string_view Text(const XXH64_canonical_t& sum) {
  return {reinterpret_cast<const char*>(sum.digest), kSumBytes};
}

}  // namespace

std::string WithSum(std::string_view bytes) {
  std::string kept;
  kept.reserve(kSumBytes + bytes.size());
  return kept.append(Text(SumOf(bytes))).append(bytes);
}

std::optional<std::string_view> WithoutSum(std::string_view kept) {
  if (kept.size() < kSumBytes) {
    return std::nullopt;
  }
  const std::string_view bytes = kept.substr(kSumBytes);
  return kept.starts_with(Text(SumOf(bytes))) ? std::optional(bytes) : std::nullopt;
}

}  // namespace cbm
