#ifndef CBM_TESTS_SUPPORT_RAW_CLIENT_H_
#define CBM_TESTS_SUPPORT_RAW_CLIENT_H_

#include <string>
#include <string_view>

#include "tests/support/tls_client.h"

namespace cbm::test {

// What became of a connection, up to the server's first bytes or its end.
struct RawOutcome {
  // Whether the client took the handshake for done. At TLS 1.3 that says nothing of its own
  // certificate, which the server looks at afterwards.
  bool completed = false;

  // What the server sent first, in clear. HTTP/2 begins with a frame of SETTINGS.
  std::string first_bytes;

  // How many session tickets came before that.
  int tickets = 0;

  bool is_http2() const { return first_bytes.size() > 3 && first_bytes[3] == '\x04'; }
};

// Connects to `address` (127.0.0.1:port), and waits at most 30 s for what the server says.
RawOutcome ConnectByTls(const std::string& address, const TlsOffer& offer);

// Sends `bytes` without any TLS, and gives what came back until the server closed, at most 4 KiB.
std::string SendPlaintext(const std::string& address, std::string_view bytes);

}  // namespace cbm::test

#endif  // CBM_TESTS_SUPPORT_RAW_CLIENT_H_
