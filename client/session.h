#ifndef CBM_CLIENT_SESSION_H_
#define CBM_CLIENT_SESSION_H_

#include <memory>

#include "client/exchange_api.h"
#include "client/keys.h"
#include "client/profile.h"

namespace cbm {

// A connection to the profile's exchange: mutual TLS with the profile's certificate and key, and
// nobody trusted but the authorities of its ca.pem. It connects with the first call.
//
// A call that cannot connect, or whose connection ends, fails with UNAVAILABLE or UNAUTHENTICATED,
// Unanswered, and a message that says why: see diagnose.h. If the connection is ended because the
// credential is out of use, it says that, and whom to call. A call that is not answered in its time
// fails with DEADLINE_EXCEEDED, Unanswered, and a message that says so. Both arguments must outlive
// what is returned.
std::unique_ptr<ExchangeApi> OpenSession(const Profile& profile, const Keys& keys);

}  // namespace cbm

#endif  // CBM_CLIENT_SESSION_H_
