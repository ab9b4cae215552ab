#include "client/keys.h"

#include <utility>

#include "client/exit_code.h"
#include "client/files.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {

absl::StatusOr<Keys> LoadKeys(const std::filesystem::path& file, const Certificate& certificate) {
  CBM_ASSIGN_OR_RETURN(SecretBytes pem, ReadSecretFile(file));
  absl::StatusOr<SigningKey> signing = SigningKey::FromPem(pem);
  if (!signing.ok()) {
    return HereError(fmt::format("{}: {}", file.string(), MessageOf(signing.status())));
  }
  if (!signing->Matches(certificate)) {
    return HereError(fmt::format("{} is not the key of the {}", file.string(), certificate.Name()));
  }
  return Keys{.pem = std::move(pem), .signing = *std::move(signing)};
}

}  // namespace cbm
