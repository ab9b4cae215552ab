#include "server/service/kept_certificates.h"

#include <optional>
#include <string>
#include <utility>

#include "cbm/v1/directory.pb.h"
#include "core/base/status_macros.h"

namespace cbm {
namespace {

absl::Status NotRegistered() { return absl::NotFoundError("the credential is not registered"); }

}  // namespace

absl::StatusOr<Certificate> KeptCertificates::Find(std::string_view party,
                                                   const Digest& credential) {
  CBM_ASSIGN_OR_RETURN(const Registered registered, FindRegistered(credential));
  if (registered.party != party) {
    return NotRegistered();
  }
  return registered.certificate;
}

absl::StatusOr<KeptCertificates::Registered> KeptCertificates::FindRegistered(
    const Digest& credential) {
  {
    const MutexLock lock(mutex_);
    const auto found = kept_.find(credential);
    if (found != kept_.end()) {
      return found->second;
    }
  }
  CBM_ASSIGN_OR_RETURN(const std::optional<std::string> bytes, store_.FindCredential(credential));
  v1::CredentialRecord record;
  if (!bytes.has_value()) {
    return NotRegistered();
  }
  if (!record.ParseFromString(*bytes)) {
    return absl::DataLossError("a stored credential cannot be read");
  }
  // It is named by its own digest: what another would verify is not taken for the office's.
  if (Sha256(record.certificate()) != credential) {
    return absl::DataLossError("a stored credential is not the one that it is named by");
  }
  CBM_ASSIGN_OR_RETURN(Certificate certificate, Certificate::FromDer(record.certificate()));
  Registered registered{.party = record.party(), .certificate = std::move(certificate)};
  const MutexLock lock(mutex_);
  if (kept_.size() >= kKeptMax) {
    kept_.clear();
  }
  kept_.emplace(credential, registered);
  return registered;
}

}  // namespace cbm
