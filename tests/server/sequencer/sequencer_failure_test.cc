// When the store or the clock fails: what is answered, and that nothing is written by halves.

#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/rules/facts.h"
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

// Fails at the `nth` call, from 1, and never again.
Faults::Fault FailsAt(int nth, absl::Status status) {
  return [=, calls = 0]() mutable { return ++calls == nth ? status : absl::OkStatus(); };
}

using Place = Faults::Fault Faults::*;

class SequencerFailure : public ::testing::Test {
 protected:
  SequencerFailure() {
    options_.on_commit = [this](const LedgerHeads&) { ++commits_; };
    options_.on_disk_failure = [this](const absl::Status& status) { failures_.push_back(status); };
  }

  // Has acts decided one batch after another.
  void TakeInTurn(const std::vector<HandedIn>& acts) {
    for (size_t i = 0; i < acts.size(); ++i) {
      Sequencer sequencer(store_, world_.clock(), world_.random(), options_);
      EXPECT_THAT(sequencer.HandIn(acts[i], answers_.For(std::to_string(i))), IsOk());
    }
  }

  // Has acts decided in one batch, after one that goes ahead: each place is passed for it first.
  void TakeTogether(const std::vector<HandedIn>& acts) {
    store_.gate.Shut();
    Sequencer sequencer(store_, world_.clock(), world_.random(), options_);
    EXPECT_THAT(sequencer.HandIn(world_.Submit(ee_, {"LV"}), answers_.For("ahead")), IsOk());
    store_.gate.AwaitComing(1);
    for (size_t i = 0; i < acts.size(); ++i) {
      EXPECT_THAT(sequencer.HandIn(acts[i], answers_.For(std::to_string(i))), IsOk());
    }
    store_.gate.Open();
    sequencer.Stop();
  }

  HandedIn Act() { return world_.Submit(ee_, {"LV"}); }

  const Desk& ee_ = ServerWorld::Of("EE");
  const LedgerId ledger_ = LedgerId::State("EE");

  ServerWorld world_;
  FaultyStore store_{world_.store()};
  Answers answers_;
  SequencerOptions options_;
  int commits_ = 0;
  std::vector<absl::Status> failures_;
};

struct Passing {
  absl::StatusCode fault;
  absl::StatusCode answered;
};

class SequencerPassingFailure : public SequencerFailure,
                                public ::testing::WithParamInterface<std::tuple<Passing, Place>> {};

// Nothing of the batch is kept, all of it is answered, and the next one is taken.
TEST_P(SequencerPassingFailure, CostsItsBatchAndNoOther) {
  const auto& [passing, place] = GetParam();
  // The one ahead passes each place once.
  store_.faults.*place = FailsAt(2, absl::Status(passing.fault, "as the test wants"));
  const uint64_t before = world_.Sizes()["state/EE"];
  const HandedIn act = Act();
  TakeTogether({act, Act()});
  EXPECT_THAT(answers_.Of("ahead"), IsOk());
  EXPECT_THAT(answers_.Of("0"), HasCode(passing.answered));
  EXPECT_THAT(answers_.Of("1"), HasCode(passing.answered));
  EXPECT_EQ(commits_, 1);
  EXPECT_THAT(failures_, IsEmpty());
  EXPECT_EQ(world_.Sizes()["state/EE"], before + 1);
  EXPECT_THAT(world_.Take(act), IsOk());
  EXPECT_EQ(world_.Sizes()["state/EE"], before + 2);
}

INSTANTIATE_TEST_SUITE_P(
    All, SequencerPassingFailure,
    ::testing::Combine(
        ::testing::Values(Passing{absl::StatusCode::kAborted, absl::StatusCode::kUnavailable},
                          Passing{absl::StatusCode::kUnavailable, absl::StatusCode::kUnavailable},
                          Passing{absl::StatusCode::kUnknown, absl::StatusCode::kUnknown}),
        ::testing::Values(Place{&Faults::at_write}, Place{&Faults::instead_of_append},
                          Place{&Faults::instead_of_commit})));

