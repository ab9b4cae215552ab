#include "server/service/kept_certificates.h"

#include <optional>
#include <string>
#include <utility>

#include "cbm/v1/directory.pb.h"
#include "core/base/status_macros.h"

namespace cbm {

absl::StatusOr<Certificate> KeptCertificates::Find(const Digest& credential,
                                                   std::string_view party) {
  const auto of_party = [party](const Kept& kept) {
    return kept.party == party ? absl::StatusOr<Certificate>(kept.certificate)
                               : absl::NotFoundError("the credential is not registered");
  };
  {
    const MutexLock lock(mutex_);
    const auto found = kept_.find(credential);
    if (found != kept_.end()) {
      return of_party(found->second);
    }
  }
  CBM_ASSIGN_OR_RETURN(const std::optional<std::string> bytes, store_.FindCredential(credential));
  v1::CredentialRecord record;
  if (!bytes.has_value()) {
    return absl::NotFoundError("the credential is not registered");
  }
  if (!record.ParseFromString(*bytes)) {
    return absl::DataLossError("a stored credential cannot be read");
  }
  CBM_ASSIGN_OR_RETURN(Certificate certificate, Certificate::FromDer(record.certificate()));
  const Kept kept{.party = record.party(), .certificate = std::move(certificate)};
  const MutexLock lock(mutex_);
  if (kept_.size() >= kKeptMax) {
    kept_.clear();
  }
  kept_.emplace(credential, kept);
  return of_party(kept);
}

}  // namespace cbm
