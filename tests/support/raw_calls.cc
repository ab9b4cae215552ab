#include "tests/support/raw_calls.h"

#include <cstddef>

namespace cbm::test {
namespace {

constexpr uint8_t kData = 0;
constexpr uint8_t kHeaders = 1;
constexpr uint8_t kEndStream = 1;
constexpr uint8_t kEndHeaders = 4;

// A field of HPACK whose name is in the head, and whose value is shorter than 127 bytes.
std::string Field(std::string_view head, std::string_view value) {
  return std::string(head) + static_cast<char>(value.size()) + std::string(value);
}

}  // namespace

std::string FrameOn(uint8_t stream, uint8_t type, uint8_t flags, std::string_view payload) {
  std::string frame;
  for (const size_t byte : {payload.size() >> 16U, payload.size() >> 8U, payload.size()}) {
    frame.push_back(static_cast<char>(byte));
  }
  frame.push_back(static_cast<char>(type));
  frame.push_back(static_cast<char>(flags));
  frame.append(3, '\0');
  frame.push_back(static_cast<char>(stream));
  return frame.append(payload);
}

std::string CallOf(uint8_t stream, std::string_view path, std::string_view request,
                   std::string_view deadline) {
  const std::string block = std::string("\x83\x86", 2) +  // POST, http
                            Field("\x01", "exchange") + Field("\x04", path) +
                            Field(std::string_view("\0\x02te", 4), "trailers") +
                            Field("\x0f\x10", "application/grpc") +
                            Field(std::string_view("\0\x0cgrpc-timeout", 14), deadline);
  std::string message(3, '\0');  // Not compressed, and its length.
  message.push_back(static_cast<char>(request.size() >> 8U));
  message.push_back(static_cast<char>(request.size()));
  return FrameOn(stream, kHeaders, kEndHeaders, block) +
         FrameOn(stream, kData, kEndStream, message.append(request));
}

}  // namespace cbm::test
