#ifndef CBM_SERVER_GATE_FRAME_WRITER_H_
#define CBM_SERVER_GATE_FRAME_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace cbm {

// `value` in four bytes, the highest first.
std::string BigEndian(uint32_t value);

// A frame of HTTP/2 (RFC 9113, section 4.1). Its payload has less than 2^24 bytes; `stream` is 0
// for a frame of the connection.
std::string WriteFrame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload);

}  // namespace cbm

#endif  // CBM_SERVER_GATE_FRAME_WRITER_H_
