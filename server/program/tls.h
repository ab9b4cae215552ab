#ifndef CBM_SERVER_PROGRAM_TLS_H_
#define CBM_SERVER_PROGRAM_TLS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/security/server_credentials.h"
#include "server/config/config.h"

namespace cbm {

// Makes TLS 1.3, without resumption, the only TLS of this process. gRPC 1.51 has no setter for it,
// but leaves what OpenSSL's own configuration says. Before any other use of TLS.
//
// INTERNAL if OpenSSL does not take it: then nothing may be served.
absl::Status RequireTls13();

// What the server shows, and which authorities' certificates it asks of a client; all PEM.
struct ServerIdentity {
  std::string certificate;  // The server's, then what leads from it to a root.
  std::string key;
  std::string client_ca;
};

// Asks every client for a certificate by one of the authorities.
//
// INVALID_ARGUMENT if a text is not what it must be, or key and certificate do not belong together.
// FAILED_PRECONDITION if TLS is not what RequireTls13 makes it (tls_self_test.h).
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    ServerIdentity identity);

// The same, of the files that the configuration names. INVALID_ARGUMENT also if one cannot be read.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> LoadServerCredentials(
    const ServerConfig& config);

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_TLS_H_
