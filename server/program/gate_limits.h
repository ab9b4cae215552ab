#ifndef CBM_SERVER_PROGRAM_GATE_LIMITS_H_
#define CBM_SERVER_PROGRAM_GATE_LIMITS_H_

#include <cstdint>

#include "server/config/config.h"
#include "server/gate/gate.h"

namespace cbm {

// What the configuration says, as the gate takes it. A session that gRPC should have ended, for its
// idleness or its age, is ended by the gate a little later.
GateLimits GateLimitsOf(const GateConfig& gate, const LimitsConfig& limits);

// Raises the process's bound on descriptors as far as the sessions need it that may be there, and
// gives how many of them it has room for: each takes three, and the rest of the server has 256 for
// itself. Behind balancers, connections that have not said yet where they are from take one each.
uint64_t MakeRoomForSessions(const GateConfig& gate);

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_GATE_LIMITS_H_
