#include "client/goodbye.h"

#include <algorithm>

#include "client/output/text.h"

namespace cbm {
namespace {

// A frame's head: three bytes of length, its type, flags, and four bytes of stream.
constexpr size_t kHeadBytes = 9;
constexpr size_t kLengthBytes = 3;
constexpr char kGoaway = 0x7;

// In a GOAWAY the last stream and the code come before the reason.
constexpr size_t kCodeAt = 4;
constexpr size_t kReasonAt = 8;

uint32_t ReadNumber(std::string_view bytes) {
  uint32_t number = 0;
  for (const char byte : bytes) {
    number = number << 8U | static_cast<unsigned char>(byte);
  }
  return number;
}

}  // namespace

std::optional<Goodbye> FindGoodbye(std::string_view bytes) {
  while (bytes.size() >= kHeadBytes) {
    const size_t length = ReadNumber(bytes.substr(0, kLengthBytes));
    const char type = bytes[kLengthBytes];
    bytes.remove_prefix(kHeadBytes);
    const std::string_view payload = bytes.substr(0, length);
    if (type == kGoaway) {
      if (payload.size() < kReasonAt) {
        return std::nullopt;
      }
      return Goodbye{.error = ReadNumber(payload.substr(kCodeAt, kReasonAt - kCodeAt)),
                     .reason = CleanLine(payload.substr(kReasonAt, kReasonBytesMax))};
    }
    bytes.remove_prefix(std::min(length, bytes.size()));
  }
  return std::nullopt;
}

}  // namespace cbm
