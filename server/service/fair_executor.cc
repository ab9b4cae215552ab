#include "server/service/fair_executor.h"

#include <optional>
#include <utility>

namespace cbm {

FairExecutor::FairExecutor(unsigned threads, Bounds bounds) : waiting_(bounds) {
  for (unsigned i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

FairExecutor::~FairExecutor() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

absl::Status FairExecutor::HandIn(const std::string& party, size_t bytes, Work work) {
  {
    const MutexLock lock(mutex_);
    if (const char* const full = waiting_.WhyFull(party); full != nullptr) {
      return absl::ResourceExhaustedError(full);
    }
    waiting_.Push(party, std::move(work), bytes);
  }
  changed_.NotifyOne();
  return absl::OkStatus();
}

void FairExecutor::Run() {
  while (true) {
    std::optional<Work> work;
    {
      const MutexLock lock(mutex_);
      while (waiting_.empty() && !stopping_) {
        changed_.Wait(mutex_);
      }
      work = waiting_.Pop();
    }
    if (!work.has_value()) {
      return;  // Nothing is left of what was handed in.
    }
    (*work)();
  }
}

}  // namespace cbm
