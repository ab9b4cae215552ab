#include "server/gate/frame_cursor.h"

#include <algorithm>

namespace cbm {
namespace {

constexpr uint8_t kWithoutReservedBit = 0x7f;

uint32_t BigEndian(const uint8_t* bytes, size_t size) {
  uint32_t value = 0;
  for (size_t i = 0; i < size; ++i) {
    value = value << 8U | bytes[i];
  }
  return value;
}

}  // namespace

std::optional<FrameHeader> FrameCursor::Next(std::string_view& bytes) {
  if (payload_left_ > 0) {
    const size_t taken = std::min(payload_left_, bytes.size());
    payload_left_ -= taken;
    bytes.remove_prefix(taken);
    return std::nullopt;
  }
  const size_t taken = std::min(kFrameHeaderBytes - head_size_, bytes.size());
  std::copy_n(bytes.begin(), taken, head_.begin() + static_cast<ptrdiff_t>(head_size_));
  bytes.remove_prefix(taken);
  head_size_ += taken;
  if (head_size_ < kFrameHeaderBytes) {
    return std::nullopt;
  }
  head_size_ = 0;
  FrameHeader header{
      .length = BigEndian(head_.data(), 3), .type = head_[3], .flags = head_[4], .stream = 0};
  head_[5] &= kWithoutReservedBit;
  header.stream = BigEndian(head_.data() + 5, 4);
  payload_left_ = header.length;
  return header;
}

}  // namespace cbm
