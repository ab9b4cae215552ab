#include "server/program/log_key.h"

#include <unistd.h>

#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/evidence/origin.h"
#include "fmt/format.h"
#include "server/program/files.h"

namespace cbm {
namespace {

constexpr size_t kSeedBytes = 32;
constexpr size_t kSeedFileBytesMax = 128;

}  // namespace

absl::StatusOr<NoteSigningKey> ReadLogKey(const std::string& seed_file) {
  CBM_ASSIGN_OR_RETURN(std::string text, ReadWholeFile(seed_file, kSeedFileBytesMax));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.pop_back();
  }
  const absl::StatusOr<std::string> seed = FromHex(text);
  if (!seed.ok() || seed->size() != kSeedBytes) {
    return absl::InvalidArgumentError(
        fmt::format("{} is no seed of a log key: it must have 64 hexadecimal digits", seed_file));
  }
  return NoteSigningKey::FromSeed(*seed);
}

absl::Status RequireKeyOf(const v1::Genesis& genesis, const NoteSigningKey& key,
                          const std::string& seed_file) {
  return key.public_key() == genesis.log_key()
             ? absl::OkStatus()
             : absl::InvalidArgumentError(
                   fmt::format("{} is not the log key in the genesis document, so that nobody "
                               "would believe what "
                               "it signs: name the seed that `cbmd init` made for this exchange",
                               seed_file));
}

std::string DescribeExchange(const GenesisDocument& genesis) {
  const VerifierKey anchor = KeyOfAnchor(
      {.exchange_id = genesis.exchange_id, .epoch = 1, .public_key = genesis.genesis.log_key()});
  return fmt::format("exchange {}\nlog key  {}\n", genesis.exchange_id, FormatVerifierKey(anchor));
}

absl::StatusOr<NoteSigningKey> ReadOrMakeLogKey(const std::string& seed_file, Random& random) {
  if (::access(seed_file.c_str(), F_OK) != 0) {
    CBM_RETURN_IF_ERROR(ReplaceFile(seed_file, ToHex(random.Bytes(kSeedBytes)) + "\n", 0600));
  }
  return ReadLogKey(seed_file);
}

}  // namespace cbm
