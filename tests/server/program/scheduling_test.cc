#include "server/program/scheduling.h"

#include <sched.h>

#include <thread>

#include "gtest/gtest.h"

namespace cbm {
namespace {

int PolicyOfThisThread() { return sched_getscheduler(0); }

// Each in a thread of its own: a policy stays with its thread.
template <typename Body>
void InThread(Body body) {
  std::thread(body).join();
}

TEST(RunInBatches, IsOfTheThreadAndThoseItStarts) {
  InThread([] {
    int of_the_next = -1;
    EXPECT_TRUE(RunInBatches());
    EXPECT_EQ(PolicyOfThisThread(), SCHED_BATCH);
    InThread([&] { of_the_next = PolicyOfThisThread(); });
    EXPECT_EQ(of_the_next, SCHED_BATCH);
    EXPECT_TRUE(RunInBatches());
  });
  EXPECT_NE(PolicyOfThisThread(), SCHED_BATCH);
}

TEST(RunInBatches, LeavesAPolicyThatWasChosen) {
  InThread([] {
    const sched_param none{};
    ASSERT_EQ(sched_setscheduler(0, SCHED_IDLE, &none), 0);
    EXPECT_FALSE(RunInBatches());
    EXPECT_EQ(PolicyOfThisThread(), SCHED_IDLE);
  });
}

}  // namespace
}  // namespace cbm
