#ifndef CBM_SERVER_STORE_PERMITS_H_
#define CBM_SERVER_STORE_PERMITS_H_

#include <condition_variable>
#include <cstddef>

#include "absl/time/time.h"
#include "core/base/mutex.h"

namespace cbm {

// A number of permits that are taken and given back: what bounds writers and readers.
//
// Thread-safe.
class Permits {
 public:
  explicit Permits(size_t count) : free_(count) {}

  // Waits for a permit, at most until `deadline` by the machine's clock; one that is free is taken
  // even after it. Whether one was taken.
  bool Take(absl::Time deadline);
  void Give();

 private:
  Mutex mutex_;
  std::condition_variable_any changed_;
  size_t free_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cbm

#endif  // CBM_SERVER_STORE_PERMITS_H_
