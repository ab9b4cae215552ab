#include "core/log/cosignature.h"

#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "core/base/status_macros.h"
#include "core/log/checkpoint.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kTimeBytes = 8;
constexpr size_t kSignatureBytes = 64;
constexpr auto kSecondsMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());

std::string SignedBytes(std::string_view checkpoint_text, uint64_t seconds) {
  return fmt::format("cosignature/v1\ntime {}\n{}", seconds, checkpoint_text);
}

}  // namespace

absl::StatusOr<std::string> Cosign(std::string_view checkpoint_text, absl::Time time,
                                   const NoteSigningKey& key) {
  CBM_RETURN_IF_ERROR(ParseCheckpoint(checkpoint_text).status());
  if (time < absl::UnixEpoch() || time == absl::InfiniteFuture()) {
    return absl::InvalidArgumentError("a cosignature's time is an instant from 1970 on");
  }
  const auto seconds = static_cast<uint64_t>(absl::ToUnixSeconds(time));
  std::string cosignature;
  for (size_t i = 0; i < kTimeBytes; ++i) {
    cosignature += static_cast<char>(seconds >> (8 * (kTimeBytes - 1 - i)) & 0xff);
  }
  return cosignature + key.Sign(SignedBytes(checkpoint_text, seconds));
}

absl::StatusOr<absl::Time> OpenCosignature(std::string_view checkpoint_text,
                                           std::string_view cosignature,
                                           std::string_view public_key) {
  if (!ParseCheckpoint(checkpoint_text).ok()) {
    return absl::DataLossError("cosignature: over a note that is not a checkpoint");
  }
  if (cosignature.size() != kTimeBytes + kSignatureBytes) {
    return absl::DataLossError(fmt::format("cosignature: has {} bytes, not {}", cosignature.size(),
                                           kTimeBytes + kSignatureBytes));
  }
  uint64_t seconds = 0;
  for (const char byte : cosignature.substr(0, kTimeBytes)) {
    seconds = seconds << 8 | static_cast<unsigned char>(byte);
  }
  if (seconds > kSecondsMax) {
    return absl::DataLossError("cosignature: its time is out of bounds");
  }
  if (!VerifyEd25519(public_key, SignedBytes(checkpoint_text, seconds),
                     cosignature.substr(kTimeBytes))) {
    return absl::DataLossError("cosignature: not by this key over this checkpoint and time");
  }
  return absl::FromUnixSeconds(static_cast<int64_t>(seconds));
}

}  // namespace cbm
