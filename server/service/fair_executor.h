#ifndef CBM_SERVER_SERVICE_FAIR_EXECUTOR_H_
#define CBM_SERVER_SERVICE_FAIR_EXECUTOR_H_

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "core/base/mutex.h"
#include "server/sequencer/fair_queue.h"
#include "server/service/rate_limiter.h"

namespace cbm {

// Does work on threads of its own, each party in its turn, and of a party each office: who brings
// much waits for itself alone, and others for one piece of its work with each of their own. One
// office has room for half of what may wait of its party.
//
// Thread-safe.
class FairExecutor {
 public:
  using Work = std::function<void()>;

  FairExecutor(unsigned threads, const FairQueueBounds& bounds);

  // Does what was handed in before, then ends the threads.
  ~FairExecutor();
  FairExecutor(const FairExecutor&) = delete;
  FairExecutor& operator=(const FairExecutor&) = delete;

  // Has `work` of an office done soon, on another thread; `bytes` is what it keeps until then.
  //
  // RESOURCE_EXHAUSTED if as much waits as may, of all, the party or the office: then it is never
  // done.
  absl::Status HandIn(const RatePayer& payer, size_t bytes, Work work);

 private:
  struct Waiting {
    Work work;
    std::string office;  // With its party.
    size_t bytes;
  };
  struct Count {
    size_t works = 0;
    size_t bytes = 0;
  };

  void Run();
  // Waits for what has the next turn; none if nothing is left and nothing will come.
  std::optional<Waiting> TakeNext();
  void Stop();

  Mutex mutex_;
  Condition changed_;
  const FairQueueBounds bounds_;
  FairQueue<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Count> offices_ ABSL_GUARDED_BY(mutex_);  // That have something waiting.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_FAIR_EXECUTOR_H_
