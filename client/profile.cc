#include "client/profile.h"

#include <cstdlib>
#include <sstream>
#include <utility>

#include "client/exit_code.h"
#include "client/files.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/base/toml_text.h"
#include "fmt/format.h"
#include "toml++/toml.h"

namespace cbm {
namespace {

constexpr size_t kConfigBytesMax = size_t{64} * 1024;
constexpr size_t kPemBytesMax = size_t{4} * 1024 * 1024;

// The same failure, as one of this machine that names the file.
absl::Status In(const std::filesystem::path& file, const absl::Status& status) {
  return HereError(fmt::format("{}: {}", file.string(), MessageOf(status)));
}

absl::Status Bad(const std::filesystem::path& file, std::string_view what) {
  return UsageError(fmt::format("{}: {}", file.string(), what));
}

absl::Status CheckConfig(const std::filesystem::path& file, const ProfileConfig& config) {
  if (config.server.empty() || config.server.find(':') == std::string::npos) {
    return Bad(file, "server must be HOST:PORT");
  }
  if (const auto log = ParseAnchorKey(config.log_key); !log.ok()) {
    return Bad(file, fmt::format("log_key: {}", MessageOf(log.status())));
  }
  return absl::OkStatus();
}

}  // namespace

std::filesystem::path DefaultProfileFolder() {
  if (const char* const folder = std::getenv("XDG_CONFIG_HOME");
      folder != nullptr && *folder != '\0') {
    return std::filesystem::path(folder) / "cbm";
  }
  const char* const home = std::getenv("HOME");
  return std::filesystem::path(home == nullptr ? "." : home) / ".config" / "cbm";
}

absl::StatusOr<ProfileConfig> ReadProfileConfig(const std::filesystem::path& file) {
  CBM_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kConfigBytesMax));
  if (const std::optional<size_t> line = FirstLineNotToml(text); line.has_value()) {
    return Bad(
        file,
        fmt::format("line {}: it has a character that cannot be seen, a letter that is not ASCII "
                    "outside quotes, or a section without a name",
                    *line));
  }
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return Bad(file, fmt::format("line {}: {}", error.source().begin.line, error.description()));
  }
  ProfileConfig config;
  for (const auto& [key, value] : table) {
    std::string* target = nullptr;
    if (key == "server") {
      target = &config.server;
    } else if (key == "log_key") {
      target = &config.log_key;
    } else if (key == "party") {
      target = &config.party;
    } else if (key == "office") {
      target = &config.office;
    } else if (key == "ledger") {
      target = &config.ledger;
    } else {
      return Bad(
          file, fmt::format("line {}: there is no key '{}'", value.source().begin.line, key.str()));
    }
    if (!value.is_string()) {
      return Bad(file, fmt::format("line {}: {} must be a text in quotes",
                                   value.source().begin.line, key.str()));
    }
    *target = value.as_string()->get();
  }
  CBM_RETURN_IF_ERROR(CheckConfig(file, config));
  return config;
}

std::string FormatProfileConfig(const ProfileConfig& config) {
  toml::table table{{"server", config.server}, {"log_key", config.log_key}};
  if (!config.party.empty()) {
    table.insert("party", config.party);
    table.insert("office", config.office);
    table.insert("ledger", config.ledger);
  }
  std::ostringstream text;
  text << toml::default_formatter(table) << '\n';
  return std::move(text).str();
}

absl::StatusOr<GenesisDocument> CheckGenesis(std::string bytes, const LogIdentity& log) {
  absl::StatusOr<GenesisDocument> document = ReadGenesis(std::move(bytes));
  if (!document.ok()) {
    return absl::DataLossError(
        fmt::format("the genesis document cannot be read: {}", MessageOf(document.status())));
  }
  if (document->exchange_id != log.exchange_id || document->genesis.log_key() != log.public_key) {
    return absl::DataLossError(
        "the genesis document is not the one that the log key names: this is another exchange, or "
        "somebody stands between you and it");
  }
  return document;
}

absl::StatusOr<Profile> OpenNewProfile(const std::filesystem::path& folder, ProfileConfig config) {
  CBM_ASSIGN_OR_RETURN(std::string ca_pem, ReadFile(folder / "ca.pem", kPemBytesMax));
  absl::StatusOr<TrustStore> authorities = TrustStore::FromPem(ca_pem);
  if (!authorities.ok()) {
    return In(folder / "ca.pem", authorities.status());
  }
  CBM_ASSIGN_OR_RETURN(std::string chain_pem, ReadFile(folder / "cert.pem", kPemBytesMax));
  absl::StatusOr<std::vector<Certificate>> chain = ParsePemChain(chain_pem);
  if (!chain.ok()) {
    return In(folder / "cert.pem", chain.status());
  }
  CBM_ASSIGN_OR_RETURN(LogIdentity log, ParseAnchorKey(config.log_key));
  return Profile{.folder = folder,
                 .config = std::move(config),
                 .log = std::move(log),
                 .ca_pem = std::move(ca_pem),
                 .authorities = *std::move(authorities),
                 .chain_pem = std::move(chain_pem),
                 .chain = *std::move(chain),
                 .genesis = {}};
}

absl::StatusOr<Profile> OpenProfile(const std::filesystem::path& folder) {
  CBM_ASSIGN_OR_RETURN(const bool is_made, Exists(folder / "config.toml"));
  if (!is_made) {
    return HereError(
        fmt::format("there is no profile in {}; make one with cbm init", folder.string()));
  }
  CBM_ASSIGN_OR_RETURN(ProfileConfig config, ReadProfileConfig(folder / "config.toml"));
  CBM_ASSIGN_OR_RETURN(Profile profile, OpenNewProfile(folder, std::move(config)));
  CBM_ASSIGN_OR_RETURN(std::string genesis, ReadFile(folder / "genesis.json", kGenesisBytesMax));
  CBM_ASSIGN_OR_RETURN(profile.genesis, CheckGenesis(std::move(genesis), profile.log));
  return profile;
}

absl::Status ReplaceCredential(const Profile& profile, std::string_view chain_pem,
                               const SecretBytes& key) {
  const std::filesystem::path retired = profile.folder / "retired";
  const std::string name = ToHex(BytesOf(profile.certificate().fingerprint()));
  CBM_ASSIGN_OR_RETURN(const SecretBytes old_key, ReadSecretFile(profile.key()));
  CBM_RETURN_IF_ERROR(MakeFolder(retired));
  CBM_RETURN_IF_ERROR(WriteFile(retired / (name + ".key.pem"), old_key.Reveal()));
  CBM_RETURN_IF_ERROR(WriteFile(retired / (name + ".cert.pem"), profile.chain_pem));
  CBM_RETURN_IF_ERROR(WriteFile(profile.folder / "cert.pem", chain_pem));
  return WriteFile(profile.key(), key.Reveal());
}

absl::StatusOr<bool> FinishReplacing(const std::filesystem::path& folder,
                                     std::string_view chain_pem, const SecretBytes& key) {
  CBM_ASSIGN_OR_RETURN(const std::string there, ReadFile(folder / "cert.pem", kPemBytesMax));
  if (there != chain_pem) {
    return false;
  }
  CBM_RETURN_IF_ERROR(WriteFile(folder / "key.pem", key.Reveal()));
  return true;
}

}  // namespace cbm
