// What becomes of an act: its answer, its entries, and what is told of another's. Acts are signed
// and decided for real; the store is in memory. Queue, credentials and failures have files of their
// own.

#include "server/sequencer/sequencer.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/evidence/domain_hash.h"
#include "core/log/inclusion_proof.h"
#include "core/rules/facts.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/server_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

absl::Time TimeOf(const EncodedEntry& entry) { return rules::FromTimestamp(entry.entry.time()); }

class SequencerActs : public ::testing::Test {
 protected:
  const Desk& ee_ = ServerWorld::Of("EE");
  const Desk& lv_ = ServerWorld::Of("LV");
  const LedgerId ee_ledger_ = LedgerId::State("EE");
  const LedgerId lv_ledger_ = LedgerId::State("LV");
  const LedgerId fi_ledger_ = LedgerId::State("FI");

  ServerWorld world_;
};

TEST_F(SequencerActs, AreAnsweredWithThePlaceOfTheirOwnEntry) {
  const uint64_t before = world_.Sizes()["state/EE"];
  const HandedIn act = world_.Submit(ee_, {"LV"});
  const absl::StatusOr<Taken> taken = world_.Take(act);
  ASSERT_THAT(taken, IsOk());
  EXPECT_EQ(taken->ledger, ee_ledger_);
  EXPECT_EQ(taken->entry.entry.ordinal(), before);
  EXPECT_EQ(taken->entry.entry.role(), v1::ENTRY_ROLE_OWN);
  EXPECT_EQ(taken->entry.entry.act_digest(), BytesOf(act.act.digest));
  EXPECT_EQ(taken->entry.entry.signature_digest(), BytesOf(act.act.signature_digest));
  EXPECT_EQ(taken->entry.bytes, world_.EntriesOf(ee_ledger_).back().bytes);
}

TEST_F(SequencerActs, AreProvedAgainstAHeadThatIsDurable) {
  for (int i = 0; i < 5; ++i) {
    const absl::StatusOr<Taken> taken = world_.Take(world_.Submit(ee_, {"LV"}));
    ASSERT_THAT(taken, IsOk());
    EXPECT_EQ(taken->head, world_.store().Heads()->at(ee_ledger_));
    EXPECT_THAT(
        VerifyInclusion(taken->entry.leaf_hash,
                        {.index = taken->entry.entry.ordinal(), .tree_size = taken->head.size},
                        taken->inclusion_proof, taken->head.root),
        IsOk());
  }
}

TEST_F(SequencerActs, AreWrittenToEveryLedgerConcernedAndToNoOther) {
  std::map<std::string, uint64_t> expected = world_.Sizes();
  for (const std::string ledger : {"state/EE", "state/LV", "state/FI", "secretariat", "auditor"}) {
    ++expected[ledger];
  }
  ASSERT_THAT(world_.Take(world_.Submit(ee_, {"LV", "FI"})), IsOk());
  EXPECT_EQ(world_.Sizes(), expected);
}

TEST_F(SequencerActs, NameInTheAuthorsEntryTheLeavesOfThoseTheyWereDeliveredTo) {
  const absl::StatusOr<Taken> taken = world_.Take(world_.Submit(ee_, {"LV", "FI"}));
  ASSERT_THAT(taken, IsOk());
  std::vector<std::pair<std::string, std::string>> delivered;
  for (const v1::Delivered& one : taken->entry.entry.delivered()) {
    delivered.emplace_back(one.party(), one.leaf_hash());
  }
  const EncodedEntry lv = world_.EntriesOf(lv_ledger_).back();
  const EncodedEntry fi = world_.EntriesOf(fi_ledger_).back();
  EXPECT_THAT(delivered, ElementsAre(Pair("FI", std::string(BytesOf(fi.leaf_hash))),
                                     Pair("LV", std::string(BytesOf(lv.leaf_hash)))));
  EXPECT_THAT(lv.entry.delivered(), IsEmpty());
  EXPECT_THAT(fi.entry.delivered(), IsEmpty());
}

TEST_F(SequencerActs, SayWhoCarriedThemInTheAuthorsEntryAlone) {
  const Desk& policy = ServerWorld::Of("EE", "policy");
  const absl::StatusOr<Taken> taken =
      world_.Take(ServerWorld::CarriedBy(policy, world_.Submit(ee_, {"LV"})));
  ASSERT_THAT(taken, IsOk());
  EXPECT_EQ(taken->entry.entry.carrying_credential(), BytesOf(policy.fingerprint()));
  EXPECT_THAT(world_.EntriesOf(lv_ledger_).back().entry.carrying_credential(), IsEmpty());
}

