#include "server/program/init.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "core/base/clock.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/crypto/certificate.h"
#include "core/crypto/cms_signature.h"
#include "core/crypto/system_random.h"
#include "core/evidence/genesis.h"
#include "core/rules/exchange.h"
#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include "server/program/files.h"
#include "server/program/log_key.h"
#include "server/program/revocation_files.h"
#include "server/sequencer/checkpoint_file.h"
#include "server/store/sqlite_store.h"

namespace cbm {
namespace {

// Reads a JSON text into a message; unknown fields are refused.
absl::Status ReadJson(const std::string& path, const std::string& json,
                      google::protobuf::Message& message) {
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, &message);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(fmt::format("{}: {}", path, parsed.ToString()));
  }
  return absl::OkStatus();
}

absl::Status CheckFresh(const Config& config) {
  if (::access(config.store.database.c_str(), F_OK) == 0) {
    return absl::AlreadyExistsError(
        fmt::format("{} exists: this exchange was created before; serve it, or name another "
                    "database",
                    config.store.database));
  }
  std::error_code error;
  if (std::filesystem::file_size(config.store.checkpoints, error) > 0 && !error) {
    return absl::AlreadyExistsError(fmt::format(
        "{} exists: it tells what another exchange signed; name another file, or move it "
        "away",
        config.store.checkpoints));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Genesis> MakeGenesis(const Config& config, const NoteSigningKey& key) {
  v1::Genesis genesis;
  // The file is the list itself.
  CBM_ASSIGN_OR_RETURN(const std::string kinds,
                       ReadWholeFile(config.exchange.notification_kinds, kGenesisBytesMax));
  CBM_RETURN_IF_ERROR(ReadJson(config.exchange.notification_kinds,
                               fmt::format(R"({{"notification_kinds": {}}})", kinds), genesis));
  genesis.set_purpose("cbm.v1/genesis");
  genesis.set_version(1);
  genesis.set_name(config.exchange.name);
  genesis.set_log_key(key.public_key());
  CBM_ASSIGN_OR_RETURN(const std::string pem,
                       ReadWholeFile(config.exchange.secretariat_certificate, kGenesisBytesMax));
  CBM_ASSIGN_OR_RETURN(const std::vector<Certificate> chain, ParsePemChain(pem));
  CBM_RETURN_IF_ERROR(chain.front().CheckFitToSign());
  genesis.set_secretariat_certificate(chain.front().der());
  for (const std::string& path : config.exchange.frameworks) {
    CBM_ASSIGN_OR_RETURN(const std::string json, ReadWholeFile(path, kGenesisBytesMax));
    CBM_RETURN_IF_ERROR(ReadJson(path, json, *genesis.add_frameworks()));
  }
  return genesis;
}

}  // namespace

absl::Status WriteGenesisDocument(const Config& config) {
  CBM_RETURN_IF_ERROR(CheckFresh(config));
  SystemRandom random;
  CBM_ASSIGN_OR_RETURN(const NoteSigningKey key,
                       ReadOrMakeLogKey(config.log_key.seed_file, random));
  CBM_ASSIGN_OR_RETURN(const v1::Genesis genesis, MakeGenesis(config, key));
  CBM_ASSIGN_OR_RETURN(std::string text, WriteGenesis(genesis));
  CBM_ASSIGN_OR_RETURN(const GenesisDocument document, ReadGenesis(std::move(text)));
  CBM_RETURN_IF_ERROR(rules::Exchange::Create(document.genesis, document.exchange_id,
                                              {.not_before = document.secretariat_not_before,
                                               .not_after = document.secretariat_not_after})
                          .status());
  CBM_RETURN_IF_ERROR(ReplaceFile(config.exchange.genesis, document.bytes, 0644));
  fmt::print("genesis  {}\ndigest   {}\n", config.exchange.genesis,
             ToHex(BytesOf(document.digest)));
  fmt::print("The secretariat now compares the digest and signs the document; then:\n");
  fmt::print("cbmd init --config FILE --signature SIGNATURE\n");
  return absl::OkStatus();
}

absl::Status CreateExchange(const Config& config, const std::string& signature_file) {
  CBM_RETURN_IF_ERROR(CheckFresh(config));
  CBM_ASSIGN_OR_RETURN(std::string bytes, ReadWholeFile(config.exchange.genesis, kGenesisBytesMax));
  CBM_ASSIGN_OR_RETURN(const GenesisDocument document, ReadGenesis(std::move(bytes)));
  CBM_ASSIGN_OR_RETURN(std::string signature, ReadWholeFile(signature_file, kSignatureBytesMax));
  CBM_RETURN_IF_ERROR(VerifyGenesisSignature(document, signature));
  CBM_ASSIGN_OR_RETURN(const NoteSigningKey key, ReadLogKey(config.log_key.seed_file));
  CBM_RETURN_IF_ERROR(RequireKeyOf(document.genesis, key, config.log_key.seed_file));
  SystemRandom random;
  CBM_RETURN_IF_ERROR(CheckpointFile::Create(config.store.checkpoints, {}).status());
  CBM_RETURN_IF_ERROR(RevocationFiles::Create(config.store.revoked()));
  CBM_RETURN_IF_ERROR(SqliteStore::Init(config.store.database,
                                        {.genesis = document.bytes,
                                         .signature = std::move(signature),
                                         .time = Clock::System().Now()},
                                        random)
                          .status());
  fmt::print("{}", DescribeExchange(document));
  return absl::OkStatus();
}

}  // namespace cbm
