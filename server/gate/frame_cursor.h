#ifndef CBM_SERVER_GATE_FRAME_CURSOR_H_
#define CBM_SERVER_GATE_FRAME_CURSOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cbm {

inline constexpr size_t kFrameHeaderBytes = 9;

// The head of an HTTP/2 frame (RFC 9113, section 4.1).
struct FrameHeader {
  uint32_t length = 0;  // Of the payload, in bytes; at most 2^24 - 1.
  uint8_t type = 0;
  uint8_t flags = 0;
  uint32_t stream = 0;  // Without the reserved bit.
};

// Where frames begin and end in a stream of bytes that comes in pieces of any size. It keeps the
// head of a frame alone, never a payload. Not thread-safe.
class FrameCursor {
 public:
  // Takes bytes from the front of `bytes`: what is left of a payload, or what a head wants. The
  // head, as soon as it is whole. To be called until `bytes` is empty.
  std::optional<FrameHeader> Next(std::string_view& bytes);

  // Whether the next byte is the first of a frame.
  bool at_boundary() const { return payload_left_ == 0 && head_size_ == 0; }

  // Whether the next byte is one of a payload.
  bool in_payload() const { return payload_left_ > 0; }

  // How many more bytes the frame that was begun surely has: the rest of its payload, or of its
  // head.
  size_t wanted() const {
    return payload_left_ > 0 ? payload_left_ : head_size_ > 0 ? kFrameHeaderBytes - head_size_ : 0;
  }

 private:
  std::array<uint8_t, kFrameHeaderBytes> head_{};
  size_t head_size_ = 0;
  size_t payload_left_ = 0;
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_FRAME_CURSOR_H_
