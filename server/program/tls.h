#ifndef CBM_SERVER_PROGRAM_TLS_H_
#define CBM_SERVER_PROGRAM_TLS_H_

#include "absl/status/statusor.h"
#include "server/config/config.h"
#include "server/gate/tls_context.h"

namespace cbm {

// What the files say that the configuration names.
//
// INVALID_ARGUMENT, naming the files, if one cannot be read, is not what it must be, or key and
// certificate do not belong together.
absl::StatusOr<ServerIdentity> LoadServerIdentity(const ServerConfig& config);

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_TLS_H_