TEST_F(SequencerActs, HaveOneTimeAndASaltForEachEntry) {
  const absl::StatusOr<Taken> taken = world_.Take(world_.Submit(ee_, {"LV", "FI"}));
  ASSERT_THAT(taken, IsOk());
  std::set<std::string> salts;
  const std::vector<LedgerId> ledgers = {ee_ledger_, lv_ledger_, fi_ledger_,
                                         LedgerId::Secretariat(), LedgerId::Auditor()};
  for (const LedgerId& ledger : ledgers) {
    const EncodedEntry entry = world_.EntriesOf(ledger).back();
    EXPECT_EQ(TimeOf(entry), TimeOf(taken->entry)) << ledger.text();
    EXPECT_THAT(entry.entry.salt(), SizeIs(16)) << ledger.text();
    salts.insert(entry.entry.salt());
  }
  EXPECT_THAT(salts, SizeIs(ledgers.size()));
}

TEST_F(SequencerActs, NameTheContentsToThoseWhoAreGivenThemAlone) {
  const HandedIn act = world_.Submit(ee_, {"LV"});
  ASSERT_THAT(world_.Take(act), IsOk());
  const std::vector<Digest> contents = {act.contents.front().digest};
  EXPECT_EQ(world_.EntriesOf(lv_ledger_).back().entry.given_digest(), GivenDigest(contents));
  EXPECT_THAT(world_.EntriesOf(LedgerId::Secretariat()).back().entry.given_digest(), IsEmpty());
}

TEST_F(SequencerActs, ReachTheIntegrationsThatTheirStateLets) {
  const Desk& siem = ServerWorld::Of("LV", "siem");
  const LedgerId ledger = siem.ledger();
  ASSERT_THAT(world_.Take(world_.Submit(ee_, {"LV"})), IsOk());
  const uint64_t before = world_.EntriesOf(ledger).size();
  ASSERT_THAT(world_.Take(world_.Grant(lv_, "siem", v1::MARKING_AMBER)), IsOk());
  const absl::StatusOr<Taken> taken = world_.Take(world_.Submit(ee_, {"LV"}));
  ASSERT_THAT(taken, IsOk());
  const std::vector<EncodedEntry> entries = world_.EntriesOf(ledger, before);
  ASSERT_THAT(entries, SizeIs(2));  // The grant, and what came after it.
  EXPECT_EQ(entries.back().entry.act_digest(), taken->entry.entry.act_digest());
  // Its author is told of no integration.
  EXPECT_THAT(taken->entry.entry.delivered(), SizeIs(1));
}

TEST_F(SequencerActs, OfARetryHaveTheSameEntriesAndWriteNothing) {
  const HandedIn act = world_.Submit(ee_, {"LV"});
  const absl::StatusOr<Taken> first = world_.Take(act);
  ASSERT_THAT(world_.Take(world_.Submit(ee_, {"LV"})), IsOk());
  const auto sizes = world_.Sizes();
  const absl::StatusOr<Taken> again = world_.Take(act);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->entry.bytes, first->entry.bytes);
  EXPECT_EQ(again->ledger, first->ledger);
  EXPECT_EQ(world_.Sizes(), sizes);
  // Proved in the tree as it is now.
  EXPECT_EQ(again->head.size, first->head.size + 1);
  EXPECT_THAT(
      VerifyInclusion(again->entry.leaf_hash,
                      {.index = again->entry.entry.ordinal(), .tree_size = again->head.size},
                      again->inclusion_proof, again->head.root),
      IsOk());
}

// A retry is known before the rules look at the act: it may be late, or not possible any more.
TEST_F(SequencerActs, OfARetryAreFoundHoweverLate) {
  const absl::StatusOr<Taken> sent = world_.Take(world_.Submit(ee_, {"LV"}));
  ASSERT_THAT(sent, IsOk());
  const HandedIn acknowledge = world_.Acknowledge(lv_, *DigestFrom(sent->entry.entry.act_digest()));
  const absl::StatusOr<Taken> first = world_.Take(acknowledge);
  ASSERT_THAT(first, IsOk());
  world_.clock().Advance(absl::Hours(24 * 60));
  const absl::StatusOr<Taken> again = world_.Take(acknowledge);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->entry.bytes, first->entry.bytes);
}

