#include "core/base/decimal.h"

#include <charconv>
#include <system_error>

#include "absl/status/status.h"

namespace cbm {

absl::StatusOr<uint64_t> FromDecimal(std::string_view text) {
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  // For an unsigned type from_chars takes digits alone: no sign, no space.
  const std::from_chars_result result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc() || result.ptr != end || (text.size() > 1 && text.front() == '0')) {
    return absl::InvalidArgumentError(
        "not a decimal number of at most 64 bits without leading zero");
  }
  return number;
}

}  // namespace cbm
