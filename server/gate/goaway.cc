#include "server/gate/goaway.h"

#include "server/gate/frame_writer.h"
#include "server/gate/http2.h"

namespace cbm {

std::string Goaway(const Violation& why, uint32_t last_stream) {
  return WriteFrame(
      http2::kGoaway, /*flags=*/0, /*stream=*/0,
      BigEndian(last_stream) + BigEndian(static_cast<uint32_t>(why.error)) + std::string(why.what));
}

}  // namespace cbm
