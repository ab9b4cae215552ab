#include "core/crypto/signing_key.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "core/crypto/hash.h"
#include "core/crypto/openssl_handles.h"

namespace cbm {
namespace {

constexpr size_t kPemBytesMax = 65'536;
constexpr size_t kEcdsaSignatureBytesMax = 128;  // One of P-384 has at most 104.

// Answers that there is no passphrase: nobody is to be asked at a terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

KeyKind KindOf(const EVP_PKEY* key) {
  std::array<char, 64> group{};
  if (EVP_PKEY_is_a(key, "EC") != 1 ||
      EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) != 1) {
    return KeyKind::kOther;
  }
  const std::string_view name(group.data());
  if (name == "prime256v1") {
    return KeyKind::kP256;
  }
  return name == "secp384r1" ? KeyKind::kP384 : KeyKind::kOther;
}

}  // namespace

void SigningKey::FreeKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

SigningKey::SigningKey(KeyPtr key, KeyKind kind) : key_(std::move(key)), kind_(kind) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

absl::StatusOr<SigningKey> SigningKey::FromPem(const SecretBytes& pem) {
  if (pem.size() > kPemBytesMax) {
    return absl::InvalidArgumentError("the private key is too large to be one");
  }
  const BioPtr bio(BIO_new_mem_buf(pem.Reveal().data(), static_cast<int>(pem.size())));
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  ERR_clear_error();
  if (key == nullptr) {
    return absl::InvalidArgumentError(
        "no private key can be read: PEM is needed, PKCS#8 or EC, without a passphrase");
  }
  const KeyKind kind = KindOf(key.get());
  ERR_clear_error();
  if (kind == KeyKind::kOther) {
    return absl::InvalidArgumentError("the private key is neither EC P-256 nor EC P-384");
  }
  return SigningKey(std::move(key), kind);
}

bool SigningKey::Matches(const Certificate& certificate) const {
  return certificate.public_key() != nullptr &&
         EVP_PKEY_eq(key_.get(), certificate.public_key()) == 1;
}

absl::StatusOr<std::string> SigningKey::Sign(std::string_view bytes) const {
  const std::string digest =
      HashOf(kind_ == KeyKind::kP256 ? Hash::kSha256 : Hash::kSha384, {bytes});
  const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  std::string signature(kEcdsaSignatureBytesMax, '\0');
  size_t size = signature.size();
  if (context == nullptr || EVP_PKEY_sign_init(context.get()) != 1 ||
      EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                    reinterpret_cast<const unsigned char*>(digest.data()), digest.size()) != 1) {
    ERR_clear_error();
    return absl::UnavailableError("the private key could not be used to sign");
  }
  signature.resize(size);
  return signature;
}

}  // namespace cbm
