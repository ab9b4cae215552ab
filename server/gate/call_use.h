#ifndef CBM_SERVER_GATE_CALL_USE_H_
#define CBM_SERVER_GATE_CALL_USE_H_

#include <cstdint>

namespace cbm {

// What calls use of the server until they end. The frames of DATA of a request are counted beside
// its bytes, since gRPC keeps each of them in the memory that it was read into, with whatever came
// beside it.
struct CallUse {
  uint32_t calls = 0;
  uint32_t request_frames = 0;
  uint64_t request_bytes = 0;

  friend bool operator==(const CallUse&, const CallUse&) = default;

  CallUse& operator+=(const CallUse& other) {
    calls += other.calls;
    request_frames += other.request_frames;
    request_bytes += other.request_bytes;
    return *this;
  }
  // Of what was added before.
  CallUse& operator-=(const CallUse& other) {
    calls -= other.calls;
    request_frames -= other.request_frames;
    request_bytes -= other.request_bytes;
    return *this;
  }

  // Whether nothing of it is more than that of `other`.
  bool IsWithin(const CallUse& other) const {
    return calls <= other.calls && request_frames <= other.request_frames &&
           request_bytes <= other.request_bytes;
  }
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_CALL_USE_H_
