#include "server/store/sum.h"

#include "xxhash.h"

namespace cbm {
namespace {

static_assert(sizeof(XXH64_canonical_t) == kSumBytes);

XXH64_canonical_t SumOf(std::string_view bytes, uint64_t place) {
  XXH64_canonical_t sum;
  XXH64_canonicalFromHash(&sum, XXH3_64bits_withSeed(bytes.data(), bytes.size(), place));
  return sum;
}

std::string_view Text(const XXH64_canonical_t& sum) {
  return {reinterpret_cast<const char*>(sum.digest), kSumBytes};
}

}  // namespace

std::string WithSum(std::string_view bytes, uint64_t place) {
  std::string kept;
  kept.reserve(kSumBytes + bytes.size());
  return kept.append(Text(SumOf(bytes, place))).append(bytes);
}

std::optional<std::string_view> WithoutSum(std::string_view kept, uint64_t place) {
  if (kept.size() < kSumBytes) {
    return std::nullopt;
  }
  const std::string_view bytes = kept.substr(kSumBytes);
  return kept.starts_with(Text(SumOf(bytes, place))) ? std::optional(bytes) : std::nullopt;
}

uint64_t PlaceOf(uint64_t number, std::string_view name) {
  return XXH3_64bits_withSeed(name.data(), name.size(), number);
}

}  // namespace cbm
