#include "core/base/base64.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"

namespace cbm {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr unsigned char kForeign = 0xff;

constexpr std::array<unsigned char, 256> MakeValues() {
  std::array<unsigned char, 256> values{};
  for (unsigned char& value : values) {
    value = kForeign;
  }
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<unsigned char>(i);
  }
  return values;
}

constexpr std::array<unsigned char, 256> kValues = MakeValues();

size_t PaddingOf(std::string_view text) {
  if (text.ends_with("==")) {
    return 2;
  }
  return text.ends_with("=") ? 1 : 0;
}

}  // namespace

std::string ToBase64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view part = bytes.substr(at, 3);
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) {
      group = group << 8 | (i < part.size() ? static_cast<unsigned char>(part[i]) : 0U);
    }
    for (size_t i = 0; i < 4; ++i) {
      text += i <= part.size() ? kAlphabet[group >> (18 - 6 * i) & 63] : '=';
    }
  }
  return text;
}

absl::StatusOr<std::string> FromBase64(std::string_view text) {
  if (text.size() % 4 != 0) {
    return absl::InvalidArgumentError("base64 comes in groups of four characters");
  }
  const size_t padding = PaddingOf(text);
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  uint32_t group = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    unsigned char value = 0;
    if (at < text.size() - padding) {
      value = kValues[static_cast<unsigned char>(text[at])];
      if (value == kForeign) {
        return absl::InvalidArgumentError("a character that base64 does not have");
      }
    }
    group = group << 6 | value;
    if (at % 4 == 3) {
      bytes += static_cast<char>(group >> 16 & 0xff);
      bytes += static_cast<char>(group >> 8 & 0xff);
      bytes += static_cast<char>(group & 0xff);
    }
  }
  for (size_t i = 0; i < padding; ++i) {
    // What stands for the padding decodes to zero, unless bits before it are set that no byte has.
    if (bytes.back() != '\0') {
      return absl::InvalidArgumentError("base64 with bits set that belong to no byte");
    }
    bytes.pop_back();
  }
  return bytes;
}

}  // namespace cbm
