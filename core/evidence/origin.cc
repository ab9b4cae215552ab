#include "core/evidence/origin.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "core/base/decimal.h"
#include "core/base/status_macros.h"
#include "core/crypto/digest.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kExchangeNameCharactersMax = 32;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || IsDigit(c) || c == '.' || c == '-';
}
bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }

}  // namespace

bool IsExchangeId(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash > kExchangeNameCharactersMax) {
    return false;
  }
  const std::string_view name = text.substr(0, slash);
  const std::string_view digest = text.substr(slash + 1);
  return std::all_of(name.begin(), name.end(), IsNameCharacter) &&
         digest.size() == 2 * kDigestBytes && std::all_of(digest.begin(), digest.end(), IsHexDigit);
}

std::string Origin(std::string_view exchange_id, uint32_t epoch, const LedgerId& ledger) {
  return fmt::format("{}/{}/{}", exchange_id, epoch, ledger.text());
}

std::string AnchorOrigin(std::string_view exchange_id, uint32_t epoch) {
  return fmt::format("{}/{}", exchange_id, epoch);
}

VerifierKey KeyOfLedger(const LogIdentity& log, const LedgerId& ledger) {
  return {.name = Origin(log.exchange_id, log.epoch, ledger),
          .algorithm = NoteAlgorithm::kEd25519,
          .public_key = log.public_key};
}

VerifierKey KeyOfAnchor(const LogIdentity& log) {
  return {.name = AnchorOrigin(log.exchange_id, log.epoch),
          .algorithm = NoteAlgorithm::kEd25519,
          .public_key = log.public_key};
}

absl::StatusOr<LogIdentity> ParseAnchorKey(std::string_view text) {
  absl::StatusOr<VerifierKey> key = ParseVerifierKey(text);
  if (!key.ok()) {
    const std::string why(key.status().message());
    return absl::InvalidArgumentError(fmt::format("log key: {}", why));
  }
  const std::string_view name = key->name;
  const size_t slash = std::min(name.rfind('/'), name.size());
  const std::string_view exchange_id = name.substr(0, slash);
  const absl::StatusOr<uint64_t> epoch = FromDecimal(name.substr(std::min(slash + 1, name.size())));
  if (key->algorithm != NoteAlgorithm::kEd25519 || !epoch.ok() || *epoch == 0 ||
      *epoch > std::numeric_limits<uint32_t>::max() || !IsExchangeId(exchange_id)) {
    return absl::InvalidArgumentError(
        "log key: is not that of an anchor: its name must be an exchange id, a slash and an epoch");
  }
  return LogIdentity{.exchange_id = std::string(exchange_id),
                     .epoch = static_cast<uint32_t>(*epoch),
                     .public_key = std::move(key->public_key)};
}

}  // namespace cbm
