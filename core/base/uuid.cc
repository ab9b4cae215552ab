#include "core/base/uuid.h"

#include <cstdint>

#include "core/base/hex.h"

namespace cbm {
namespace {

constexpr size_t kUuidBytes = 16;
constexpr size_t kTimeBytes = 6;
constexpr size_t kTextCharacters = 36;

bool IsHyphen(size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

}  // namespace

std::string NewUuid(absl::Time now, Random& random) {
  std::string bytes = random.Bytes(kUuidBytes);
  const auto milliseconds = static_cast<uint64_t>(absl::ToUnixMillis(now));
  for (size_t i = 0; i < kTimeBytes; ++i) {
    bytes[i] = static_cast<char>(milliseconds >> (8 * (kTimeBytes - 1 - i)));
  }
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x70);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  return bytes;
}

bool IsUuid(std::string_view bytes) {
  return bytes.size() == kUuidBytes && (bytes[6] & 0xf0) == 0x70 && (bytes[8] & 0xc0) == 0x80;
}

std::string FormatUuid(std::string_view bytes) {
  std::string text;
  for (const char digit : ToHex(bytes)) {
    if (IsHyphen(text.size())) {
      text.push_back('-');
    }
    text.push_back(digit);
  }
  return text;
}

absl::StatusOr<std::string> ParseUuid(std::string_view text) {
  const absl::Status invalid = absl::InvalidArgumentError(
      "an act id looks like 0190163d-8694-739b-aea5-966c26f8ad91 (UUID version 7)");
  if (text.size() != kTextCharacters) {
    return invalid;
  }
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsHyphen(i) != (text[i] == '-')) {
      return invalid;
    }
    if (!IsHyphen(i)) {
      digits.push_back(text[i]);
    }
  }
  const auto bytes = FromHex(digits);
  if (!bytes.ok() || !IsUuid(*bytes)) {
    return invalid;
  }
  return *bytes;
}

}  // namespace cbm
