#ifndef CBM_CORE_CRYPTO_NOTE_KEY_H_
#define CBM_CORE_CRYPTO_NOTE_KEY_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace cbm {

inline constexpr size_t kEd25519SeedBytes = 32;
inline constexpr size_t kEd25519PublicKeyBytes = 32;
inline constexpr size_t kEd25519SignatureBytes = 64;

// A key that signs notes: checkpoints, receipts and cosignatures (Ed25519, RFC 8032).
//
// Can be moved, not copied; wipes itself. A key that was moved from may only be destroyed or
// assigned to. Thread-safe.
class NoteSigningKey {
 public:
  // The key of a seed of 32 bytes. INVALID_ARGUMENT if they are not 32. The caller wipes its own.
  static absl::StatusOr<NoteSigningKey> FromSeed(std::string_view seed);

  NoteSigningKey(NoteSigningKey&&) noexcept;
  NoteSigningKey& operator=(NoteSigningKey&&) noexcept;
  ~NoteSigningKey();

  // Its 32 bytes.
  std::string public_key() const;

  // The 64 bytes of the signature. The same bytes always have the same signature.
  std::string Sign(std::string_view bytes) const;

 private:
  struct Key;
  explicit NoteSigningKey(std::unique_ptr<const Key> key);

  std::unique_ptr<const Key> key_;
};

// Whether `signature` is that of `bytes` by the owner of `public_key`. False also where key or
// signature do not have their length.
bool VerifyEd25519(std::string_view public_key, std::string_view bytes, std::string_view signature);

}  // namespace cbm

#endif  // CBM_CORE_CRYPTO_NOTE_KEY_H_
