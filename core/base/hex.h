#ifndef CBM_CORE_BASE_HEX_H_
#define CBM_CORE_BASE_HEX_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace cbm {

// `bytes` as lower-case hexadecimal digits, two a byte.
std::string ToHex(std::string_view bytes);

// The bytes that `text` spells, in digits of either case.
//
// INVALID_ARGUMENT if it has an odd number of characters, or one that is no digit.
absl::StatusOr<std::string> FromHex(std::string_view text);

}  // namespace cbm

#endif  // CBM_CORE_BASE_HEX_H_
