#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "bench/load.h"
#include "bench/parts.h"
#include "bench/require.h"
#include "cbm/v1/act_service.grpc.pb.h"
#include "cbm/v1/ledger_service.grpc.pb.h"
#include "core/base/mutex.h"
#include "fmt/format.h"
#include "grpcpp/client_context.h"

namespace cbm::bench {
namespace {

constexpr size_t kFollowers[] = {1, 57, 193};
constexpr int kSubmits = 500;
constexpr char kAll[] = "ALL/OSCE";

// How far all followers are.
class Arrivals {
 public:
  explicit Arrivals(size_t followers) : reached_(followers, 0) {}

  void Reach(size_t follower, uint64_t ordinal) {
    const MutexLock lock(mutex_);
    reached_[follower] = std::max(reached_[follower], ordinal);
    changed_.NotifyAll();
  }

  // Returns once every follower has everything before `ordinal`.
  void AwaitAll(uint64_t ordinal) {
    const MutexLock lock(mutex_);
    while (*std::min_element(reached_.begin(), reached_.end()) < ordinal) {
      Require(changed_.WaitFor(mutex_, std::chrono::seconds(30)), "a follower is told nothing");
    }
  }

  uint64_t first() {
    const MutexLock lock(mutex_);
    return reached_.front();
  }

 private:
  Mutex mutex_;
  Condition changed_;
  std::vector<uint64_t> reached_ ABSL_GUARDED_BY(mutex_);
};

// Follows the ledger of all from its beginning until it is told to stop.
class Follower final : public grpc::ClientReadReactor<v1::FollowResponse> {
 public:
  Follower(const Exchange::Office& office, size_t index, Arrivals& arrivals)
      : stub_(office.channel), index_(index), arrivals_(arrivals) {
    v1::Cursor& cursor = *request_.add_cursors();
    cursor.set_ledger(kAll);
    cursor.set_epoch(1);
    stub_.async()->Follow(&context_, &request_, this);
    StartRead(&response_);
    StartCall();
  }
  ~Follower() override {
    context_.TryCancel();
    const MutexLock lock(mutex_);
    while (!done_) {
      changed_.Wait(mutex_);
    }
  }

  void OnReadDone(bool good) override {
    if (good) {
      arrivals_.Reach(index_, response_.cursor().ordinal());
      StartRead(&response_);
    }
  }
  void OnDone(const grpc::Status& /*status*/) override {
    const MutexLock lock(mutex_);
    done_ = true;
    changed_.NotifyAll();
  }

 private:
  v1::LedgerService::Stub stub_;
  const size_t index_;
  Arrivals& arrivals_;
  grpc::ClientContext context_;
  v1::FollowRequest request_;
  v1::FollowResponse response_;
  Mutex mutex_;
  Condition changed_;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
};

// Milliseconds from each submit until the last follower had it, ascending.
std::vector<double> Measure(Exchange& exchange, size_t count, uint64_t size) {
  Arrivals arrivals(count);
  std::vector<std::unique_ptr<Follower>> followers;
  for (size_t i = 0; i < count; ++i) {
    followers.push_back(
        std::make_unique<Follower>(exchange.offices()[i % exchange.offices().size()], i, arrivals));
  }
  arrivals.AwaitAll(size);
  std::vector<v1::PerformActRequest> requests;
  for (int i = 0; i < kSubmits; ++i) {
    requests.push_back(exchange.MakeSubmitToAll());
  }
  v1::ActService::Stub stub(exchange.offices().front().channel);
  std::vector<double> milliseconds;
  for (const v1::PerformActRequest& request : requests) {
    const auto begun = std::chrono::steady_clock::now();
    v1::PerformActResponse response;
    const grpc::Status status = stub.PerformAct(NewContext().get(), request, &response);
    Require(status.ok(), status.error_message());
    arrivals.AwaitAll(++size);
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begun;
    milliseconds.push_back(time.count());
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  return milliseconds;
}

uint64_t SizeOfAll(const Exchange& exchange) {
  Arrivals arrivals(1);
  const Follower follower(exchange.offices().front(), 0, arrivals);
  arrivals.AwaitAll(1 + exchange.offices().size());  // The genesis entry, and the enrolments.
  return arrivals.first();
}

}  // namespace

void MeasureFollowers(const Setup& setup, Report& report) {
  Exchange exchange(setup.cbmd, setup.data, setup.folder / "followers", setup.authority);
  report.Begin("From a submit to ALL until the last follower has it");
  uint64_t size = SizeOfAll(exchange);
  for (const size_t count : kFollowers) {
    const std::vector<double> milliseconds = Measure(exchange, count, size);
    size += kSubmits;
    const double p99 = milliseconds[milliseconds.size() * 99 / 100];
    report.Add(fmt::format("{} followers: p50", count),
               fmt::format("{:.2f} ms", milliseconds[milliseconds.size() / 2]));
    if (count == 57) {
      report.Add("57 followers: p99, ms", p99, {Goal::Better::kLess, 12, 7});
    } else {
      report.Add(fmt::format("{} followers: p99", count), fmt::format("{:.2f} ms", p99));
    }
  }
}

}  // namespace cbm::bench
