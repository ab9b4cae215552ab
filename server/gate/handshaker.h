#ifndef CBM_SERVER_GATE_HANDSHAKER_H_
#define CBM_SERVER_GATE_HANDSHAKER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "core/base/mutex.h"

namespace cbm {

// Threads for what handshakes wait for: a signature by a token, what the store says of a
// certificate. However long that takes, no session that is open waits for it.
//
// Sources have turns: one step of each after the other, so that who begins many handshakes waits
// for himself. Thread-safe.
class Handshaker {
 public:
  explicit Handshaker(uint32_t threads);

  // Stops, and waits for the steps that are under way.
  ~Handshaker();
  Handshaker(const Handshaker&) = delete;
  Handshaker& operator=(const Handshaker&) = delete;

  // Runs `step` soon, after what was asked for the same source before. When it is stopped, `step`
  // is thrown away. Returns by what it can be withdrawn.
  uint64_t Run(const std::string& source, std::function<void()> step);

  // Throws a step away that was asked for that source. False if it is too late for that: it is
  // under way, or over.
  bool Withdraw(const std::string& source, uint64_t step);

  // Throws away the steps that are not under way. Those that are go on: a token may hang.
  void Stop();

 private:
  struct Step {
    uint64_t number = 0;
    std::function<void()> run;
  };

  void Work();

  Mutex mutex_;
  Condition asked_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t asked_count_ ABSL_GUARDED_BY(mutex_) = 0;
  // By source, none without a step.
  std::map<std::string, std::deque<Step>> steps_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> turns_ ABSL_GUARDED_BY(mutex_);  // Each source of steps_ once.
  std::vector<std::thread> threads_;                       // The last, since they use the rest.
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_HANDSHAKER_H_
