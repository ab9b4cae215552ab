// What has to be done every quarter of a second has a thread of its own, which nothing keeps
// waiting but itself.

#include "server/program/ticker.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "gtest/gtest.h"

namespace cbm {
namespace {

// Counts how often it was done, and waits until it was done that often.
class Counter {
 public:
  void Count() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  void Await(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count_ >= count; });
  }
  int count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

TEST(ATicker, DoesItAtOnceAndAgainThoughWhoMadeItDoesNothing) {
  Counter counter;
  const Ticker ticker(std::chrono::microseconds(1), [&] { counter.Count(); });
  counter.Await(5);
}

TEST(ATicker, WaitsBeforeTheNextTimeAndEndsWithoutWaitingForIt) {
  Counter counter;
  Counter other;
  {
    const Ticker ticker(std::chrono::hours(24), [&] { counter.Count(); });
    const Ticker busy(std::chrono::nanoseconds(1), [&] { other.Count(); });
    counter.Await(1);
    other.Await(1'000);
  }
  EXPECT_EQ(counter.count(), 1);
}

TEST(ATicker, EndsWhenWhatItDoesIsDone) {
  Counter begun;
  Counter let_go;
  Counter done;
  std::optional<Ticker> ticker(std::in_place, std::chrono::hours(24), [&] {
    begun.Count();
    let_go.Await(1);
    done.Count();
  });
  begun.Await(1);
  std::thread end([&] {
    ticker.reset();
    EXPECT_EQ(done.count(), 1);
  });
  let_go.Count();
  end.join();
}

}  // namespace
}  // namespace cbm
