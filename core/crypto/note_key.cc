#include "core/crypto/note_key.h"

#include <cstdlib>
#include <utility>

#include "absl/status/status.h"
#include "core/crypto/openssl_handles.h"
#include "fmt/format.h"

namespace cbm {
namespace {

const unsigned char* Unsigned(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

struct NoteSigningKey::Key {
  EvpPkeyPtr pkey;  // OpenSSL wipes the key when it frees it.
  std::string public_key;
};

NoteSigningKey::NoteSigningKey(std::unique_ptr<const Key> key) : key_(std::move(key)) {}
NoteSigningKey::NoteSigningKey(NoteSigningKey&&) noexcept = default;
NoteSigningKey& NoteSigningKey::operator=(NoteSigningKey&&) noexcept = default;
NoteSigningKey::~NoteSigningKey() = default;

absl::StatusOr<NoteSigningKey> NoteSigningKey::FromSeed(std::string_view seed) {
  if (seed.size() != kEd25519SeedBytes) {
    return absl::InvalidArgumentError(
        fmt::format("the seed of a note key has {} bytes, not {}", kEd25519SeedBytes, seed.size()));
  }
  auto key = std::make_unique<Key>();
  key->pkey.reset(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Unsigned(seed), seed.size()));
  key->public_key.resize(kEd25519PublicKeyBytes);
  size_t size = key->public_key.size();
  if (key->pkey == nullptr ||
      EVP_PKEY_get_raw_public_key(
          key->pkey.get(), reinterpret_cast<unsigned char*>(key->public_key.data()), &size) != 1 ||
      size != kEd25519PublicKeyBytes) {
    std::abort();  // Any 32 bytes are a seed: out of memory, or a broken library.
  }
  return NoteSigningKey(std::move(key));
}

std::string NoteSigningKey::public_key() const { return key_->public_key; }

std::string NoteSigningKey::Sign(std::string_view bytes) const {
  const EvpMdCtxPtr context(EVP_MD_CTX_new());
  std::string signature(kEd25519SignatureBytes, '\0');
  size_t size = signature.size();
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_->pkey.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     Unsigned(bytes), bytes.size()) != 1 ||
      size != kEd25519SignatureBytes) {
    std::abort();  // Out of memory, or a broken library: no signature may be wrong.
  }
  return signature;
}

bool VerifyEd25519(std::string_view public_key, std::string_view bytes,
                   std::string_view signature) {
  if (public_key.size() != kEd25519PublicKeyBytes || signature.size() != kEd25519SignatureBytes) {
    return false;
  }
  const EvpPkeyPtr pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Unsigned(public_key),
                                                    public_key.size()));
  const EvpMdCtxPtr context(EVP_MD_CTX_new());
  return pkey != nullptr && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
         EVP_DigestVerify(context.get(), Unsigned(signature), signature.size(), Unsigned(bytes),
                          bytes.size()) == 1;
}

}  // namespace cbm
