#include "core/crypto/digest.h"

#include <openssl/evp.h>

#include <cstdlib>
#include <cstring>
#include <memory>

#include "fmt/format.h"

namespace cbm {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Fetched once: OpenSSL 3.0 looks the algorithm up by name on each use otherwise.
const EVP_MD* Algorithm() {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kAlgorithm;
}

}  // namespace

Digest Sha256(std::initializer_list<std::string_view> parts) {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> kContext(EVP_MD_CTX_new());
  Digest digest;
  bool good = kContext != nullptr && EVP_DigestInit_ex2(kContext.get(), Algorithm(), nullptr) == 1;
  for (const std::string_view part : parts) {
    good = good && EVP_DigestUpdate(kContext.get(), part.data(), part.size()) == 1;
  }
  good = good && EVP_DigestFinal_ex(kContext.get(), digest.data(), nullptr) == 1;
  if (!good) {
    std::abort();  // Out of memory, or a broken library: no digest may be wrong.
  }
  return digest;
}

absl::StatusOr<Digest> DigestFrom(std::string_view bytes) {
  Digest digest;
  if (bytes.size() != digest.size()) {
    return absl::InvalidArgumentError(
        fmt::format("a digest has {} bytes, not {}", digest.size(), bytes.size()));
  }
  std::memcpy(digest.data(), bytes.data(), digest.size());
  return digest;
}

}  // namespace cbm
