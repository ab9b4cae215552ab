#ifndef CBM_SERVER_GATE_PRIVATE_PAIR_H_
#define CBM_SERVER_GATE_PRIVATE_PAIR_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "server/gate/descriptor.h"

namespace cbm {

// Two ends of one connection that nobody else can have a part in: a pair of UNIX sockets. It has no
// address that could be connected to; what stands at `server` hears the name of `gate` as its
// peer's from the kernel, and nothing that is sent can change it.
//
// Neither blocks; neither is inherited by a program that is started.
struct PrivatePair {
  Descriptor gate;
  Descriptor server;
};

// Makes a pair whose end `gate` has the abstract name `name`.
//
// RESOURCE_EXHAUSTED if there are no descriptors; ALREADY_EXISTS if anybody has that name.
// INVALID_ARGUMENT if the name is empty or has more than 107 bytes.
absl::StatusOr<PrivatePair> MakePrivatePair(std::string_view name);

}  // namespace cbm

#endif  // CBM_SERVER_GATE_PRIVATE_PAIR_H_
