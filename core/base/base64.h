#ifndef CBM_CORE_BASE_BASE64_H_
#define CBM_CORE_BASE_BASE64_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace cbm {

// `bytes` in base64 (RFC 4648, section 4), padded, on one line.
std::string ToBase64(std::string_view bytes);

// The bytes that `text` encodes. Only what ToBase64 would write is taken, so that the same bytes
// never have two texts.
//
// INVALID_ARGUMENT if a character is foreign, padding is missing or misplaced, or unused bits are
// set.
absl::StatusOr<std::string> FromBase64(std::string_view text);

}  // namespace cbm

#endif  // CBM_CORE_BASE_BASE64_H_
