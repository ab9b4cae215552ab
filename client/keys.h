#ifndef CBM_CLIENT_KEYS_H_
#define CBM_CLIENT_KEYS_H_

#include <filesystem>

#include "absl/status/statusor.h"
#include "core/crypto/certificate.h"
#include "core/crypto/secret.h"
#include "core/crypto/signing_key.h"

namespace cbm {

// A profile's private key: what connects, and what signs.
struct Keys {
  SecretBytes pem;
  SigningKey signing;
};

// Reads the key of `certificate`. Fails with the remedy if others may read the file, or the key is
// of another certificate.
absl::StatusOr<Keys> LoadKeys(const std::filesystem::path& file, const Certificate& certificate);

}  // namespace cbm

#endif  // CBM_CLIENT_KEYS_H_
