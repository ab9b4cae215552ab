#include "server/store/fact_range.h"

#include <algorithm>

namespace cbm {
namespace {

// Longer than any key, so that it comes after all of them.
constexpr size_t kBeyondAllKeysBytes = 1024;

// The first key that comes after all keys that start with `prefix`.
std::string AfterAll(std::string_view prefix) {
  std::string after(prefix);
  while (!after.empty() && after.back() == '\xff') {
    after.pop_back();
  }
  if (after.empty()) {
    return std::string(kBeyondAllKeysBytes, '\xff');
  }
  after.back() = static_cast<char>(static_cast<unsigned char>(after.back()) + 1);
  return after;
}

}  // namespace

FactRange RangeOf(std::string_view prefix, std::string_view from, rules::Direction direction) {
  FactRange range{.lower = std::string(prefix), .upper = AfterAll(prefix)};
  if (from.empty()) {
    return range;
  }
  if (direction == rules::Direction::kAscending) {
    // The first key after `from` is that with a zero byte more.
    range.lower = std::max(range.lower, std::string(from) + '\0');
  } else {
    range.upper = std::min(range.upper, std::string(from));
  }
  return range;
}

}  // namespace cbm
