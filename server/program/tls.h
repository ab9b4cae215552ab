#ifndef CBM_SERVER_PROGRAM_TLS_H_
#define CBM_SERVER_PROGRAM_TLS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/crypto/certificate.h"
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

// The authorities of one bundle (PEM) that are not in another; none if either cannot be read.
std::vector<Certificate> AuthoritiesGone(const std::string& before, const std::string& after);

// Why files are looked at.
enum class Look {
  kInTurn,  // As twice a second: a file that is being written may be met half way.
  kAsked,   // Somebody says that they are as they are to be.
  kAnew,    // The same, and all is judged and said again.
};

// Finds out when the files say something else. What is not good as a whole is never taken: a
// certificate that is there before its key, a file that is half written, empty or gone. A bundle
// that is cut between two certificates is good: one that lacks an authority is met in turn twice, a
// second or more apart, and the same, before it is taken.
//
// Not thread-safe.
class ServerIdentityFiles {
 public:
  // `served` is what the files said when it was loaded. The clock must outlive it.
  ServerIdentityFiles(ServerConfig config, const ServerIdentity& served, Clock& clock);

  // The new identity, once for each that is good; nothing if the files say what they said when they
  // were last looked at, or lack one of `authorities`, the bundle that is served (PEM), and may
  // still be in the writing. An error as LoadServerIdentity's, once for each state of the files
  // that is not good, or anew.
  absl::StatusOr<std::optional<ServerIdentity>> Refresh(Look look, const std::string& authorities);

  // Whether the files said what is served when they were last looked at.
  bool is_good() const { return seen_ == served_; }

  // What Refresh gave could not be served after all: it is given again when the files change, or
  // are judged anew.
  void NotServed();

 private:
  // Whether what the files say is to be met again before it is taken.
  bool IsDoubted(const std::string& before, const std::string& after);

  const ServerConfig config_;
  Clock& clock_;
  std::optional<absl::Time> doubted_since_;  // What they said last lacks an authority.
  std::string seen_;                         // What the files said last, good or not.
  std::string served_;                       // The last that was good.
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_TLS_H_
