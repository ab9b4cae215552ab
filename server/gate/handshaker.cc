#include "server/gate/handshaker.h"

#include <algorithm>
#include <utility>

#include "server/gate/block_signals.h"

namespace cbm {

Handshaker::Handshaker(uint32_t threads) {
  for (uint32_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] {
      BlockSignals();
      Work();
    });
  }
}

Handshaker::~Handshaker() {
  Stop();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

uint64_t Handshaker::Run(const std::string& source, std::function<void()> step) {
  const MutexLock lock(mutex_);
  const uint64_t number = ++asked_count_;
  if (stopped_) {
    return number;
  }
  std::deque<Step>& steps = steps_[source];
  if (steps.empty()) {
    turns_.push_back(source);
  }
  steps.push_back({.number = number, .run = std::move(step)});
  asked_.NotifyOne();
  return number;
}

bool Handshaker::Withdraw(const std::string& source, uint64_t step) {
  Step withdrawn;  // Destroyed without the lock.
  const MutexLock lock(mutex_);
  const auto steps = steps_.find(source);
  if (steps == steps_.end()) {
    return false;
  }
  const auto found = std::find_if(steps->second.begin(), steps->second.end(),
                                  [step](const Step& waiting) { return waiting.number == step; });
  if (found == steps->second.end()) {
    return false;
  }
  withdrawn = std::move(*found);
  steps->second.erase(found);
  if (steps->second.empty()) {
    steps_.erase(steps);
    std::erase(turns_, source);
  }
  return true;
}

void Handshaker::Stop() {
  std::map<std::string, std::deque<Step>> left;  // Destroyed without the lock.
  const MutexLock lock(mutex_);
  stopped_ = true;
  left.swap(steps_);
  turns_.clear();
  asked_.NotifyAll();
}

void Handshaker::Work() {
  while (true) {
    Step step;
    {
      const MutexLock lock(mutex_);
      while (turns_.empty() && !stopped_) {
        asked_.Wait(mutex_);
      }
      if (stopped_) {
        return;
      }
      const auto source = steps_.find(turns_.front());
      turns_.pop_front();
      step = std::move(source->second.front());
      source->second.pop_front();
      if (source->second.empty()) {
        steps_.erase(source);
      } else {
        turns_.push_back(source->first);
      }
    }
    step.run();
  }
}

}  // namespace cbm
