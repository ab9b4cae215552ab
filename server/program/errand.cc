#include "server/program/errand.h"

#include <utility>

namespace cbm {

Errand::Errand(std::function<void(bool anew)> work)
    : work_(std::move(work)), thread_([this] { Run(); }) {}

Errand::~Errand() {
  Stop();
  thread_.join();
}

void Errand::Stop() {
  const MutexLock lock(mutex_);
  is_over_ = true;
  changed_.NotifyAll();
}

void Errand::Ask(bool anew) {
  const MutexLock lock(mutex_);
  asked_ = asked_.value_or(false) || anew;
  changed_.NotifyAll();
}

void Errand::Run() {
  while (true) {
    bool anew = false;
    {
      const MutexLock lock(mutex_);
      while (!asked_.has_value() && !is_over_) {
        changed_.Wait(mutex_);
      }
      if (is_over_) {
        return;
      }
      anew = *std::exchange(asked_, std::nullopt);
    }
    work_(anew);
  }
}

}  // namespace cbm
