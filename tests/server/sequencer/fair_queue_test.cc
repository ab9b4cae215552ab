// What waits of several parties: whose turn it is, and how much of it there may be.

#include "server/sequencer/fair_queue.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cbm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Queue = FairQueue<std::string>;

constexpr char kPartyIsFull[] =
    "your party has more waiting than it may: wait for some answers, then try again";
constexpr char kAllIsFull[] = "the exchange has more waiting than it takes: try again in a second";

std::vector<std::string> PopAll(Queue& queue) {
  std::vector<std::string> popped;
  while (auto one = queue.Pop()) {
    popped.push_back(*one);
  }
  return popped;
}

TEST(FairQueue, LetsPartiesTakeTurnsAndKeepsTheOrderOfEach) {
  Queue queue({.all = 10, .of_party = 10, .bytes_of_party = 100});
  for (const char* one : {"a1", "a2", "a3", "a4"}) {
    queue.Push("A", "duty", one, 1);
  }
  queue.Push("B", "duty", "b1", 1);
  queue.Push("C", "duty", "c1", 1);
  queue.Push("C", "duty", "c2", 1);
  EXPECT_THAT(PopAll(queue), ElementsAre("a1", "b1", "c1", "a2", "c2", "a3", "a4"));
  EXPECT_TRUE(queue.empty());
}

// So that a duty officer does not wait for all that a program of its own State has asked for.
TEST(FairQueue, LetsTheOfficesOfAPartyTakeItsTurns) {
  Queue queue({.all = 10, .of_party = 10, .bytes_of_party = 100});
  for (const char* one : {"s1", "s2", "s3"}) {
    queue.Push("A", "siem", one, 1);
  }
  queue.Push("A", "duty", "d1", 1);
  queue.Push("A", "duty", "d2", 1);
  queue.Push("B", "siem", "b1", 1);
  queue.Push("B", "siem", "b2", 1);
  EXPECT_THAT(PopAll(queue), ElementsAre("s1", "b1", "d1", "b2", "s2", "d2", "s3"));
}

TEST(FairQueue, GivesNoTurnAheadToWhoComesBack) {
  Queue queue({.all = 10, .of_party = 10, .bytes_of_party = 100});
  queue.Push("A", "duty", "a1", 1);
  queue.Push("B", "duty", "b1", 1);
  EXPECT_EQ(queue.Pop(), "a1");
  queue.Push("A", "duty", "a2", 1);
  queue.Push("C", "duty", "c1", 1);
  EXPECT_THAT(PopAll(queue), ElementsAre("b1", "a2", "c1"));
}

TEST(FairQueue, IsFullForWhoHasAsMuchInItAsItMayAndForNobodyElse) {
  Queue queue({.all = 10, .of_party = 2, .bytes_of_party = 100});
  queue.Push("A", "duty", "a1", 1);
  EXPECT_EQ(queue.WhyFull("A"), nullptr);
  queue.Push("A", "duty", "a2", 1);
  EXPECT_STREQ(queue.WhyFull("A"), kPartyIsFull);
  EXPECT_EQ(queue.WhyFull("B"), nullptr);
  EXPECT_EQ(queue.Pop(), "a1");
  EXPECT_EQ(queue.WhyFull("A"), nullptr);
}

TEST(FairQueue, IsFullForAllAtItsOwnBound) {
  Queue queue({.all = 2, .of_party = 2, .bytes_of_party = 100});
  queue.Push("A", "duty", "a1", 1);
  queue.Push("B", "duty", "b1", 1);
  for (const char* party : {"A", "B", "C"}) {
    EXPECT_STREQ(queue.WhyFull(party), kAllIsFull);
  }
  EXPECT_EQ(queue.Pop(), "a1");
  EXPECT_EQ(queue.WhyFull("C"), nullptr);
}

TEST(FairQueue, IsFullForWhoHasAsManyBytesInItAsItMayAndForNobodyElse) {
  Queue queue({.all = 10, .of_party = 10, .bytes_of_party = 100});
  queue.Push("A", "duty", "a1", 60);
  queue.Push("A", "duty", "a2", 39);
  EXPECT_EQ(queue.WhyFull("A"), nullptr);
  queue.Push("A", "duty", "a3", 1);
  EXPECT_STREQ(queue.WhyFull("A"), kPartyIsFull);
  EXPECT_EQ(queue.WhyFull("B"), nullptr);
  EXPECT_EQ(queue.Pop(), "a1");
  EXPECT_EQ(queue.WhyFull("A"), nullptr);
}

TEST(FairQueue, HasRoomForOneThatAloneIsMoreThanAPartyMayHave) {
  Queue queue({.all = 10, .of_party = 10, .bytes_of_party = 100});
  EXPECT_EQ(queue.WhyFull("A"), nullptr);
  queue.Push("A", "duty", "a1", 1'000);
  EXPECT_NE(queue.WhyFull("A"), nullptr);
  EXPECT_EQ(queue.Pop(), "a1");
  EXPECT_EQ(queue.WhyFull("A"), nullptr);
}

TEST(FairQueue, HasNothingAtFirst) {
  Queue queue({.all = 1, .of_party = 1, .bytes_of_party = 100});
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.WhyFull("A"), nullptr);
  EXPECT_THAT(PopAll(queue), IsEmpty());
}

TEST(FairQueue, TakesWhatCannotBeCopied) {
  FairQueue<std::unique_ptr<int>> queue({.all = 1, .of_party = 1, .bytes_of_party = 100});
  queue.Push("A", "duty", std::make_unique<int>(7), 1);
  EXPECT_EQ(**queue.Pop(), 7);
}

}  // namespace
}  // namespace cbm
