#ifndef CBM_SERVER_STORE_CREDENTIAL_CACHE_H_
#define CBM_SERVER_STORE_CREDENTIAL_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/base/mutex.h"
#include "core/crypto/digest.h"

namespace cbm {

// What credentials are registered as, so that not every call asks the database who makes it. It
// never has more than what is durable, and nothing that a commit changed: whoever commits a change
// has it forgotten before anybody is answered.
//
// Thread-safe.
class CredentialCache {
 public:
  // Nothing if it is not kept, which says nothing of whether there is one.
  std::optional<std::string> Find(const Digest& credential) const;

  // To be asked before what is to be kept is read.
  uint64_t generation() const;

  // Keeps what was read, unless something was forgotten since `generation` was asked.
  void Keep(const Digest& credential, const std::string& record, uint64_t generation);

  void Forget();

 private:
  static constexpr size_t kMost = 4'096;

  mutable Mutex mutex_;
  uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<Digest, std::string> kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cbm

#endif  // CBM_SERVER_STORE_CREDENTIAL_CACHE_H_
