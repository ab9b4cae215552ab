#include "server/program/ticker.h"

#include <utility>

namespace cbm {

Ticker::Ticker(std::chrono::nanoseconds every, std::function<void()> work)
    : every_(every), work_(std::move(work)), thread_([this] { Run(); }) {}

Ticker::~Ticker() {
  {
    const MutexLock lock(mutex_);
    is_over_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
}

void Ticker::Run() {
  while (true) {
    work_();
    const auto next = std::chrono::steady_clock::now() + every_;
    const MutexLock lock(mutex_);
    while (!is_over_) {
      const auto left = next - std::chrono::steady_clock::now();
      if (left <= left.zero()) {
        break;
      }
      changed_.WaitFor(mutex_, left);
    }
    if (is_over_) {
      return;
    }
  }
}

}  // namespace cbm
