// Streams: that each gets every entry of its ledgers once and in order, is woken for nobody else's,
// and ends when it must.
//
// The hub's thread is not started: each test serves what is ready itself, so that nothing depends
// on luck. The source is a table of ledger sizes.

#include "server/service/follow_hub.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::FakeClock;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kRecordsMax = 2;

const LedgerId kEstonia = LedgerId::State("EE");
const LedgerId kLatvia = LedgerId::State("LV");
const LedgerId kOsce = LedgerId::All("OSCE");

class CountedSource final : public FollowSource {
 public:
  absl::Status CheckFollower(const Follower& follower) const override {
    return ended.contains(follower.office) ? absl::UnauthenticatedError("it ended")
                                           : absl::OkStatus();
  }

  absl::StatusOr<v1::FollowResponse> ReadNext(const Follower& /*follower*/,
                                              const LedgerPlace& from) const override {
    ++reads;
    if (!failure.ok()) {
      return failure;
    }
    const uint64_t size = sizes.at(from.ledger);
    const uint64_t next = std::min(size, from.ordinal + kRecordsMax);
    v1::FollowResponse answer;
    answer.mutable_cursor()->set_ledger(from.ledger.text());
    answer.mutable_cursor()->set_ordinal(next);
    for (uint64_t ordinal = from.ordinal; ordinal < next; ++ordinal) {
      answer.add_records()->set_entry(fmt::format("{} {}", from.ledger.text(), ordinal));
    }
    if (next == size) {
      answer.set_checkpoint(fmt::format("{} at {}", from.ledger.text(), size));
    }
    if (meanwhile) {
      std::exchange(meanwhile, nullptr)();
    }
    return answer;
  }

  std::map<LedgerId, uint64_t> sizes = {{kEstonia, 3}, {kLatvia, 0}, {kOsce, 1}};
  std::set<std::string> ended;
  absl::Status failure;
  mutable int reads = 0;
  mutable std::function<void()> meanwhile;  // Once, while it is read.
};

class RecordingSink final : public FollowSink {
 public:
  void Send(const v1::FollowResponse& answer) override {
    ASSERT_FALSE(end.has_value()) << "sent after the end";
    ASSERT_FALSE(under_way) << "two answers under way";
    under_way = true;
    for (const v1::LedgerRecord& record : answer.records()) {
      heard.push_back(record.entry());
    }
    if (!answer.checkpoint().empty()) {
      heard.push_back(answer.checkpoint());
    }
  }
  void End(const absl::Status& status) override {
    ASSERT_FALSE(end.has_value()) << "ended twice";
    end = status;
  }

  std::vector<std::string> heard;
  bool under_way = false;
  std::optional<absl::Status> end;
};

class FollowHubTest : public testing::Test {
 protected:
  absl::Status Add(const std::string& office, std::vector<LedgerPlace> places,
                   RecordingSink& sink) {
    return hub_.Add({.credential = {},
                     .party = office.substr(0, office.find('/')),
                     .office = office,
                     .ledger = kEstonia},
                    std::move(places), sink);
  }

  // Serves whatever is ready, each answer being taken at once.
  void ServeAll() {
    bool busy = true;
    while (busy) {
      busy = hub_.ServeOne();
      for (RecordingSink* const sink : {&one_, &two_}) {
        if (sink->under_way) {
          sink->under_way = false;
          hub_.Written(*sink, true);
          busy = true;
        }
      }
    }
  }

  void Grow(const LedgerId& ledger) {
    const uint64_t size = ++source_.sizes[ledger];
    hub_.Notify({{ledger, TreeHead{.size = size}}});
  }

  FakeClock clock_;
  CountedSource source_;
  FollowHub hub_{source_, clock_, {.streams_per_office_max = 2, .streams_max = 3}};
  RecordingSink one_;
  RecordingSink two_;
};

TEST_F(FollowHubTest, CatchesUpAndSaysWhenTheHeadIsReached) {
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 0}}, one_), IsOk());
  ServeAll();
  EXPECT_THAT(one_.heard, ElementsAre("state/EE 0", "state/EE 1", "state/EE 2", "state/EE at 3"));
}

