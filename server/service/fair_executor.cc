#include "server/service/fair_executor.h"

#include <utility>

#include "fmt/format.h"

namespace cbm {

FairExecutor::FairExecutor(unsigned threads, const FairQueueBounds& bounds)
    : bounds_(bounds), waiting_(bounds) {
  try {
    for (unsigned i = 0; i < threads; ++i) {
      threads_.emplace_back([this] { Run(); });
    }
  } catch (...) {  // One cannot be had: those that were do not outlive this.
    Stop();
    throw;
  }
}

FairExecutor::~FairExecutor() { Stop(); }

void FairExecutor::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

absl::Status FairExecutor::HandIn(const RatePayer& payer, size_t bytes, Work work) {
  const std::string party(payer.party);
  const std::string office = fmt::format("{}/{}", payer.party, payer.office);
  {
    const MutexLock lock(mutex_);
    if (const char* const full = waiting_.WhyFull(party); full != nullptr) {
      return absl::ResourceExhaustedError(full);
    }
    Count& count = offices_[office];
    if (count.works >= bounds_.of_party / 2 || count.bytes >= bounds_.bytes_of_party / 2) {
      return absl::ResourceExhaustedError(
          "your office has more waiting than it may: wait for some answers, then try again");
    }
    ++count.works;
    count.bytes += bytes;
    waiting_.Push(party, office, {.work = std::move(work), .office = office, .bytes = bytes},
                  bytes);
  }
  changed_.NotifyOne();
  return absl::OkStatus();
}

std::optional<FairExecutor::Waiting> FairExecutor::TakeNext() {
  const MutexLock lock(mutex_);
  while (waiting_.empty() && !stopping_) {
    changed_.Wait(mutex_);
  }
  std::optional<Waiting> next = waiting_.Pop();
  if (next.has_value()) {
    const auto office = offices_.find(next->office);
    office->second.bytes -= next->bytes;
    if (--office->second.works == 0) {
      offices_.erase(office);
    }
  }
  return next;
}

void FairExecutor::Run() {
  while (const std::optional<Waiting> next = TakeNext()) {
    next->work();
  }
}

}  // namespace cbm
