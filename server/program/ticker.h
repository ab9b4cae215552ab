#ifndef CBM_SERVER_PROGRAM_TICKER_H_
#define CBM_SERVER_PROGRAM_TICKER_H_

#include <chrono>
#include <functional>
#include <thread>

#include "core/base/mutex.h"

namespace cbm {

// Does something again and again on a thread of its own, which waits for nothing else: no disk that
// another thread waits for and no signal puts it off.
class Ticker {
 public:
  // `work` is done at once, and each time again `every` after it was done: what it did has that
  // long to take effect, however late it was. By a clock that nobody sets.
  Ticker(std::chrono::nanoseconds every, std::function<void()> work);
  // Waits for what is done just now, and not for the next time.
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  void Run();

  const std::chrono::nanoseconds every_;
  const std::function<void()> work_;
  Mutex mutex_;
  Condition changed_;
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // The last, since it uses the rest.
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_TICKER_H_