TEST_F(FollowHubTest, StartsAtItsCursor) {
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 2}}, one_), IsOk());
  ServeAll();
  EXPECT_THAT(one_.heard, ElementsAre("state/EE 2", "state/EE at 3"));
}

TEST_F(FollowHubTest, SaysOnceThatThereIsNothingNew) {
  ASSERT_THAT(Add("EE/duty", {{kLatvia, 0}}, one_), IsOk());
  ServeAll();
  hub_.Tick();
  hub_.Notify({{kLatvia, TreeHead{}}});
  ServeAll();
  EXPECT_THAT(one_.heard, ElementsAre("state/LV at 0"));
}

TEST_F(FollowHubTest, LetsItsLedgersTakeTurns) {
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 0}, {kOsce, 0}}, one_), IsOk());
  ServeAll();
  EXPECT_THAT(one_.heard, ElementsAre("state/EE 0", "state/EE 1", "ALL/OSCE 0", "ALL/OSCE at 1",
                                      "state/EE 2", "state/EE at 3"));
}

TEST_F(FollowHubTest, GivesWhatIsYetToCome) {
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 3}}, one_), IsOk());
  ServeAll();
  one_.heard.clear();
  Grow(kEstonia);
  ServeAll();
  EXPECT_THAT(one_.heard, ElementsAre("state/EE 3", "state/EE at 4"));
}

TEST_F(FollowHubTest, ReadsOnceForAllWhoStandAtTheSamePlace) {
  ASSERT_THAT(Add("EE/duty", {{kOsce, 0}}, one_), IsOk());
  ASSERT_THAT(Add("LV/duty", {{kOsce, 0}}, two_), IsOk());
  ServeAll();
  Grow(kOsce);
  ServeAll();
  EXPECT_EQ(source_.reads, 2);
  EXPECT_THAT(one_.heard,
              ElementsAre("ALL/OSCE 0", "ALL/OSCE at 1", "ALL/OSCE 1", "ALL/OSCE at 2"));
  EXPECT_EQ(one_.heard, two_.heard);
}

TEST_F(FollowHubTest, ReadsAnewForWhoStandsElsewhere) {
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 1}}, one_), IsOk());
  ASSERT_THAT(Add("EE/policy", {{kEstonia, 2}}, two_), IsOk());
  ServeAll();
  EXPECT_THAT(one_.heard, ElementsAre("state/EE 1", "state/EE 2", "state/EE at 3"));
  EXPECT_THAT(two_.heard, ElementsAre("state/EE 2", "state/EE at 3"));
}

TEST_F(FollowHubTest, GivesNobodyWhatWasReadBeforeTheLedgerGrew) {
  ASSERT_THAT(Add("EE/duty", {{kOsce, 0}}, one_), IsOk());
  ASSERT_THAT(Add("LV/duty", {{kOsce, 0}}, two_), IsOk());
  source_.meanwhile = [&] { Grow(kOsce); };  // While the first one's answer is read.
  ServeAll();
  EXPECT_THAT(one_.heard,
              ElementsAre("ALL/OSCE 0", "ALL/OSCE at 1", "ALL/OSCE 1", "ALL/OSCE at 2"));
  EXPECT_THAT(two_.heard, ElementsAre("ALL/OSCE 0", "ALL/OSCE 1", "ALL/OSCE at 2"));
}

TEST_F(FollowHubTest, IsNotWokenForALedgerThatIsNotItsOwn) {
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 3}}, one_), IsOk());
  ServeAll();
  const int reads = source_.reads;
  Grow(kLatvia);
  EXPECT_FALSE(hub_.ServeOne());
  EXPECT_EQ(source_.reads, reads);
}

TEST_F(FollowHubTest, ReadsNothingOnATickIfNothingGrew) {
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 3}}, one_), IsOk());
  ServeAll();
  const int reads = source_.reads;
  hub_.Tick();
  ServeAll();
  EXPECT_EQ(source_.reads, reads);
}

