#ifndef CBM_CORE_CRYPTO_SIGNING_KEY_H_
#define CBM_CORE_CRYPTO_SIGNING_KEY_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/crypto/certificate.h"
#include "core/crypto/secret.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY.

namespace cbm {

// The private key of an office's credential: EC P-256 or P-384. What can be asked of it is what a
// token can do too: the key itself is never given.
//
// Can be moved, not copied; wipes itself. A key that was moved from may only be destroyed or
// assigned to. Thread-safe.
class SigningKey {
 public:
  // The key in `pem`, PKCS#8 or `EC PRIVATE KEY`, not encrypted.
  //
  // INVALID_ARGUMENT if there is none, it is encrypted, or it is of another kind.
  static absl::StatusOr<SigningKey> FromPem(const SecretBytes& pem);

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  KeyKind kind() const { return kind_; }

  // Whether it is the key of `certificate`.
  bool Matches(const Certificate& certificate) const;

  // The ECDSA signature of `bytes`, in DER, over SHA-256 (P-256) or SHA-384 (P-384).
  //
  // UNAVAILABLE if the key cannot be used now: a token that was pulled out.
  absl::StatusOr<std::string> Sign(std::string_view bytes) const;

 private:
  struct FreeKey {
    void operator()(evp_pkey_st* key) const;
  };
  using KeyPtr = std::unique_ptr<evp_pkey_st, FreeKey>;

  SigningKey(KeyPtr key, KeyKind kind);

  KeyPtr key_;
  KeyKind kind_;
};

}  // namespace cbm

#endif  // CBM_CORE_CRYPTO_SIGNING_KEY_H_
