#include "server/gate/frame_writer.h"

namespace cbm {

std::string BigEndian(uint32_t value) {
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    bytes.push_back(static_cast<char>(value >> shift));
  }
  return bytes;
}

std::string WriteFrame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload) {
  std::string frame = BigEndian(static_cast<uint32_t>(payload.size())).substr(1);
  frame.push_back(static_cast<char>(type));
  frame.push_back(static_cast<char>(flags));
  return frame.append(BigEndian(stream)).append(payload);
}

}  // namespace cbm
