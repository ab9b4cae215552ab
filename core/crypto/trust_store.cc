#include "core/crypto/trust_store.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/crypto/openssl_handles.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// 112 bits of security: RSA of 2048 bits, SHA-224 and better. SHA-1 ends here.
constexpr int kSecurityLevel = 2;

// The stack does not own what is in it.
struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};

absl::Status Refusal(X509_STORE_CTX* context) {
  const int error = X509_STORE_CTX_get_error(context);
  const char* const why = X509_verify_cert_error_string(error);
  X509* const culprit = X509_STORE_CTX_get_current_cert(context);
  std::string name = "a certificate of the chain";
  if (culprit != nullptr) {
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(culprit, &bytes);
    const OpenSslBytes owner(bytes);
    if (size > 0) {
      const auto certificate =
          Certificate::FromDer({reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)});
      name = certificate.ok() ? certificate->Name() : name;
    }
  }
  return absl::UnauthenticatedError(fmt::format("{} is not accepted: {}", name, why));
}

}  // namespace

void TrustStore::FreeStore::operator()(x509_store_st* store) const { X509_STORE_free(store); }

TrustStore::TrustStore(StorePtr store) : store_(std::move(store)) {}
TrustStore::TrustStore(TrustStore&&) noexcept = default;
TrustStore& TrustStore::operator=(TrustStore&&) noexcept = default;
TrustStore::~TrustStore() = default;

absl::StatusOr<TrustStore> TrustStore::FromPem(std::string_view pem) {
  CBM_ASSIGN_OR_RETURN(const std::vector<Certificate> authorities,
                       ParsePemCertificates(pem, kAuthoritiesMax));
  StorePtr store(X509_STORE_new());
  if (store == nullptr) {
    std::abort();
  }
  bool has_root = false;
  for (const Certificate& authority : authorities) {
    if (!authority.is_authority()) {
      return absl::InvalidArgumentError(
          fmt::format("{} is not an authority's, and cannot be trusted as one", authority.Name()));
    }
    has_root = has_root || X509_self_signed(authority.handle(), 1) == 1;
    // Takes a reference of its own. One that is there already is no error.
    if (X509_STORE_add_cert(store.get(), authority.handle()) != 1) {
      std::abort();
    }
  }
  ERR_clear_error();
  if (!has_root) {
    return absl::InvalidArgumentError("the PEM holds no root: no chain could ever end");
  }
  return TrustStore(std::move(store));
}

absl::Status TrustStore::Verify(const Certificate& leaf, std::span<const Certificate> chain,
                                absl::Time at) const {
  if (leaf.is_authority()) {
    return absl::UnauthenticatedError(
        fmt::format("{} is not accepted: it is an authority's", leaf.Name()));
  }
  if (chain.size() > kChainCertificatesMax) {
    return absl::UnauthenticatedError(fmt::format("the chain has {} certificates; at most {} count",
                                                  chain.size(), kChainCertificatesMax));
  }
  const std::unique_ptr<STACK_OF(X509), FreeStack> lent(sk_X509_new_null());
  const X509StoreCtxPtr context(X509_STORE_CTX_new());
  if (lent == nullptr || context == nullptr) {
    std::abort();
  }
  for (const Certificate& certificate : chain) {
    if (sk_X509_push(lent.get(), certificate.handle()) == 0) {
      std::abort();
    }
  }
  if (X509_STORE_CTX_init(context.get(), store_.get(), leaf.handle(), lent.get()) != 1) {
    std::abort();
  }
  X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, absl::ToTimeT(at));
  X509_VERIFY_PARAM_set_depth(parameters, static_cast<int>(kChainCertificatesMax));
  X509_VERIFY_PARAM_set_auth_level(parameters, kSecurityLevel);
  // OpenSSL leaves the reasons in the thread's error queue, where the next caller would find them.
  const bool good = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return good ? absl::OkStatus() : Refusal(context.get());
}

}  // namespace cbm