TEST_F(FollowHubTest, HasOneAnswerUnderWayAtMost) {
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 0}}, one_), IsOk());
  EXPECT_TRUE(hub_.ServeOne());
  EXPECT_TRUE(one_.under_way);
  Grow(kEstonia);
  hub_.Tick();
  while (hub_.ServeOne()) {
  }
  EXPECT_THAT(one_.heard, ElementsAre("state/EE 0", "state/EE 1"));
  EXPECT_EQ(source_.reads, 1);
  ServeAll();
  EXPECT_THAT(one_.heard,
              ElementsAre("state/EE 0", "state/EE 1", "state/EE 2", "state/EE 3", "state/EE at 4"));
}

TEST_F(FollowHubTest, CutsAReaderThatIsTooSlow) {
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 0}}, one_), IsOk());
  EXPECT_TRUE(hub_.ServeOne());
  clock_.Advance(absl::Seconds(30));
  hub_.Tick();
  while (hub_.ServeOne()) {
  }
  EXPECT_FALSE(one_.end.has_value());
  clock_.Advance(absl::Seconds(1));
  hub_.Tick();
  while (hub_.ServeOne()) {
  }
  ASSERT_TRUE(one_.end.has_value());
  EXPECT_THAT(*one_.end, HasCode(absl::StatusCode::kResourceExhausted));
}

TEST_F(FollowHubTest, DoesNotCutAReaderThatHasNothingToRead) {
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 0}}, one_), IsOk());
  ServeAll();
  clock_.Advance(absl::Hours(24));
  hub_.Tick();
  ServeAll();
  EXPECT_FALSE(one_.end.has_value());
}

TEST_F(FollowHubTest, EndsWithinATickOfItsCredential) {
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 0}}, one_), IsOk());
  ASSERT_THAT(Add("EE/policy", {{kEstonia, 0}}, two_), IsOk());
  ServeAll();
  source_.ended.insert("EE/duty");
  hub_.Tick();
  ServeAll();
  ASSERT_TRUE(one_.end.has_value());
  EXPECT_THAT(*one_.end, HasCode(absl::StatusCode::kUnauthenticated));
  EXPECT_FALSE(two_.end.has_value());
}

TEST_F(FollowHubTest, EndsWithinATickOfItsCredentialThoughTheReaderIsSlow) {
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 0}}, one_), IsOk());
  EXPECT_TRUE(hub_.ServeOne());
  source_.ended.insert("EE/duty");
  hub_.Tick();
  EXPECT_TRUE(hub_.ServeOne());
  EXPECT_TRUE(one_.end.has_value());
}

TEST_F(FollowHubTest, GivesNothingMoreToACredentialThatEnded) {
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 3}}, one_), IsOk());
  ServeAll();
  one_.heard.clear();
  source_.ended.insert("EE/duty");
  Grow(kEstonia);
  ServeAll();
  EXPECT_THAT(one_.heard, IsEmpty());
  EXPECT_TRUE(one_.end.has_value());
}

TEST_F(FollowHubTest, EndsWithWhatTheSourceSays) {
  source_.failure = absl::DataLossError("lost");
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 0}}, one_), IsOk());
  ServeAll();
  ASSERT_TRUE(one_.end.has_value());
  EXPECT_EQ(*one_.end, source_.failure);
}

TEST_F(FollowHubTest, EndsOnceWhenTheReaderGoes) {
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 0}}, one_), IsOk());
  EXPECT_TRUE(hub_.ServeOne());
  hub_.Cancel(one_);
  hub_.Written(one_, false);
  ServeAll();
  ASSERT_TRUE(one_.end.has_value());
  EXPECT_THAT(*one_.end, HasCode(absl::StatusCode::kCancelled));
  Grow(kEstonia);
  hub_.Tick();
  hub_.Shutdown();
  EXPECT_FALSE(hub_.ServeOne());
}

TEST_F(FollowHubTest, EndsAllStreamsAndTakesNoneWhenItGoesDown) {
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 0}}, one_), IsOk());
  ServeAll();
  hub_.Shutdown();
  ServeAll();
  ASSERT_TRUE(one_.end.has_value());
  EXPECT_EQ(*one_.end, absl::UnavailableError("the exchange is going down: come again"));
  EXPECT_THAT(Add("EE/duty", {{kEstonia, 0}}, two_), HasCode(absl::StatusCode::kUnavailable));
}

