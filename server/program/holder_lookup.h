#ifndef CBM_SERVER_PROGRAM_HOLDER_LOOKUP_H_
#define CBM_SERVER_PROGRAM_HOLDER_LOOKUP_H_

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "core/base/mutex.h"
#include "core/crypto/digest.h"
#include "server/store/store.h"

namespace cbm {

// How long one that asks waits for the store.
inline constexpr std::chrono::milliseconds kHolderWaitMax{200};

// Whose certificate it is, for the gate's log, which may not wait for the store: it is asked from a
// thread of its own. While it does not answer, a first caller waits for a while, and those after it
// not at all. Thread-safe.
class HolderLookup {
 public:
  // `store` must outlive this.
  explicit HolderLookup(const Store& store, std::chrono::milliseconds wait_max = kHolderWaitMax);
  // Waits for what the store is asked just now.
  ~HolderLookup();
  HolderLookup(const HolderLookup&) = delete;
  HolderLookup& operator=(const HolderLookup&) = delete;

  // A serialized CredentialRecord; nothing if it is nobody's. UNAVAILABLE if that cannot be told
  // soon; else what the store says.
  absl::StatusOr<std::optional<std::string>> Find(const Digest& certificate);

 private:
  struct Question {
    Digest certificate;
    std::optional<absl::StatusOr<std::optional<std::string>>> answer = {};  // None yet.
  };

  void Answer();

  const Store& store_;
  const std::chrono::milliseconds wait_max_;
  Mutex mutex_;
  Condition asked_;
  Condition answered_;
  // Shared with their callers, who may have stopped waiting.
  std::deque<std::shared_ptr<Question>> questions_ ABSL_GUARDED_BY(mutex_);
  bool is_late_ ABSL_GUARDED_BY(mutex_) = false;  // The store has kept somebody waiting.
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // The last, since it uses the rest.
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_HOLDER_LOOKUP_H_