TEST_F(SequencerFailure, OfOneActsEntriesCostsThatActAlone) {
  store_.faults.instead_of_append = FailsAt(3, absl::FailedPreconditionError("out of order"));
  const uint64_t before = world_.Sizes()["state/EE"];
  TakeTogether({Act(), Act(), Act()});
  EXPECT_THAT(answers_.Of("0"), IsOk());
  EXPECT_THAT(answers_.Of("1"), HasCode(absl::StatusCode::kInternal));
  EXPECT_THAT(answers_.Of("2"), IsOk());
  EXPECT_EQ(world_.Sizes()["state/EE"], before + 3);
}

// It was kept, and nobody could tell: the same act again finds it.
TEST_F(SequencerFailure, ThatNobodyCanTellIsCleared) {
  store_.faults.after_commit = FailsAt(1, absl::UnknownError("as the test wants"));
  const HandedIn act = Act();
  const uint64_t before = world_.Sizes()["state/EE"];
  TakeInTurn({act, act});
  EXPECT_THAT(answers_.Of("0"), HasCode(absl::StatusCode::kUnknown));
  ASSERT_THAT(answers_.Of("1"), IsOk());
  EXPECT_EQ(answers_.Of("1")->entry.bytes, world_.EntriesOf(ledger_).back().bytes);
  EXPECT_EQ(world_.Sizes()["state/EE"], before + 1);
}

class SequencerDiskFailure : public SequencerFailure,
                             public ::testing::WithParamInterface<Place> {};

