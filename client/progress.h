#ifndef CBM_CLIENT_PROGRESS_H_
#define CBM_CLIENT_PROGRESS_H_

#include <string>
#include <thread>

#include "core/base/mutex.h"

namespace cbm {

// Tells a person at a terminal what is waited for, once that has lasted a second; the line is taken
// away again when it is over. Without a terminal on standard error nothing is written.
class Progress {
 public:
  explicit Progress(std::string waiting_for);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void Run();

  const std::string waiting_for_;

  Mutex mutex_;
  Condition changed_;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;  // None without a terminal.
};

}  // namespace cbm

#endif  // CBM_CLIENT_PROGRESS_H_
