#include "core/log/verifier_key.h"

#include <utility>

#include "absl/status/status.h"
#include "core/base/base64.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/crypto/digest.h"
#include "core/log/note_text.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kKeyIdBytes = 4;
constexpr size_t kPublicKeyBytes = 32;

// The bytes of a key as its text and its id have them: the type before the public key.
std::string Encode(const VerifierKey& key) {
  return static_cast<char>(key.algorithm) + key.public_key;
}

std::string FormatId(KeyId id) { return fmt::format("{:08x}", id); }

}  // namespace

KeyId VerifierKey::id() const {
  const Digest digest = Sha256({name, "\n", Encode(*this)});
  KeyId id = 0;
  for (size_t i = 0; i < kKeyIdBytes; ++i) {
    id = id << 8 | digest[i];
  }
  return id;
}

std::string FormatVerifierKey(const VerifierKey& key) {
  return fmt::format("{}+{}+{}", key.name, FormatId(key.id()), ToBase64(Encode(key)));
}

absl::StatusOr<VerifierKey> ParseVerifierKey(std::string_view text) {
  // Neither a name nor an id has a plus; base64 may.
  const size_t first = text.find('+');
  const size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) {
    return absl::InvalidArgumentError("a verifier key is written name+id+key");
  }
  const std::string_view name = text.substr(0, first);
  if (!IsKeyName(name)) {
    return absl::InvalidArgumentError("a key's name has at least one character, and no spaces");
  }
  CBM_ASSIGN_OR_RETURN(const std::string id, FromHex(text.substr(first + 1, second - first - 1)));
  if (id.size() != kKeyIdBytes) {
    return absl::InvalidArgumentError("a verifier key's id has 8 hexadecimal digits");
  }
  const absl::StatusOr<std::string> decoded = FromBase64(text.substr(second + 1));
  if (!decoded.ok()) {
    return decoded.status();
  }
  const std::string& key = *decoded;
  if (key.size() < 2) {
    return absl::InvalidArgumentError("the verifier key lacks the key itself");
  }
  const auto algorithm = static_cast<NoteAlgorithm>(key.front());
  if (algorithm != NoteAlgorithm::kEd25519 && algorithm != NoteAlgorithm::kCosignature) {
    return absl::UnimplementedError("a verifier key of an algorithm that is not known here");
  }
  if (key.size() != 1 + kPublicKeyBytes) {
    return absl::InvalidArgumentError(
        fmt::format("an Ed25519 public key has {} bytes, not {}", kPublicKeyBytes, key.size() - 1));
  }
  VerifierKey result{
      .name = std::string(name), .algorithm = algorithm, .public_key = key.substr(1)};
  if (FormatId(result.id()) != ToHex(id)) {
    return absl::InvalidArgumentError("the verifier key's id is that of another key or name");
  }
  return result;
}

}  // namespace cbm
