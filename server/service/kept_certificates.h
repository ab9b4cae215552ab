#ifndef CBM_SERVER_SERVICE_KEPT_CERTIFICATES_H_
#define CBM_SERVER_SERVICE_KEPT_CERTIFICATES_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/base/mutex.h"
#include "core/crypto/certificate.h"
#include "core/crypto/digest.h"
#include "server/store/store.h"

namespace cbm {

// The certificates of registered credentials, decoded once: reading a key out of one costs more
// than a signature's verification should.
//
// Thread-safe. Keeps at most 4,096; a certificate never changes, so none grows stale.
class KeptCertificates {
 public:
  // The store must outlive it.
  explicit KeptCertificates(const Store& store) : store_(store) {}

  // The certificate of a credential that is registered to `party`. NOT_FOUND if it is not: the same
  // for one of another party and for one that nobody has.
  absl::StatusOr<Certificate> Find(std::string_view party, const Digest& credential);

 private:
  static constexpr size_t kKeptMax = 4'096;

  // A credential's party, for ever, and its certificate.
  struct Registered {
    std::string party;
    Certificate certificate;
  };

  absl::StatusOr<Registered> FindRegistered(const Digest& credential);

  const Store& store_;

  Mutex mutex_;
  std::map<Digest, Registered> kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_KEPT_CERTIFICATES_H_
