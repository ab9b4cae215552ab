#include "server/gate/handshaker.h"

#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/door.h"

namespace cbm::test {
namespace {

using ::testing::ElementsAre;

class OneThread : public testing::Test {
 protected:
  // A test that ends early lets the thread go.
  ~OneThread() override { door_.Open(); }

  // The thread waits before the door, so that what comes then waits for it.
  void Occupy() {
    door_.Shut();
    handshaker_.Run("occupied", [this] { door_.Pass(); });
    door_.AwaitSomebody();
  }
  uint64_t Ask(const std::string& source, const std::string& step) {
    return handshaker_.Run(source, [this, step] { Note(step); });
  }
  void Note(const std::string& step) {
    const MutexLock lock(mutex_);
    done_.push_back(step);
    changed_.NotifyAll();
  }
  std::vector<std::string> Await(size_t count) {
    door_.Open();
    const MutexLock lock(mutex_);
    while (done_.size() < count) {
      changed_.Wait(mutex_);
    }
    return done_;
  }

  Door door_;
  Mutex mutex_;
  Condition changed_;
  std::vector<std::string> done_ ABSL_GUARDED_BY(mutex_);
  Handshaker handshaker_{1};
};

TEST_F(OneThread, GivesEachSourceItsTurn) {
  Occupy();
  for (const std::string step : {"a1", "a2", "a3"}) {
    Ask("a", step);
  }
  Ask("b", "b1");
  Ask("c", "c1");
  Ask("b", "b2");
  EXPECT_THAT(Await(6), ElementsAre("a1", "b1", "c1", "a2", "b2", "a3"));
}

TEST_F(OneThread, MakesNoStepThatWasWithdrawn) {
  Occupy();
  const uint64_t alone = Ask("a", "a1");
  Ask("b", "b1");
  const uint64_t first = Ask("b", "b2");
  Ask("b", "b3");
  EXPECT_FALSE(handshaker_.Withdraw("b", alone)) << "of another source";
  EXPECT_TRUE(handshaker_.Withdraw("a", alone));
  EXPECT_FALSE(handshaker_.Withdraw("a", alone)) << "twice";
  EXPECT_TRUE(handshaker_.Withdraw("b", first));
  Ask("a", "a2");
  EXPECT_THAT(Await(3), ElementsAre("b1", "a2", "b3"));
}

TEST_F(OneThread, DoesNotWithdrawWhatIsUnderWay) {
  door_.Shut();
  const uint64_t step = handshaker_.Run("a", [this] { door_.Pass(); });
  door_.AwaitSomebody();
  EXPECT_FALSE(handshaker_.Withdraw("a", step));
}

TEST_F(OneThread, ThrowsAwayWhatWaitsWhenItIsStopped) {
  Occupy();
  Ask("a", "a1");
  std::thread stopper([this] { handshaker_.Stop(); });
  // Withdrawn or thrown away: it is not run, whichever comes first.
  while (handshaker_.Withdraw("occupied", Ask("occupied", "late"))) {
    std::this_thread::yield();
  }
  door_.Open();
  stopper.join();
  Ask("a", "a2");
  const MutexLock lock(mutex_);
  EXPECT_THAT(done_, ElementsAre());
}

TEST(TwoThreads, MakeTwoStepsAtOnce) {
  Door door;
  door.Shut();
  Handshaker handshaker(2);
  handshaker.Run("a", [&] { door.Pass(); });
  handshaker.Run("a", [&] { door.Pass(); });
  door.AwaitComing(2);
  door.Open();
}

}  // namespace
}  // namespace cbm::test