TEST_F(FollowHubTest, CountsAnOfficesStreamsUntilTheyAreRemoved) {
  RecordingSink third;
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 0}}, one_), IsOk());
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 0}}, two_), IsOk());
  EXPECT_THAT(Add("EE/duty", {{kEstonia, 0}}, third),
              HasCode(absl::StatusCode::kResourceExhausted));
  hub_.Cancel(one_);
  ServeAll();
  ASSERT_TRUE(one_.end.has_value());
  EXPECT_THAT(Add("EE/duty", {{kEstonia, 0}}, third),
              HasCode(absl::StatusCode::kResourceExhausted));
  hub_.Remove(one_);
  EXPECT_THAT(Add("EE/duty", {{kEstonia, 0}}, third), IsOk());
}

TEST_F(FollowHubTest, CountsThoseOfAllOfficesOfAPartyToo) {
  FollowHub hub(source_, clock_, {.streams_per_office_max = 2, .streams_per_state_max = 2});
  const auto add = [&](const std::string& party, const std::string& office, RecordingSink& sink) {
    return hub.Add({.credential = {}, .party = party, .office = office, .ledger = kEstonia},
                   {{kEstonia, 0}}, sink);
  };
  RecordingSink third;
  ASSERT_THAT(add("EE", "EE/duty", one_), IsOk());
  ASSERT_THAT(add("EE", "EE/policy", two_), IsOk());
  const absl::Status refused = add("EE", "EE/third", third);
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(refused.message(), "your party has as many streams as it may: 2; end one first");
  EXPECT_THAT(add("LV", "LV/duty", third), IsOk());
  hub.Remove(third);
  hub.Remove(one_);
  EXPECT_THAT(add("EE", "EE/third", third), IsOk());
  hub.Remove(third);
  hub.Remove(two_);
}

TEST_F(FollowHubTest, TakesNoMoreStreamsThanItMayInAll) {
  RecordingSink third;
  RecordingSink fourth;
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 0}}, one_), IsOk());
  ASSERT_THAT(Add("EE/policy", {{kEstonia, 0}}, two_), IsOk());
  ASSERT_THAT(Add("LV/duty", {{kEstonia, 0}}, third), IsOk());
  EXPECT_THAT(Add("FI/duty", {{kEstonia, 0}}, fourth),
              HasCode(absl::StatusCode::kResourceExhausted));
}

TEST_F(FollowHubTest, ForgetsAStreamThatWasRemoved) {
  ASSERT_THAT(Add("EE/duty", {{kEstonia, 0}}, one_), IsOk());
  ServeAll();
  hub_.Cancel(one_);
  ServeAll();
  hub_.Remove(one_);
  hub_.Remove(two_);  // Was never taken up.
  Grow(kEstonia);
  hub_.Tick();
  EXPECT_FALSE(hub_.ServeOne());
}

TEST_F(FollowHubTest, ServesByItsOwnThreadOnceStarted) {
  class EndingSink final : public FollowSink {
   public:
    void Send(const v1::FollowResponse& /*answer*/) override {}
    void End(const absl::Status& status) override {
      const MutexLock lock(mutex);
      end = status;
      changed.NotifyAll();
    }
    Mutex mutex;
    Condition changed;
    std::optional<absl::Status> end ABSL_GUARDED_BY(mutex);
  };
  EndingSink sink;
  hub_.Start();
  ASSERT_THAT(hub_.Add({.credential = {}, .party = "EE", .office = "EE/duty", .ledger = kEstonia},
                       {{kEstonia, 0}}, sink),
              IsOk());
  hub_.Shutdown();
  {
    const MutexLock lock(sink.mutex);
    while (!sink.end.has_value()) {
      sink.changed.Wait(sink.mutex);
    }
    EXPECT_THAT(*sink.end, HasCode(absl::StatusCode::kUnavailable));
  }
  hub_.Remove(sink);
}

}  // namespace
}  // namespace cbm
