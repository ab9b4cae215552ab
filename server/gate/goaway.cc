#include "server/gate/goaway.h"

namespace cbm {
namespace {

constexpr char kGoawayType = 0x7;
constexpr uint32_t kFixedBytes = 8;

void Append(uint32_t value, unsigned int bytes, std::string& out) {
  for (unsigned int i = bytes; i-- > 0;) {
    out.push_back(static_cast<char>(value >> (8U * i)));
  }
}

}  // namespace

std::string Goaway(const Violation& why, uint32_t last_stream) {
  std::string frame;
  Append(kFixedBytes + static_cast<uint32_t>(why.what.size()), 3, frame);
  frame.push_back(kGoawayType);
  Append(0, 1, frame);  // No flags,
  Append(0, 4, frame);  // of the connection.
  Append(last_stream, 4, frame);
  Append(static_cast<uint32_t>(why.error), 4, frame);
  frame += why.what;
  return frame;
}

}  // namespace cbm
