#include "server/program/tls.h"

#include <cstddef>
#include <string>

#include "core/base/clock.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"
#include "server/program/files.h"

namespace cbm {
namespace {

constexpr size_t kPemBytesMax = size_t{4} << 20;

}  // namespace

absl::StatusOr<ServerIdentity> LoadServerIdentity(const ServerConfig& config) {
  ServerIdentity identity;
  CBM_ASSIGN_OR_RETURN(identity.certificate, ReadWholeFile(config.certificate, kPemBytesMax));
  CBM_ASSIGN_OR_RETURN(identity.key, ReadWholeFile(config.key, kPemBytesMax));
  CBM_ASSIGN_OR_RETURN(identity.client_ca, ReadWholeFile(config.client_ca, kPemBytesMax));
  const absl::Status good = TlsContext::Make(identity, Clock::System(), nullptr).status();
  if (absl::IsInvalidArgument(good)) {
    return absl::InvalidArgumentError(
        fmt::format("server.certificate {}, server.key {}, server.client_ca {}: {}",
                    config.certificate, config.key, config.client_ca, std::string(good.message())));
  }
  CBM_RETURN_IF_ERROR(good);
  return identity;
}

}  // namespace cbm
