#include "server/store/credential_cache.h"

namespace cbm {

std::optional<std::string> CredentialCache::Find(const Digest& credential) const {
  const MutexLock lock(mutex_);
  const auto found = kept_.find(credential);
  return found == kept_.end() ? std::nullopt : std::optional<std::string>(found->second);
}

uint64_t CredentialCache::generation() const {
  const MutexLock lock(mutex_);
  return generation_;
}

void CredentialCache::Keep(const Digest& credential, const std::string& record,
                           uint64_t generation) {
  const MutexLock lock(mutex_);
  if (generation != generation_) {
    return;
  }
  if (kept_.size() >= kMost) {
    kept_.clear();
  }
  kept_[credential] = record;
}

void CredentialCache::Forget() {
  const MutexLock lock(mutex_);
  ++generation_;
  kept_.clear();
}

}  // namespace cbm
