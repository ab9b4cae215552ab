#ifndef CBM_SERVER_PROGRAM_TLS_H_
#define CBM_SERVER_PROGRAM_TLS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "server/config/config.h"
#include "server/gate/tls_context.h"

namespace cbm {

// Has OpenSSL not read what it is configured to on this machine (openssl.cnf, OPENSSL_CONF): that
// could take algorithms away, and load code of others. To be called before anything uses OpenSSL.
void IgnoreOpensslConfiguration();

// What the files say that the configuration names.
//
// INVALID_ARGUMENT, naming the files, if one cannot be read, is not what it must be, or key and
// certificate do not belong together.
absl::StatusOr<ServerIdentity> LoadServerIdentity(const ServerConfig& config);

// Finds out when the files say something else. What is not good as a whole is never taken: a
// certificate that is there before its key, a file that is half written, empty or gone.
//
// Not thread-safe.
class ServerIdentityFiles {
 public:
  // `served` is what the files said when it was loaded.
  ServerIdentityFiles(ServerConfig config, const ServerIdentity& served);

  // The new identity, once for each that is good; nothing if the files say what they said when they
  // were last looked at. An error as LoadServerIdentity's, once for each state of the files that is
  // not good. `anew`: they are judged in any case.
  absl::StatusOr<std::optional<ServerIdentity>> Refresh(bool anew);

  // Whether the files said what is served when they were last looked at.
  bool is_good() const { return seen_ == served_; }

  // What Refresh gave could not be served after all: it is given again when the files change, or
  // are judged anew.
  void NotServed();

 private:
  const ServerConfig config_;
  std::string seen_;    // What the files said last, good or not.
  std::string served_;  // The last that was good.
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_TLS_H_
