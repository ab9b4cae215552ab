#ifndef CBM_SERVER_GATE_PROXY_HEADER_H_
#define CBM_SERVER_GATE_PROXY_HEADER_H_

#include <cstddef>
#include <string_view>

#include "server/gate/source.h"

namespace cbm {

// The longest that is taken: room for addresses and what balancers add of their own. All of it fits
// into one packet of any network.
inline constexpr size_t kProxyHeaderBytesMax = 536;

// What a balancer says of a connection before the connection's own bytes: a header of the PROXY
// protocol, version 2 (HAProxy's proxy-protocol.txt, section 2.2). Version 1 is not taken.
struct ProxyHeader {
  enum class State {
    kPartial,    // More must be seen.
    kWhole,      // It has ended, and what follows are the connection's own bytes.
    kMalformed,  // It is none, whatever follows.
  };

  State state = State::kMalformed;
  // kPartial: how many bytes are wanted in all before more can be said, which never go beyond the
  // header's end; kWhole: how many it has. At most kProxyHeaderBytesMax; else 0.
  size_t bytes = 0;
  // kWhole: where the client is from, as SourceOf says it. Empty if the connection is the
  // balancer's own, as for a look whether the server is well (LOCAL), or the balancer does not know
  // its client's address (UNSPEC).
  Source source = {};
};

// What the first bytes of a connection say. Taken are streams over IPv4 and IPv6, connections of
// the balancer's own, and those of an unknown family; what a balancer adds after the addresses is
// skipped unread.
ProxyHeader ParseProxyHeader(std::string_view bytes);

}  // namespace cbm

#endif  // CBM_SERVER_GATE_PROXY_HEADER_H_
