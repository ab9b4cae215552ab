#ifndef CBM_SERVER_GATE_GOAWAY_H_
#define CBM_SERVER_GATE_GOAWAY_H_

#include <cstdint>
#include <string>

#include "server/gate/frame_police.h"

namespace cbm {

// The HTTP/2 frame by which a client learns that its connection ends and why (RFC 9113,
// section 6.8). What it sent on streams above `last_stream` was not looked at.
std::string Goaway(const Violation& why, uint32_t last_stream);

}  // namespace cbm

#endif  // CBM_SERVER_GATE_GOAWAY_H_
