#ifndef CBM_CORE_CRYPTO_DIGEST_H_
#define CBM_CORE_CRYPTO_DIGEST_H_

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace cbm {

inline constexpr size_t kDigestBytes = 32;

// A SHA-256 digest (FIPS 180-4).
using Digest = std::array<unsigned char, kDigestBytes>;

// SHA-256 of the concatenation of `parts`.
Digest Sha256(std::initializer_list<std::string_view> parts);
inline Digest Sha256(std::string_view bytes) { return Sha256({bytes}); }

// The 32 bytes of `digest`, which must outlive the view.
inline std::string_view BytesOf(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// A digest from its 32 bytes. INVALID_ARGUMENT if they are not 32.
absl::StatusOr<Digest> DigestFrom(std::string_view bytes);

}  // namespace cbm

#endif  // CBM_CORE_CRYPTO_DIGEST_H_
