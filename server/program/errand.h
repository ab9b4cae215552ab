#ifndef CBM_SERVER_PROGRAM_ERRAND_H_
#define CBM_SERVER_PROGRAM_ERRAND_H_

#include <functional>
#include <optional>
#include <thread>

#include "core/base/mutex.h"

namespace cbm {

// Does something that may take long on a thread of its own, each time it is asked for: whoever asks
// goes on at once. What is asked for while it is done is done once more afterwards, however often.
//
// Thread-safe.
class Errand {
 public:
  // `work` is told whether anybody who asked for it said `anew`.
  explicit Errand(std::function<void(bool anew)> work);
  // Waits for what is done just now; what was asked for meanwhile is not done.
  ~Errand();
  Errand(const Errand&) = delete;
  Errand& operator=(const Errand&) = delete;

  void Ask(bool anew);

  // Nothing more is begun. What is under way goes on, and is waited for by nobody yet.
  void Stop();

 private:
  void Run();

  const std::function<void(bool anew)> work_;
  Mutex mutex_;
  Condition changed_;
  std::optional<bool> asked_ ABSL_GUARDED_BY(mutex_);  // Whether anew; none if nobody asked.
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // The last, since it uses the rest.
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_ERRAND_H_
