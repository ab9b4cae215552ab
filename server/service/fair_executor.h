#ifndef CBM_SERVER_SERVICE_FAIR_EXECUTOR_H_
#define CBM_SERVER_SERVICE_FAIR_EXECUTOR_H_

#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "core/base/mutex.h"
#include "server/sequencer/fair_queue.h"

namespace cbm {

// Does work on threads of its own, each party in its turn: who brings much waits for itself alone,
// and others for one piece of its work with each of their own.
//
// Thread-safe.
class FairExecutor {
 public:
  using Work = std::function<void()>;
  using Bounds = FairQueue<Work>::Bounds;

  FairExecutor(unsigned threads, Bounds bounds);

  // Does what was handed in before, then ends the threads.
  ~FairExecutor();
  FairExecutor(const FairExecutor&) = delete;
  FairExecutor& operator=(const FairExecutor&) = delete;

  // Has `work`, a party's, done soon, on another thread; `bytes` is what it keeps until then.
  //
  // RESOURCE_EXHAUSTED if as much waits as may, of all or of the party: then it is never done.
  absl::Status HandIn(const std::string& party, size_t bytes, Work work);

 private:
  void Run();

  Mutex mutex_;
  Condition changed_;
  FairQueue<Work> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_FAIR_EXECUTOR_H_
