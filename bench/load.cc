#include "bench/load.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "absl/base/thread_annotations.h"
#include "bench/require.h"
#include "core/base/mutex.h"
#include "fmt/format.h"
#include "grpcpp/generic/generic_stub.h"

namespace cbm::bench {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::chrono::seconds kPatience(30);

// The state of one run, which all slots share.
struct Run {
  Run(const std::vector<Lane>& of, const LoadOptions& with)
      : lanes(of), options(with), next(of.size()) {}

  const std::vector<Lane>& lanes;
  const LoadOptions& options;
  std::vector<std::atomic<size_t>> next;  // Request of each lane.
  std::atomic<bool> over = false;
  std::atomic<bool> ran_out = false;
  Mutex mutex;
  Condition changed;
  size_t running ABSL_GUARDED_BY(mutex) = 0;
};

// One call at a time.
class Slot {
 public:
  Slot(Run& run, size_t lane) : run_(run), lane_(lane), stub_(run.lanes[lane].channel) {}

  void Next() {
    const std::vector<grpc::ByteBuffer>& requests = run_.lanes[lane_].requests;
    size_t index = run_.next[lane_].fetch_add(1);
    if (index >= requests.size() && !run_.options.again) {
      run_.ran_out = true;
    }
    if (run_.over || (index >= requests.size() && !run_.options.again)) {
      const MutexLock lock(run_.mutex);
      --run_.running;
      run_.changed.NotifyAll();
      return;
    }
    index %= requests.size();
    context_ = NewContext();
    response_.Clear();
    begun_ = std::chrono::steady_clock::now();
    stub_.UnaryCall(context_.get(), run_.options.method, {}, &requests[index], &response_,
                    [this](const grpc::Status& status) { Take(status); });
  }

  std::vector<double> microseconds;
  uint64_t refused = 0;

 private:
  void Take(const grpc::Status& status) {
    const std::chrono::duration<double, std::micro> time =
        std::chrono::steady_clock::now() - begun_;
    if (!status.ok()) {
      Require(run_.options.refusals && status.error_code() == grpc::RESOURCE_EXHAUSTED,
              fmt::format("{} failed: {}", run_.options.method, status.error_message()));
      ++refused;
    }
    microseconds.push_back(time.count());
    Next();
  }

  Run& run_;
  const size_t lane_;
  grpc::GenericStub stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  grpc::ByteBuffer response_;
  SteadyTime begun_;
};

}  // namespace

double Load::Quantile(double share) const {
  Require(!microseconds.empty(), "nothing was answered");
  const auto rank =
      static_cast<size_t>(std::ceil(share * static_cast<double>(microseconds.size())));
  return microseconds[std::max<size_t>(rank, 1) - 1];
}

Load RunLoad(const std::vector<Lane>& lanes, const LoadOptions& options) {
  Run run(lanes, options);
  std::vector<std::unique_ptr<Slot>> slots;
  {
    const MutexLock lock(run.mutex);
    run.running = options.in_flight;
  }
  for (size_t i = 0; i < options.in_flight; ++i) {
    slots.push_back(std::make_unique<Slot>(run, i % lanes.size()));
  }
  const SteadyTime begun = std::chrono::steady_clock::now();
  for (const auto& slot : slots) {
    slot->Next();
  }
  {
    const SteadyTime end = begun + absl::ToChronoNanoseconds(options.duration);
    const MutexLock lock(run.mutex);
    while (run.running != 0 && std::chrono::steady_clock::now() < end) {
      run.changed.WaitFor(run.mutex, end - std::chrono::steady_clock::now());
    }
    run.over = true;
    while (run.running != 0) {
      run.changed.Wait(run.mutex);
    }
  }
  Load load;
  load.time = absl::FromChrono(std::chrono::steady_clock::now() - begun);
  load.ran_out = run.ran_out;
  for (const auto& slot : slots) {
    load.microseconds.insert(load.microseconds.end(), slot->microseconds.begin(),
                             slot->microseconds.end());
    load.refused += slot->refused;
  }
  load.answered = load.microseconds.size() - load.refused;
  std::sort(load.microseconds.begin(), load.microseconds.end());
  return load;
}

std::unique_ptr<grpc::ClientContext> NewContext() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + kPatience);
  return context;
}

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace cbm::bench
