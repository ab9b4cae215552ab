#include "server/gate/goaway.h"

#include "server/gate/frame_writer.h"

namespace cbm {
namespace {

constexpr uint8_t kGoawayType = 0x7;

}  // namespace

std::string Goaway(const Violation& why, uint32_t last_stream) {
  return WriteFrame(
      kGoawayType, /*flags=*/0, /*stream=*/0,
      BigEndian(last_stream) + BigEndian(static_cast<uint32_t>(why.error)) + std::string(why.what));
}

}  // namespace cbm
