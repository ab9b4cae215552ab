#ifndef CBM_CORE_BASE_DECIMAL_H_
#define CBM_CORE_BASE_DECIMAL_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

namespace cbm {

// The number that `text` spells in decimal digits, without sign, space or leading zero.
//
// INVALID_ARGUMENT if it is anything else, or does not fit in 64 bits.
absl::StatusOr<uint64_t> FromDecimal(std::string_view text);

}  // namespace cbm

#endif  // CBM_CORE_BASE_DECIMAL_H_
