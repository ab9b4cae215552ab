#include "core/crypto/hash.h"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdlib>

#include "core/crypto/openssl_handles.h"

namespace cbm {
namespace {

struct Description {
  const char* name;
  std::string_view object_identifier;
  size_t bytes;
};

constexpr std::array<Description, 3> kDescriptions = {{
    {"SHA-256", "\x60\x86\x48\x01\x65\x03\x04\x02\x01", 32},
    {"SHA-384", "\x60\x86\x48\x01\x65\x03\x04\x02\x02", 48},
    {"SHA-512", "\x60\x86\x48\x01\x65\x03\x04\x02\x03", 64},
}};

const Description& DescriptionOf(Hash hash) { return kDescriptions[static_cast<size_t>(hash)]; }

// Fetched once: OpenSSL 3.0 looks the algorithm up by name on each use otherwise.
const EVP_MD* AlgorithmOf(Hash hash) {
  static const std::array<EvpMdPtr, kDescriptions.size()> kAlgorithms = [] {
    std::array<EvpMdPtr, kDescriptions.size()> fetched;
    for (size_t index = 0; index < fetched.size(); ++index) {
      fetched[index].reset(EVP_MD_fetch(nullptr, kDescriptions[index].name, nullptr));
    }
    return fetched;
  }();
  return kAlgorithms[static_cast<size_t>(hash)].get();
}

}  // namespace

std::string HashOf(Hash hash, std::initializer_list<std::string_view> parts) {
  thread_local const EvpMdCtxPtr kContext(EVP_MD_CTX_new());
  std::string digest(DescriptionOf(hash).bytes, '\0');
  bool good =
      kContext != nullptr && EVP_DigestInit_ex2(kContext.get(), AlgorithmOf(hash), nullptr) == 1;
  for (const std::string_view part : parts) {
    good = good && EVP_DigestUpdate(kContext.get(), part.data(), part.size()) == 1;
  }
  good = good && EVP_DigestFinal_ex(kContext.get(), reinterpret_cast<unsigned char*>(digest.data()),
                                    nullptr) == 1;
  if (!good) {
    std::abort();  // Out of memory, or a broken library: no digest may be wrong.
  }
  return digest;
}

std::string_view ObjectIdentifierOf(Hash hash) { return DescriptionOf(hash).object_identifier; }

std::optional<Hash> HashNamed(std::string_view object_identifier) {
  for (const Hash hash : {Hash::kSha256, Hash::kSha384, Hash::kSha512}) {
    if (ObjectIdentifierOf(hash) == object_identifier) {
      return hash;
    }
  }
  return std::nullopt;
}

std::string_view NameOf(Hash hash) { return DescriptionOf(hash).name; }

}  // namespace cbm
