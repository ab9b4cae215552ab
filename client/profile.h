#ifndef CBM_CLIENT_PROFILE_H_
#define CBM_CLIENT_PROFILE_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/crypto/certificate.h"
#include "core/crypto/secret.h"
#include "core/crypto/trust_store.h"
#include "core/evidence/genesis.h"
#include "core/evidence/origin.h"

namespace cbm {

// What config.toml says.
struct ProfileConfig {
  std::string server;   // host:port.
  std::string log_key;  // The anchor's verifier key, as it was given to `cbm init`.
  std::string party;    // Whose it is; empty until `cbm init` learned it.
  std::string office;
  std::string ledger;  // Its own; empty means that of its party.
};

// One office's folder: config.toml, ca.pem, cert.pem, key.pem, genesis.json, and the state that
// commands keep in replica/, receipts/, outbox/ and contents/.
struct Profile {
  std::filesystem::path folder;
  ProfileConfig config;
  LogIdentity log;
  std::string ca_pem;
  TrustStore authorities;
  std::string chain_pem;           // cert.pem.
  std::vector<Certificate> chain;  // Leaf first.
  GenesisDocument genesis;         // Its digest is in the log key's exchange id.

  const Certificate& certificate() const { return chain.front(); }
  std::filesystem::path replica() const { return folder / "replica"; }
  std::filesystem::path receipts() const { return folder / "receipts"; }
  std::filesystem::path outbox() const { return folder / "outbox"; }
  std::filesystem::path contents() const { return folder / "contents"; }
  std::filesystem::path key() const { return folder / "key.pem"; }
};

// Where the profile is if nobody says: `cbm` in the user's configuration folder.
std::filesystem::path DefaultProfileFolder();

// Reads config.toml. A usage error names the file and what is wrong in it: unknown keys and bad
// values are refused.
absl::StatusOr<ProfileConfig> ReadProfileConfig(const std::filesystem::path& file);
std::string FormatProfileConfig(const ProfileConfig& config);

// Reads the whole profile but its key. Fails with the remedy if something is missing; DATA_LOSS if
// the genesis document is not that of the log key.
absl::StatusOr<Profile> OpenProfile(const std::filesystem::path& folder);

// The document in `bytes`, if its digest is the one in the log key's exchange id; else DATA_LOSS.
absl::StatusOr<GenesisDocument> CheckGenesis(std::string bytes, const LogIdentity& log);

// The same as OpenProfile without the genesis document, for `cbm init`.
absl::StatusOr<Profile> OpenNewProfile(const std::filesystem::path& folder, ProfileConfig config);

// Puts another certificate and its key in the place of the profile's. What was there is kept in the
// folder retired/, since what was sealed to it is opened with it. If it stops in between,
// FinishReplacing goes on.
absl::Status ReplaceCredential(const Profile& profile, std::string_view chain_pem,
                               const SecretBytes& key);

// Whether the profile in `folder` has this certificate already; if so it has this key afterwards.
absl::StatusOr<bool> FinishReplacing(const std::filesystem::path& folder,
                                     std::string_view chain_pem, const SecretBytes& key);

}  // namespace cbm

#endif  // CBM_CLIENT_PROFILE_H_
