// What waits together: order, bounds, the end, and many who hand in at once.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/rules/facts.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/sequencer/sequencer.h"
#include "tests/support/faulty_store.h"
#include "tests/support/server_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class SequencerQueue : public ::testing::Test {
 protected:
  // Counts what each batch that was committed brought, by the growth of the secretariat's ledger,
  // which gets an entry of every notification by name.
  void Start(SequencerOptions options = {}) {
    options.on_commit = [this](const LedgerHeads& heads) {
      const auto found = heads.find(LedgerId::Secretariat());
      committed_.push_back(found == heads.end() ? 0 : found->second.size);
    };
    sequencer_ = std::make_unique<Sequencer>(store_, world_.clock(), world_.random(), options);
  }

  // Hands in one act that is being decided from then on, so that what follows waits together.
  void HandInAhead() {
    store_.gate.Shut();
    EXPECT_THAT(sequencer_->HandIn(world_.Submit(ee_, {"LV"}), answers_.For("ahead")), IsOk());
    store_.gate.AwaitComing(1);
  }

  absl::Status HandIn(const std::string& name) { return HandIn(name, ee_, {"LV"}); }

  absl::Status HandIn(const std::string& name, const Desk& by,
                      const std::vector<std::string>& states) {
    return sequencer_->HandIn(world_.Submit(by, states), answers_.For(name));
  }

  // The rules refuse it, since it has no draft: but in its turn.
  absl::Status HandInEmergency(const std::string& name) {
    const auto make_emergency = [](v1::Act& act) {
      act.mutable_submit()->mutable_notification()->set_precedence(v1::PRECEDENCE_EMERGENCY);
    };
    return sequencer_->HandIn(ServerWorld::Changed(ee_, world_.Submit(ee_, {"LV"}), make_emergency),
                              answers_.For(name));
  }

  void Finish() {
    store_.gate.Open();
    sequencer_->Stop();
  }

  const Desk& ee_ = ServerWorld::Of("EE");
  const Desk& lv_ = ServerWorld::Of("LV");

  ServerWorld world_;
  FaultyStore store_{world_.store()};
  Answers answers_;
  std::vector<uint64_t> committed_;
  std::unique_ptr<Sequencer> sequencer_;
};

TEST_F(SequencerQueue, IsAnsweredInOrderAndCommittedTogether) {
  const uint64_t before = world_.Sizes()["secretariat"];
  Start();
  HandInAhead();
  for (const std::string name : {"a", "b", "c"}) {
    EXPECT_THAT(HandIn(name), IsOk());
  }
  EXPECT_THAT(answers_.Order(), IsEmpty());
  Finish();
  EXPECT_THAT(answers_.Order(), ElementsAre("ahead", "a", "b", "c"));
  EXPECT_THAT(committed_, ElementsAre(before + 1, before + 4));
}

TEST_F(SequencerQueue, TellsHowManyWaitAndForWhat) {
  Start();
  EXPECT_EQ(sequencer_->work().waiting, 0U);
  std::vector<std::string> steps;
  store_.faults.after_commit = [&] {
    steps.emplace_back(sequencer_->work().step);
    return absl::OkStatus();
  };
  HandInAhead();
  EXPECT_THAT(HandIn("a"), IsOk());
  EXPECT_THAT(sequencer_->HandIn(world_.Submit(ee_, {"LV"}),
                                 [&](const absl::StatusOr<Taken>&) {
                                   const SequencerWork work = sequencer_->work();
                                   EXPECT_EQ(work.waiting, 1U);  // This one.
                                   EXPECT_EQ(work.answered, 2U);
                                   steps.emplace_back(work.step);
                                 }),
              IsOk());
  const SequencerWork work = sequencer_->work();
  EXPECT_EQ(work.waiting, 3U);
  EXPECT_EQ(work.answered, 0U);
  EXPECT_STREQ(work.step, "decide");
  Finish();
  EXPECT_THAT(steps, ElementsAre("commit", "commit", "answer"));
  EXPECT_EQ(sequencer_->work().waiting, 0U);
  EXPECT_EQ(sequencer_->work().answered, 3U);
}

