#include "server/identity/certificate_cache.h"

#include "core/base/status_macros.h"
#include "core/crypto/certificate.h"

namespace cbm {

absl::StatusOr<Digest> CertificateCache::Fingerprint(std::string_view pem) {
  std::string text(pem);
  {
    const MutexLock lock(mutex_);
    if (const auto found = fingerprints_.find(text); found != fingerprints_.end()) {
      return found->second;
    }
  }
  CBM_ASSIGN_OR_RETURN(const Certificate certificate, Certificate::FromPem(pem));
  const MutexLock lock(mutex_);
  if (fingerprints_.size() >= certificates_max_) {
    fingerprints_.clear();
  }
  fingerprints_.emplace(std::move(text), certificate.fingerprint());
  return certificate.fingerprint();
}

}  // namespace cbm
