#ifndef CBM_CORE_BASE_UUID_H_
#define CBM_CORE_BASE_UUID_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/random.h"

namespace cbm {

// UUIDs of version 7 (RFC 9562, section 5.7), as 16 bytes. They sort by the millisecond they were
// made in.

// A new one, of the instant `now`.
std::string NewUuid(absl::Time now, Random& random);

// Whether `bytes` are 16 and carry version 7 and the variant of RFC 9562.
bool IsUuid(std::string_view bytes);

// The usual text, `0190163d-8694-739b-aea5-966c26f8ad91`, of 16 bytes.
std::string FormatUuid(std::string_view bytes);

// The 16 bytes of such a text. INVALID_ARGUMENT if it is not the text of a UUID of version 7.
absl::StatusOr<std::string> ParseUuid(std::string_view text);

}  // namespace cbm

#endif  // CBM_CORE_BASE_UUID_H_
