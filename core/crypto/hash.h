#ifndef CBM_CORE_CRYPTO_HASH_H_
#define CBM_CORE_CRYPTO_HASH_H_

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace cbm {

// The digests that signatures and certificates may use. Whatever the exchange itself digests uses
// Sha256 of digest.h.
enum class Hash { kSha256, kSha384, kSha512 };

// The digest of the concatenation of `parts`: 32, 48 or 64 bytes.
std::string HashOf(Hash hash, std::initializer_list<std::string_view> parts);

// The content of its object identifier in DER.
std::string_view ObjectIdentifierOf(Hash hash);

// The reverse. None if it is none of the three.
std::optional<Hash> HashNamed(std::string_view object_identifier);

// `SHA-256` and so on.
std::string_view NameOf(Hash hash);

}  // namespace cbm

#endif  // CBM_CORE_CRYPTO_HASH_H_
