#include "core/crypto/secret.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

namespace cbm {

SecretBytes::SecretBytes(std::string_view bytes)
    : bytes_(std::make_unique<char[]>(bytes.size())), size_(bytes.size()) {
  std::copy(bytes.begin(), bytes.end(), bytes_.get());
}

SecretBytes SecretBytes::TakeFrom(std::string& bytes) {
  const std::string_view view = bytes;
  SecretBytes secret(view);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
  return secret;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    Wipe();
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() { Wipe(); }

void SecretBytes::Wipe() {
  if (bytes_ != nullptr) {
    OPENSSL_cleanse(bytes_.get(), size_);
  }
}

bool operator==(const SecretBytes& a, const SecretBytes& b) {
  return a.size_ == b.size_ &&
         (a.size_ == 0 || CRYPTO_memcmp(a.bytes_.get(), b.bytes_.get(), a.size_) == 0);
}

}  // namespace cbm
