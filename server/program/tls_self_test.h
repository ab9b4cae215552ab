#ifndef CBM_SERVER_PROGRAM_TLS_SELF_TEST_H_
#define CBM_SERVER_PROGRAM_TLS_SELF_TEST_H_

#include <string>

#include "absl/status/status.h"

namespace cbm {

// Makes handshakes with itself, in memory, as OpenSSL is configured in this process now: OK if one
// at TLS 1.2 fails for its version, and one at TLS 1.3 succeeds and ends without a session ticket.
//
// FAILED_PRECONDITION otherwise, which says what to look at: then nothing may be served. Because a
// configuration that was read later, such as a site's own, replaces ours without a word.
absl::Status TestTls(const std::string& certificate_pem, const std::string& key_pem);

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_TLS_SELF_TEST_H_
