#ifndef CBM_SERVER_GATE_TOKEN_KEY_H_
#define CBM_SERVER_GATE_TOKEN_KEY_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY.

namespace cbm {

// Whether `key` is the name of a key on a PKCS#11 token (RFC 7512), and no key itself.
bool IsTokenKey(std::string_view key);

struct FreeTokenKey {
  void operator()(evp_pkey_st* key) const;
};
using TokenKeyPtr = std::unique_ptr<evp_pkey_st, FreeTokenKey>;

// The private key that `uri` names, without a PIN, on a token that the library at `module`
// (absolute path) speaks to. It never leaves the token, which signs with it. Nobody is asked for a
// PIN. The first module stays the process's. Thread-safe, as is the key.
//
// INVALID_ARGUMENT if OpenSSL's engine or the module cannot be loaded, there is no such token or
// key, or the PIN is not the token's; it says what to look at.
absl::StatusOr<TokenKeyPtr> LoadTokenKey(const std::string& uri, const std::string& module,
                                         const std::string& pin);

}  // namespace cbm

#endif  // CBM_SERVER_GATE_TOKEN_KEY_H_