// Even if the disk were to work again: what is on it cannot be told.
TEST_P(SequencerDiskFailure, IsReportedOnceAndEndsTheWriting) {
  store_.faults.*GetParam() = FailsAt(2, absl::DataLossError("as the test wants"));
  options_.batch_acts_max = 1;
  const uint64_t before = world_.Sizes()["state/EE"];
  TakeTogether({Act(), Act(), Act()});
  EXPECT_THAT(failures_, ElementsAre(HasCode(absl::StatusCode::kDataLoss)));
  EXPECT_THAT(answers_.Of("ahead"), IsOk());
  EXPECT_THAT(answers_.Of("0"), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(answers_.Of("1"), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(answers_.Of("2"), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_EQ(world_.Sizes()["state/EE"], before + 1);
  EXPECT_EQ(commits_, 1);
}

INSTANTIATE_TEST_SUITE_P(All, SequencerDiskFailure,
                         ::testing::Values(Place{&Faults::at_write},
                                           Place{&Faults::instead_of_commit}));

// Else whoever sends an act of that kind again and again would keep the exchange from everybody.
TEST_F(SequencerFailure, ToReadWhatAnActNeedsCostsThatActAlone) {
  store_.faults.instead_of_append = FailsAt(3, absl::DataLossError("as the test wants"));
  const uint64_t before = world_.Sizes()["state/EE"];
  const HandedIn act = Act();
  TakeTogether({Act(), act, Act()});
  EXPECT_THAT(answers_.Of("0"), IsOk());
  EXPECT_THAT(answers_.Of("1"), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(answers_.Of("2"), IsOk());
  EXPECT_THAT(failures_, IsEmpty());
  EXPECT_EQ(world_.Sizes()["state/EE"], before + 3);
  EXPECT_EQ(commits_, 2);
  EXPECT_THAT(world_.Take(act), IsOk());  // Nothing of it was kept.
  EXPECT_EQ(world_.Sizes()["state/EE"], before + 4);
}

TEST_F(SequencerFailure, OfTheDiskRefusesWhatComesLater) {
  store_.faults.instead_of_commit = FailsAt(1, absl::DataLossError("as the test wants"));
  Door failed;
  failed.Shut();
  options_.on_disk_failure = [&](const absl::Status&) { failed.Pass(); };
  Sequencer sequencer(store_, world_.clock(), world_.random(), options_);
  EXPECT_THAT(sequencer.HandIn(Act(), answers_.For("first")), IsOk());
  failed.AwaitComing(1);
  EXPECT_THAT(sequencer.HandIn(Act(), answers_.For("later")), IsOk());
  EXPECT_THAT(answers_.Of("later"), HasCode(absl::StatusCode::kUnavailable));
  failed.Open();
  sequencer.Stop();
  EXPECT_THAT(answers_.Of("first"), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(SequencerFailure, OfTheClockByMoreThanASecondStopsTheTaking) {
  ASSERT_THAT(world_.Take(Act()), IsOk());
  const auto sizes = world_.Sizes();
  const absl::Time last = world_.store().Write(absl::InfiniteFuture()).value()->LastTime();
  const absl::Time behind = last - absl::Seconds(1) - absl::Microseconds(1);
  const HandedIn act = Act();
  world_.clock().Set(behind);
  EXPECT_THAT(world_.Take(act), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_EQ(world_.clock().Now(), behind);  // It was not waited for.
  EXPECT_EQ(world_.Sizes(), sizes);
  world_.clock().Set(last + absl::Seconds(1));
  EXPECT_THAT(world_.Take(act), IsOk());
}

TEST_F(SequencerFailure, OfTheClockByASecondIsWaitedFor) {
  ASSERT_THAT(world_.Take(Act()), IsOk());
  const absl::Time last = world_.store().Write(absl::InfiniteFuture()).value()->LastTime();
  const HandedIn act = Act();
  world_.clock().Set(last - absl::Seconds(1));
  const absl::StatusOr<Taken> taken = world_.Take(act);
  ASSERT_THAT(taken, IsOk());
  EXPECT_EQ(rules::FromTimestamp(taken->entry.entry.time()), last + absl::Microseconds(1));
  EXPECT_EQ(world_.clock().Now(), last + absl::Microseconds(1));
}

// It never moves, however long it is waited for.
class StandingClock final : public Clock {
 public:
  explicit StandingClock(absl::Time now) : now_(now) {}

  absl::Time Now() override { return now_; }
  void Wait(absl::Duration duration) override { waited_ += duration; }
  absl::Duration waited() const { return waited_; }

 private:
  const absl::Time now_;
  absl::Duration waited_;
};

TEST_F(SequencerFailure, OfAClockThatStandsIsNotWaitedForForEver) {
  ASSERT_THAT(world_.Take(Act()), IsOk());
  const absl::Time last = world_.store().Write(absl::InfiniteFuture()).value()->LastTime();
  const auto sizes = world_.Sizes();
  std::vector<absl::Duration> behind;
  options_.on_clock_behind = [&](absl::Duration duration) { behind.push_back(duration); };
  for (const auto& [name, before] :
       {std::pair("at", absl::ZeroDuration()), std::pair("before", absl::Milliseconds(900))}) {
    StandingClock clock(last - before);
    Sequencer sequencer(store_, clock, world_.random(), options_);
    EXPECT_THAT(sequencer.HandIn(Act(), answers_.For(name)), IsOk());
    sequencer.Stop();
    EXPECT_THAT(answers_.Of(name), HasCode(absl::StatusCode::kUnavailable));
    EXPECT_GT(clock.waited(), absl::Seconds(1));
    EXPECT_LT(clock.waited(), absl::Seconds(5));
  }
  EXPECT_THAT(behind, ElementsAre(absl::ZeroDuration(), absl::Milliseconds(900)));
  EXPECT_EQ(world_.Sizes(), sizes);
}

// A clock between two microseconds would give an entry the time of the one before.
TEST_F(SequencerFailure, OfTheClockToMoveByAMicrosecondIsWaitedFor) {
  ASSERT_THAT(world_.Take(Act()), IsOk());
  const absl::Time last = world_.store().Write(absl::InfiniteFuture()).value()->LastTime();
  const HandedIn act = Act();
  world_.clock().Set(last + absl::Nanoseconds(999));
  const absl::StatusOr<Taken> taken = world_.Take(act);
  ASSERT_THAT(taken, IsOk());
  EXPECT_EQ(rules::FromTimestamp(taken->entry.entry.time()), last + absl::Microseconds(1));
}

}  // namespace
}  // namespace cbm::test
