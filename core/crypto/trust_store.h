#ifndef CBM_CORE_CRYPTO_TRUST_STORE_H_
#define CBM_CORE_CRYPTO_TRUST_STORE_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/crypto/certificate.h"

struct x509_store_st;  // OpenSSL's X509_STORE.

namespace cbm {

inline constexpr size_t kAuthoritiesMax = 256;

// The authorities whose certificates are believed: that of the exchange and those of the States.
// A chain to one of them says that a certificate is genuine, never that its holder may act.
//
// Can be moved. Thread-safe.
class TrustStore {
 public:
  // Of the roots and intermediates in `pem`, in any order. Only roots end a chain.
  //
  // INVALID_ARGUMENT if it holds no root, more than 256 certificates, one that is not an
  // authority's, or anything else.
  static absl::StatusOr<TrustStore> FromPem(std::string_view pem);

  TrustStore(TrustStore&&) noexcept;
  TrustStore& operator=(TrustStore&&) noexcept;
  ~TrustStore();

  // OK if a chain of certificates, all valid at `at`, leads from `leaf` to a root; `chain` lends
  // intermediates. Whatever the leaf may be used for, it is not an authority's itself.
  //
  // UNAUTHENTICATED otherwise: the message says which certificate (issuer and serial) and why.
  absl::Status Verify(const Certificate& leaf, std::span<const Certificate> chain,
                      absl::Time at) const;

 private:
  struct FreeStore {
    void operator()(x509_store_st* store) const;
  };
  using StorePtr = std::unique_ptr<x509_store_st, FreeStore>;

  explicit TrustStore(StorePtr store);

  StorePtr store_;
};

}  // namespace cbm

#endif  // CBM_CORE_CRYPTO_TRUST_STORE_H_
