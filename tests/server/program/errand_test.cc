// What may take long, as reading a hundred lists or asking a slow token, does not keep anybody
// waiting who asks for it: the one who does ends sessions meanwhile.

#include "server/program/errand.h"

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cbm {
namespace {

using ::testing::ElementsAre;

constexpr int kRounds = 1'000;

// Work that ends when it is let go, and remembers what it was told.
class Slow {
 public:
  void Work(bool anew) {
    std::unique_lock lock(mutex_);
    told_.push_back(anew);
    changed_.notify_all();
    changed_.wait(lock, [this] { return let_go_ >= told_.size(); });
  }
  void LetGo(size_t times) {
    const std::lock_guard lock(mutex_);
    let_go_ += times;
    changed_.notify_all();
  }
  void AwaitBegun(size_t times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return told_.size() >= times; });
  }
  std::vector<bool> told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<bool> told_;
  size_t let_go_ = 0;
};

TEST(AnErrand, IsDoneWhileWhoAskedGoesOnAndOnceMoreForAllThatAskedMeanwhile) {
  Slow slow;
  Errand errand([&](bool anew) { slow.Work(anew); });
  errand.Ask(/*anew=*/false);
  slow.AwaitBegun(1);
  errand.Ask(/*anew=*/false);  // These return though the first is not done.
  errand.Ask(/*anew=*/true);
  errand.Ask(/*anew=*/false);
  slow.LetGo(2);
  slow.AwaitBegun(2);
  errand.Ask(/*anew=*/false);
  slow.LetGo(1);
  slow.AwaitBegun(3);
  EXPECT_THAT(slow.told(), ElementsAre(false, true, false));
}

TEST(AnErrand, IsNotDoneUnasked) {
  Slow slow;
  slow.LetGo(1);
  {
    const Errand errand([&](bool anew) { slow.Work(anew); });
  }
  EXPECT_THAT(slow.told(), ElementsAre());
}

// Whether more would be begun before it is destroyed is chance: hence so often.
TEST(AnErrand, BeginsNothingMoreOnceStoppedAndDoesNotWaitForWhatIsUnderWay) {
  for (int i = 0; i < kRounds; ++i) {
    Slow slow;
    {
      Errand errand([&](bool anew) { slow.Work(anew); });
      errand.Ask(/*anew=*/true);
      slow.AwaitBegun(1);
      errand.Ask(/*anew=*/false);
      errand.Stop();  // It returns though the first is not done.
      errand.Ask(/*anew=*/false);
      slow.LetGo(3);
      std::this_thread::yield();
    }
    ASSERT_THAT(slow.told(), ElementsAre(true));
  }
}

TEST(AnErrand, EndsWhenWhatIsUnderWayIsDoneAndBeginsNothingMore) {
  Slow slow;
  std::optional<Errand> errand(std::in_place, [&](bool anew) { slow.Work(anew); });
  errand->Ask(/*anew=*/true);
  slow.AwaitBegun(1);
  std::thread end([&] { errand.reset(); });
  slow.LetGo(1);
  end.join();
  EXPECT_THAT(slow.told(), ElementsAre(true));
}

}  // namespace
}  // namespace cbm
