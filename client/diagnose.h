#ifndef CBM_CLIENT_DIAGNOSE_H_
#define CBM_CLIENT_DIAGNOSE_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/keys.h"
#include "client/profile.h"

namespace cbm {

// For each answer of the server.
inline constexpr absl::Duration kDiagnosePatience = absl::Seconds(5);

// Makes a TLS handshake of its own with the profile's server, to say why a connection failed, since
// gRPC does not: nobody answers, or only takes the connection, the server's certificate is of an
// unknown authority, has run out or is for another host, or the server does not take ours. What the
// server says itself is in the message: goodbye.h.
//
// OK if the handshake succeeds. UNAVAILABLE if it may go better later, UNAUTHENTICATED if something
// must be mended first; the message says what. Takes at most about twice `patience`.
absl::Status Diagnose(const Profile& profile, const Keys& keys,
                      absl::Duration patience = kDiagnosePatience);

// The host of `HOST:PORT` or `[ADDRESS]:PORT`, and the port; both empty if it is neither.
struct HostAndPort {
  std::string_view host;
  std::string_view port;
};
HostAndPort SplitAddress(std::string_view address);

}  // namespace cbm

#endif  // CBM_CLIENT_DIAGNOSE_H_
