#ifndef CBM_SERVER_GATE_REFUSAL_H_
#define CBM_SERVER_GATE_REFUSAL_H_

#include <cstdint>
#include <string>

#include "server/gate/frame_police.h"

namespace cbm {

// What the client of a call is sent whose request is longer than `request_bytes_max`: what gRPC
// says without a message, INVALID_ARGUMENT with the length and the bound, and then a reset without
// an error, by which it learns that the rest is not wanted (RFC 9113, section 8.1). Because: of a
// reset alone gRPC's clients say no more than its number.
//
// Its header block neither uses nor changes HPACK's table, which is gRPC's: so it may come wherever
// gRPC's frames leave room, but not within a header block.
std::string Refusal(const LongRequest& request, uint32_t request_bytes_max);

// What gRPC is sent of that call: a reset, as by a client that no longer wants an answer.
std::string Cancellation(const LongRequest& request);

}  // namespace cbm

#endif  // CBM_SERVER_GATE_REFUSAL_H_
