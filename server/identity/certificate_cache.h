#ifndef CBM_SERVER_IDENTITY_CERTIFICATE_CACHE_H_
#define CBM_SERVER_IDENTITY_CERTIFICATE_CACHE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "core/base/mutex.h"
#include "core/crypto/digest.h"

namespace cbm {

// Fingerprints of certificates that were presented: to parse one for each call would cost more than
// most calls. It holds no judgement: what a fingerprint is worth is asked anew each time.
//
// Thread-safe.
class CertificateCache {
 public:
  explicit CertificateCache(size_t certificates_max = 1'024)
      : certificates_max_(certificates_max) {}

  // SHA-256 of the DER of the one certificate in `pem`. INVALID_ARGUMENT if there is not one.
  absl::StatusOr<Digest> Fingerprint(std::string_view pem);

 private:
  const size_t certificates_max_;

  Mutex mutex_;
  // By the PEM text. Emptied when full, because only a stranger crowd fills it.
  std::unordered_map<std::string, Digest> fingerprints_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cbm

#endif  // CBM_SERVER_IDENTITY_CERTIFICATE_CACHE_H_