TEST_F(SequencerActs, OfOneIdButOtherBytesAreRefused) {
  const HandedIn act = world_.Submit(ee_, {"LV"});
  ASSERT_THAT(world_.Take(act), IsOk());
  const auto sizes = world_.Sizes();
  const HandedIn other = ServerWorld::Changed(ee_, act, [](v1::Act& changed) {
    changed.mutable_submit()->mutable_notification()->set_marking(v1::MARKING_GREEN);
  });
  EXPECT_THAT(world_.Take(other), HasCode(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(world_.Sizes(), sizes);
}

TEST_F(SequencerActs, MayHaveAnIdThatAnotherOfficeHasUsed) {
  const HandedIn act = world_.Submit(ee_, {"LV"});
  ASSERT_THAT(world_.Take(act), IsOk());
  for (const Desk* const other : {&ServerWorld::Of("EE", "policy"), &lv_}) {
    const HandedIn same_id =
        ServerWorld::Changed(*other, world_.Submit(*other, {"FI"}),
                             [&](v1::Act& changed) { changed.set_act_id(act.act.act.act_id()); });
    EXPECT_THAT(world_.Take(same_id), IsOk()) << other->party;
  }
}

// Whoever says to be somebody else is answered the same, whether that office has used the id or
// not.
TEST_F(SequencerActs, InAnothersNameDoNotTellWhetherItHasUsedAnId) {
  const HandedIn taken = world_.Submit(ee_, {"LV"});
  ASSERT_THAT(world_.Take(taken), IsOk());
  const auto sizes = world_.Sizes();
  for (const Desk* const liar : {&ServerWorld::Of("EE", "policy"), &lv_}) {
    const auto ask = [&](const std::string& act_id) {
      return world_
          .Take(ServerWorld::Changed(*liar, world_.Submit(*liar, {"FI"}),
                                     [&](v1::Act& changed) {
                                       changed.set_party("EE");
                                       changed.set_office("duty");
                                       changed.set_act_id(act_id);
                                     }))
          .status();
    };
    const absl::Status used = ask(taken.act.act.act_id());
    std::string fresh = taken.act.act.act_id();
    fresh.back() = static_cast<char>(fresh.back() ^ 1);
    EXPECT_THAT(used, HasCode(absl::StatusCode::kInvalidArgument)) << liar->party;
    EXPECT_EQ(used, ask(fresh)) << liar->party;
  }
  EXPECT_EQ(world_.Sizes(), sizes);
}

TEST_F(SequencerActs, RegisterACertificateOnceInTheWholeExchange) {
  ASSERT_THAT(world_.Take(world_.Enrol(ServerWorld::Spare("FI"))), IsOk());
  const auto sizes = world_.Sizes();
  HandedIn again = world_.Enrol(ServerWorld::Spare("FI"));
  again = ServerWorld::Changed(ServerWorld::Secretariat(), again, [](v1::Act& act) {
    act.mutable_enrol()->set_party("LV");
    act.mutable_enrol()->set_office("other");
  });
  EXPECT_THAT(world_.Take(again), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(world_.Sizes(), sizes);
}

TEST_F(SequencerActs, AreRefusedByTheRulesWithoutATrace) {
  const auto sizes = world_.Sizes();
  EXPECT_THAT(world_.Take(world_.Acknowledge(lv_, Sha256("no act"))),
              HasCode(absl::StatusCode::kNotFound));
  EXPECT_EQ(world_.Sizes(), sizes);
}

TEST_F(SequencerActs, WakeFollowersOfTheLedgersThatGrewAfterTheAnswer) {
  std::vector<std::string> happened;
  std::map<std::string, uint64_t> grown;
  SequencerOptions options;
  options.on_commit = [&](const LedgerHeads& heads) {
    happened.emplace_back("commit");
    for (const auto& [ledger, head] : heads) {
      grown[ledger.text()] = head.size;
    }
  };
  Sequencer sequencer(world_.store(), world_.clock(), world_.random(), options);
  ASSERT_THAT(sequencer.HandIn(world_.Submit(ee_, {"LV"}),
                               [&](absl::StatusOr<Taken> taken) {
                                 EXPECT_THAT(taken, IsOk());
                                 happened.emplace_back("answer");
                               }),
              IsOk());
  sequencer.Stop();
  EXPECT_THAT(happened, ElementsAre("answer", "commit"));
  const auto sizes = world_.Sizes();
  EXPECT_THAT(grown, UnorderedElementsAre(Pair("state/EE", sizes.at("state/EE")),
                                          Pair("state/LV", sizes.at("state/LV")),
                                          Pair("secretariat", sizes.at("secretariat")),
                                          Pair("auditor", sizes.at("auditor"))));
}

TEST_F(SequencerActs, WakeNobodyIfNoLedgerGrew) {
  SequencerOptions options;
  bool woken = false;
  options.on_commit = [&](const LedgerHeads&) { woken = true; };
  const HandedIn act = world_.Submit(ee_, {"LV"});
  ASSERT_THAT(world_.Take(act), IsOk());
  Answers answers;
  Sequencer sequencer(world_.store(), world_.clock(), world_.random(), options);
  ASSERT_THAT(sequencer.HandIn(act, answers.For("retry")), IsOk());
  ASSERT_THAT(sequencer.HandIn(world_.Acknowledge(lv_, Sha256("no act")), answers.For("refused")),
              IsOk());
  sequencer.Stop();
  EXPECT_THAT(answers.Of("retry"), IsOk());
  EXPECT_THAT(answers.Of("refused"), HasCode(absl::StatusCode::kNotFound));
  EXPECT_FALSE(woken);
}

}  // namespace
}  // namespace cbm::test