TEST_F(SequencerQueue, IsTakenInBatchesOfAtMostSoMany) {
  const uint64_t before = world_.Sizes()["secretariat"];
  Start({.batch_acts_max = 2});
  HandInAhead();
  for (const std::string name : {"a", "b", "c"}) {
    EXPECT_THAT(HandIn(name), IsOk());
  }
  Finish();
  EXPECT_THAT(committed_, ElementsAre(before + 1, before + 3, before + 4));
}

TEST_F(SequencerQueue, IsTakenInBatchesThatEndWithTheActThatBringsThemToSoManyBytes) {
  const uint64_t before = world_.Sizes()["secretariat"];
  const HandedIn one = world_.Submit(ee_, {"LV"});
  ASSERT_THAT(one.contents, Not(IsEmpty()));
  Start({.batch_bytes_max = one.act.bytes.size() + 1});  // So the contents count.
  HandInAhead();
  for (const std::string name : {"a", "b", "c"}) {
    EXPECT_THAT(HandIn(name), IsOk());
  }
  Finish();
  EXPECT_THAT(committed_, ElementsAre(before + 1, before + 2, before + 3, before + 4));
}

TEST_F(SequencerQueue, TakesNoMoreOfAPartyThatHasSoManyBytesInIt) {
  const HandedIn one = world_.Submit(ee_, {"LV"});
  Start({.bytes_of_party_max = one.act.bytes.size() + 1});  // So the contents count.
  HandInAhead();
  EXPECT_THAT(HandIn("a"), IsOk());
  EXPECT_THAT(HandIn("one too many"), HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(HandInEmergency("urgent"), IsOk());
  EXPECT_THAT(HandInEmergency("one too many"), HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(HandIn("of LV", lv_, {"EE"}), IsOk());
  Finish();
  EXPECT_THAT(answers_.Order(), ElementsAre("ahead", "urgent", "a", "of LV"));
}

TEST_F(SequencerQueue, HasABoundBeyondWhichNothingIsTaken) {
  const uint64_t before = world_.Sizes()["state/EE"];
  Start({.queue_acts_max = 2});
  HandInAhead();
  EXPECT_THAT(HandIn("a"), IsOk());
  EXPECT_THAT(HandIn("b"), IsOk());
  EXPECT_THAT(HandIn("one too many"), HasCode(absl::StatusCode::kResourceExhausted));
  Finish();
  EXPECT_THAT(answers_.Order(), ElementsAre("ahead", "a", "b"));
  EXPECT_EQ(world_.Sizes()["state/EE"], before + 3);
}

TEST_F(SequencerQueue, LetsPartiesTakeTurns) {
  Start({.batch_acts_max = 2});
  HandInAhead();
  for (const std::string name : {"a", "b", "c"}) {
    EXPECT_THAT(HandIn(name), IsOk());
  }
  EXPECT_THAT(HandIn("of LV", lv_, {"EE"}), IsOk());
  Finish();
  EXPECT_THAT(answers_.Order(), ElementsAre("ahead", "a", "of LV", "b", "c"));
}

TEST_F(SequencerQueue, LetsTheOfficesOfAPartyTakeItsTurns) {
  Start({.batch_acts_max = 2});
  HandInAhead();
  for (const std::string name : {"a", "b", "c"}) {
    EXPECT_THAT(HandIn(name), IsOk());
  }
  HandedIn of_policy = world_.Submit(ee_, {"LV"});
  of_policy.office = "policy";
  EXPECT_THAT(sequencer_->HandIn(std::move(of_policy), answers_.For("of its policy")), IsOk());
  Finish();
  EXPECT_THAT(answers_.Order(), ElementsAre("ahead", "a", "of its policy", "b", "c"));
}

TEST_F(SequencerQueue, IsNotFilledByOneParty) {
  Start({.queue_acts_max = 256});
  HandInAhead();
  int taken = 0;
  while (HandIn(fmt::format("{}", taken)).ok()) {
    ++taken;
  }
  EXPECT_EQ(taken, 64);
  EXPECT_THAT(HandIn("of LV", lv_, {"EE"}), IsOk());
  Finish();
  EXPECT_THAT(answers_.Order()[2], "of LV");
}

TEST_F(SequencerQueue, TakesAnEmergencyFirstAlsoWhereThereIsNoRoom) {
  Start({.queue_acts_max = 2, .emergency_acts_max = 2, .emergency_acts_of_party_max = 1});
  HandInAhead();
  EXPECT_THAT(HandIn("a"), IsOk());
  EXPECT_THAT(HandIn("b"), IsOk());
  EXPECT_THAT(HandIn("one too many"), HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(HandInEmergency("emergency"), IsOk());
  EXPECT_THAT(HandInEmergency("another"), HasCode(absl::StatusCode::kResourceExhausted));
  Finish();
  EXPECT_THAT(answers_.Order(), ElementsAre("ahead", "emergency", "a", "b"));
}

TEST_F(SequencerQueue, LetsFurtherEmergenciesWaitWithTheRest) {
  Start({.emergency_acts_of_party_max = 1});
  HandInAhead();
  EXPECT_THAT(HandIn("a"), IsOk());
  EXPECT_THAT(HandInEmergency("first"), IsOk());
  EXPECT_THAT(HandInEmergency("second"), IsOk());
  Finish();
  EXPECT_THAT(answers_.Order(), ElementsAre("ahead", "first", "a", "second"));
}

TEST_F(SequencerQueue, HasRoomAgainOnceItWasAnswered) {
  Start({.queue_acts_max = 1});
  HandInAhead();
  EXPECT_THAT(HandIn("a"), IsOk());
  EXPECT_THAT(HandIn("too many"), HasCode(absl::StatusCode::kResourceExhausted));
  store_.gate.Open();
  store_.gate.AwaitComing(2);  // "a" has left the queue.
  EXPECT_THAT(HandIn("b"), IsOk());
  Finish();
  EXPECT_THAT(answers_.Order(), ElementsAre("ahead", "a", "b"));
}

TEST_F(SequencerQueue, IsAnsweredBeforeTheEnd) {
  Start();
  HandInAhead();
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(HandIn(fmt::format("{}", i)), IsOk());
  }
  Finish();
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(answers_.Of(fmt::format("{}", i)), IsOk());
  }
}

TEST_F(SequencerQueue, TakesNothingAfterTheEnd) {
  Start();
  Finish();
  const auto sizes = world_.Sizes();
  EXPECT_THAT(HandIn("late"), IsOk());
  EXPECT_THAT(answers_.Of("late"), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_EQ(world_.Sizes(), sizes);
}

TEST_F(SequencerQueue, EndsOnceHoweverOftenItIsTold) {
  Start();
  EXPECT_THAT(HandIn("a"), IsOk());
  std::thread other([&] { sequencer_->Stop(); });
  sequencer_->Stop();
  EXPECT_THAT(answers_.Of("a"), IsOk());
  other.join();
  sequencer_.reset();
  EXPECT_EQ(answers_.Count("a"), 1U);
}

TEST_F(SequencerQueue, IsAnsweredWhenTheSequencerIsDestroyed) {
  Start();
  HandInAhead();
  EXPECT_THAT(HandIn("a"), IsOk());
  store_.gate.Open();
  sequencer_.reset();
  EXPECT_THAT(answers_.Order(), ElementsAre("ahead", "a"));
}

TEST_F(SequencerQueue, LosesARefusedActAndNoOther) {
  const uint64_t before = world_.Sizes()["state/EE"];
  Start();
  HandInAhead();
  EXPECT_THAT(HandIn("a"), IsOk());
  EXPECT_THAT(sequencer_->HandIn(world_.Acknowledge(ee_, Sha256("no act")), answers_.For("bad")),
              IsOk());
  EXPECT_THAT(sequencer_->HandIn(ServerWorld::CarriedBy(lv_, world_.Submit(ee_, {"FI"})),
                                 answers_.For("worse")),
              IsOk());
  EXPECT_THAT(HandIn("b"), IsOk());
  Finish();
  EXPECT_THAT(committed_, SizeIs(2));
  EXPECT_THAT(answers_.Of("a"), IsOk());
  EXPECT_THAT(answers_.Of("bad"), HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(answers_.Of("worse"), HasCode(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(answers_.Of("b"), IsOk());
  EXPECT_EQ(world_.Sizes()["state/EE"], before + 3);
}

TEST_F(SequencerQueue, DecidesEachActOnWhatThoseBeforeItInTheBatchDid) {
  const absl::StatusOr<Taken> sent = world_.Take(world_.Submit(ee_, {"LV"}));
  ASSERT_THAT(sent, IsOk());
  const Digest notification = *DigestFrom(sent->entry.entry.act_digest());
  const HandedIn twice = world_.Submit(ee_, {"LV"});
  Start();
  HandInAhead();
  for (const std::string name : {"first", "second"}) {
    EXPECT_THAT(
        sequencer_->HandIn(world_.Acknowledge(lv_, notification), answers_.For(name + " ack")),
        IsOk());
    EXPECT_THAT(sequencer_->HandIn(twice, answers_.For(name + " of the same")), IsOk());
  }
  Finish();
  EXPECT_THAT(answers_.Of("first ack"), IsOk());
  EXPECT_THAT(answers_.Of("second ack"), HasCode(absl::StatusCode::kFailedPrecondition));
  ASSERT_THAT(answers_.Of("second of the same"), IsOk());
  EXPECT_EQ(answers_.Of("first of the same")->entry.bytes,
            answers_.Of("second of the same")->entry.bytes);
}

// Times rise strictly from act to act, though the clock stands still.
TEST_F(SequencerQueue, GivesEachActATimeOfItsOwn) {
  Start();
  HandInAhead();
  for (const std::string name : {"a", "b"}) {
    EXPECT_THAT(HandIn(name), IsOk());
  }
  Finish();
  std::vector<absl::Time> times;
  for (const std::string name : {"ahead", "a", "b"}) {
    times.push_back(rules::FromTimestamp(answers_.Of(name)->entry.entry.time()));
  }
  EXPECT_LT(times[0], times[1]);
  EXPECT_LT(times[1], times[2]);
  EXPECT_LE(times[2], world_.clock().Now());
}

TEST_F(SequencerQueue, AnswersEverybodyOnceWhenManyHandInAtOnce) {
  constexpr int kThreads = 8;
  constexpr int kActsEach = 16;
  const uint64_t before = world_.Sizes()["state/EE"];
  std::map<std::string, HandedIn> acts;
  for (int i = 0; i < kThreads * kActsEach; ++i) {
    acts.emplace(fmt::format("{}", i), world_.Submit(ee_, {"LV"}));
  }
  Start({.batch_acts_max = 7});
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kActsEach; ++i) {
        const std::string name = fmt::format("{}", thread * kActsEach + i);
        EXPECT_THAT(sequencer_->HandIn(acts.at(name), answers_.For(name)), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  Finish();
  std::set<uint64_t> ordinals;
  for (const auto& [name, act] : acts) {
    const absl::StatusOr<Taken> taken = answers_.Of(name);
    ASSERT_THAT(taken, IsOk()) << name;
    EXPECT_EQ(taken->entry.entry.act_digest(), BytesOf(act.act.digest)) << name;
    ordinals.insert(taken->entry.entry.ordinal());
  }
  EXPECT_THAT(ordinals, SizeIs(kThreads * kActsEach));
  EXPECT_EQ(*ordinals.begin(), before);
  EXPECT_EQ(*ordinals.rbegin(), before + kThreads * kActsEach - 1);
  EXPECT_EQ(world_.Sizes()["state/EE"], before + kThreads * kActsEach);
}

}  // namespace
}  // namespace cbm::test
