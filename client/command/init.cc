// cbm init: makes the profile of an office.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/command/command.h"
#include "client/diagnose.h"
#include "client/exit_code.h"
#include "client/files.h"
#include "client/keys.h"
#include "client/output/text.h"
#include "client/profile.h"
#include "client/session.h"
#include "core/base/decimal.h"
#include "core/base/status_macros.h"
#include "core/rules/exchange.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kPemBytesMax = size_t{4} * 1024 * 1024;
constexpr uint64_t kPortMax = 65'535;

struct InitOptions {
  std::string server;
  std::string ca;
  std::string cert;
  std::string key;
  std::string log_key;
};

// The files of a profile in the making: those that it made are removed again unless all goes well.
class ProfileFiles {
 public:
  explicit ProfileFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
  ProfileFiles(const ProfileFiles&) = delete;
  ProfileFiles& operator=(const ProfileFiles&) = delete;
  ~ProfileFiles() {
    for (const std::filesystem::path& file : made_) {
      static_cast<void>(RemoveFile(file));
    }
  }

  // Copies what was named.
  absl::Status Copy(const InitOptions& options) {
    CBM_ASSIGN_OR_RETURN(const std::string ca, ReadFile(options.ca, kPemBytesMax));
    CBM_ASSIGN_OR_RETURN(const std::string cert, ReadFile(options.cert, kPemBytesMax));
    CBM_ASSIGN_OR_RETURN(const SecretBytes key, ReadSecretFile(options.key));
    CBM_RETURN_IF_ERROR(MakeFolder(folder_));
    CBM_RETURN_IF_ERROR(Place("ca.pem", ca));
    CBM_RETURN_IF_ERROR(Place("cert.pem", cert));
    return Place("key.pem", key.Reveal());
  }

  // They stay.
  void Keep() { made_.clear(); }

 private:
  // A file that is there already stays, and must be the one that was named: it may be the only copy
  // of another office's key.
  absl::Status Place(std::string_view name, std::string_view bytes) {
    const std::filesystem::path file = folder_ / name;
    CBM_ASSIGN_OR_RETURN(const bool is_there, Exists(file));
    if (!is_there) {
      made_.push_back(file);
      return WriteFile(file, bytes);
    }
    CBM_ASSIGN_OR_RETURN(std::string read, ReadFile(file, kPemBytesMax));
    const SecretBytes there = SecretBytes::TakeFrom(read);
    return there.Reveal() == bytes
               ? absl::OkStatus()
               : HereError(fmt::format("{} is there already, and another than was named; name "
                                       "another folder with --profile",
                                       file.string()));
  }

  const std::filesystem::path folder_;
  std::vector<std::filesystem::path> made_;
};

absl::Status CheckServer(const std::string& server) {
  const HostAndPort parts = SplitAddress(server);
  const absl::StatusOr<uint64_t> port = FromDecimal(parts.port);
  return !parts.host.empty() && port.ok() && 0 < *port && *port <= kPortMax
             ? absl::OkStatus()
             : UsageError(
                   fmt::format("--server must be HOST:PORT; '{}' is not", CleanLine(server)));
}

// Asks the exchange what it is, and believes what the log key confirms.
absl::StatusOr<v1::GetExchangeResponse> Ask(Profile& profile, const Keys& keys) {
  const std::unique_ptr<ExchangeApi> api = OpenSession(profile, keys);
  CBM_ASSIGN_OR_RETURN(v1::GetExchangeResponse about, api->GetExchange());
  if (about.exchange_id() != profile.log.exchange_id || about.epoch() != profile.log.epoch) {
    return absl::DataLossError("the server is of another exchange, or epoch, than the log key");
  }
  CBM_ASSIGN_OR_RETURN(profile.genesis, CheckGenesis(about.genesis(), profile.log));
  const absl::Status signed_by = VerifyGenesisSignature(profile.genesis, about.genesis_signature());
  if (!signed_by.ok()) {
    return absl::DataLossError(
        fmt::format("the genesis document's signature does not verify: {}", MessageOf(signed_by)));
  }
  if (about.ledgers().empty()) {
    return absl::DataLossError("the exchange names no ledger of yours");
  }
  return about;
}

absl::Status RunInit(const CommandContext& context, const InitOptions& options) {
  const std::filesystem::path folder = context.profile_folder();
  CBM_ASSIGN_OR_RETURN(const bool is_made, Exists(folder / "config.toml"));
  if (is_made) {
    return HereError(fmt::format(
        "there is a profile in {} already; name another folder with --profile", folder.string()));
  }
  if (const auto log = ParseAnchorKey(options.log_key); !log.ok()) {
    return UsageError(fmt::format("--log-key: {}", MessageOf(log.status())));
  }
  CBM_RETURN_IF_ERROR(CheckServer(options.server));
  ProfileFiles files(folder);
  CBM_RETURN_IF_ERROR(files.Copy(options));
  CBM_ASSIGN_OR_RETURN(Profile profile, OpenNewProfile(folder, {.server = options.server,
                                                                .log_key = options.log_key,
                                                                .party = {},
                                                                .office = {},
                                                                .ledger = {}}));
  CBM_ASSIGN_OR_RETURN(const Keys keys, LoadKeys(profile.key(), profile.certificate()));
  CBM_ASSIGN_OR_RETURN(const v1::GetExchangeResponse about, Ask(profile, keys));
  profile.config.party = about.caller().party();
  profile.config.office = about.caller().office();
  profile.config.ledger = about.ledgers(0);
  CBM_RETURN_IF_ERROR(OwnLedger(profile.config).status());
  CBM_RETURN_IF_ERROR(WriteFile(folder / "genesis.json", about.genesis()));
  CBM_RETURN_IF_ERROR(WriteFile(folder / "genesis.p7s", about.genesis_signature()));
  CBM_RETURN_IF_ERROR(WriteFile(folder / "config.toml", FormatProfileConfig(profile.config)));
  files.Keep();
  if (context.json()) {
    context.terminal.Print(FormatJson({{"profile", folder.string()},
                                       {"exchange_id", profile.log.exchange_id},
                                       {"party", CleanLine(profile.config.party)},
                                       {"office", CleanLine(profile.config.office)}}));
  } else {
    context.terminal.Print(fmt::format(
        "profile   {}\nexchange  {}\noffice    {}-{}, by the exchange's word alone: cbm whoami "
        "checks it against the ledgers\n",
        folder.string(), profile.log.exchange_id, CleanLine(profile.config.party),
        CleanLine(profile.config.office)));
  }
  return absl::OkStatus();
}

}  // namespace

void AddInit(CLI::App& app, CommandContext& context) {
  CLI::App* const command = AddCommand(
      app, "init", "Make the profile of an office",
      "cbm init --server exchange.example:7443 --ca ca.pem --cert cert.pem --key key.pem \\\n"
      "      --log-key 'cbm/3f…/1+1a2b3c4d+AQ…'");
  const auto options = std::make_shared<InitOptions>();
  command->add_option("--server", options->server, "HOST:PORT")->required();
  command->add_option("--ca", options->ca, "Authorities that you trust, PEM")->required();
  command->add_option("--cert", options->cert, "The office's certificate and intermediates, PEM")
      ->required();
  command->add_option("--key", options->key, "Its private key, PEM, readable by you alone")
      ->required();
  command
      ->add_option("--log-key", options->log_key,
                   "The log's verifier key, as the secretariat gave it to you by another way")
      ->required();
  Runs(command, context, [&context, options] { return RunInit(context, *options); });
}

}  // namespace cbm
