#ifndef CBM_TESTS_CONTRACT_STORE_CONTRACT_H_
#define CBM_TESTS_CONTRACT_STORE_CONTRACT_H_

// The promises of server/store/store.h, which every engine keeps. An engine's test file says how to
// found a store (MakeStore) and instantiates the suite:
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(Memory, StoreContract, MemoryEngine);

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "core/log/consistency_proof.h"
#include "core/log/inclusion_proof.h"
#include "core/log/merkle_tree.h"
#include "core/log/tiles.h"
#include "core/rules/facts.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/store.h"
#include "tests/support/act_builder.h"
#include "tests/support/fake_random.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_exchange.h"

namespace cbm::test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// One exchange for all tests: its keys take time to make.
inline const TestExchange& TheExchange() {
  static const auto* const kExchange = new TestExchange();
  return *kExchange;
}

inline Founding TheFounding() {
  return {.genesis = TheExchange().document.bytes,
          .signature = TheExchange().signature,
          .time = kTestStart};
}

template <typename Engine>
class StoreContract : public ::testing::Test {
 protected:
  StoreContract() : store_(engine_.MakeStore(TheFounding())) {}

  std::unique_ptr<Batch> Write() { return store_->Write(absl::InfiniteFuture()).value(); }
  std::unique_ptr<const Snapshot> Read(const LedgerId& ledger) {
    return store_->Read(ledger).value();
  }

  // Appends an act of EE, commits it, and returns it.
  BuiltAct Take(const std::vector<Told>& told, size_t contents = 1) {
    const std::unique_ptr<Batch> batch = Write();
    BuiltAct act = builder_.Build(*batch, told, contents);
    EXPECT_THAT(batch->Append(act.act, act.contents, act.entries), IsOk());
    EXPECT_THAT(batch->Commit(), IsOk());
    return act;
  }

  std::vector<v1::LedgerRecord> RecordsOf(const LedgerId& ledger) {
    return Read(ledger)->Records(ledger, 0, 1000, size_t{1} << 30).value();
  }

  static ActName NameOf(const BuiltAct& act) {
    return {.party = act.act.act.party(),
            .office = act.act.act.office(),
            .act_id = act.act.act.act_id()};
  }

  const LedgerId ee_ = LedgerId::State("EE");
  const LedgerId lv_ = LedgerId::State("LV");
  const LedgerId fi_ = LedgerId::State("FI");
  const LedgerId jp_ = LedgerId::State("JP");
  const LedgerId osce_ = LedgerId::All("OSCE");
  const LedgerId un_ = LedgerId::All("UN");

  Engine engine_;
  std::unique_ptr<Store> store_;
  ActBuilder builder_{TheExchange().document.exchange_id};
};

TYPED_TEST_SUITE_P(StoreContract);

TYPED_TEST_P(StoreContract, KeepsWhatItWasFoundedOn) {
  EXPECT_EQ(this->store_->genesis(), TheExchange().document.bytes);
  EXPECT_EQ(this->store_->genesis_signature(), TheExchange().signature);
  EXPECT_EQ(this->store_->exchange().id(), TheExchange().document.exchange_id);
}

TYPED_TEST_P(StoreContract, BeginsEveryFrameworksLedgerWithTheGenesis) {
  for (const LedgerId& all : {this->osce_, this->un_}) {
    SCOPED_TRACE(all.text());
    const auto records = this->RecordsOf(all);
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_THAT(records[0].act(), IsEmpty());
    const auto entry = EncodedEntry::Read(records[0].entry());
    ASSERT_THAT(entry, IsOk());
    EXPECT_EQ(entry->entry.act_digest(), BytesOf(TheExchange().document.digest));
    EXPECT_EQ(entry->entry.ledger(), all.text());
    EXPECT_EQ(entry->entry.kind(), v1::ACT_KIND_UNSPECIFIED);
    EXPECT_EQ(entry->entry.role(), v1::ENTRY_ROLE_INFORMED);
    EXPECT_THAT(entry->entry.salt(), SizeIs(16));
    EXPECT_EQ(this->Read(all)->Head(all)->root, LeafHash(records[0].entry()));
  }
  EXPECT_EQ(this->Write()->LastTime(), kTestStart);
  EXPECT_THAT(*this->store_->Heads(), SizeIs(2));
}

TYPED_TEST_P(StoreContract, KnowsTheSecretariatsCredentialFromTheStart) {
  const Digest& fingerprint = TheExchange().secretariat.certificate.fingerprint();
  const auto found = this->store_->FindCredential(fingerprint);
  ASSERT_THAT(found, IsOk());
  ASSERT_TRUE(found->has_value());
  v1::CredentialRecord record;
  ASSERT_TRUE(record.ParseFromString(**found));
  EXPECT_EQ(record.party(), kSecretariatParty);
  EXPECT_EQ(*this->Write()->Registry().FindFact(rules::CredentialKey(fingerprint)), **found);
  EXPECT_EQ(*this->store_->FindCredential(Sha256("nobody's")), std::nullopt);
}

TYPED_TEST_P(StoreContract, ReturnsEntriesActsAndSignaturesAsTheyWereGiven) {
  const BuiltAct act = this->Take({{.ledger = this->lv_}}, 2);
  for (const LedgerId& ledger : {this->ee_, this->lv_}) {
    SCOPED_TRACE(ledger.text());
    const auto records = this->RecordsOf(ledger);
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(records[0].entry(), act.entries[ledger == this->lv_ ? 0 : 1].bytes);
    EXPECT_EQ(records[0].act(), act.act.bytes);
    EXPECT_EQ(records[0].signature(), act.act.signature);
    EXPECT_THAT(records[0].given(), ElementsAre(std::string(BytesOf(act.contents[0].digest)),
                                                std::string(BytesOf(act.contents[1].digest))));
  }
}

TYPED_TEST_P(StoreContract, GivesNoActWhereTheEntryHasASummary) {
  const LedgerId secretariat = LedgerId::Secretariat();
  const BuiltAct act =
      this->Take({{.ledger = secretariat, .gives_contents = false, .summary_only = true}});
  const auto records = this->RecordsOf(secretariat);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_THAT(records[0].act(), IsEmpty());
  EXPECT_THAT(records[0].signature(), IsEmpty());
  EXPECT_THAT(records[0].given(), IsEmpty());
  EXPECT_THAT(
      this->Read(secretariat)->ReadContent(secretariat, act.act.digest, act.contents[0].digest),
      HasCode(absl::StatusCode::kNotFound));
}

TYPED_TEST_P(StoreContract, ReachesOnlyTheReadersOwnLedgers) {
  const BuiltAct act = this->Take({{.ledger = this->lv_}});
  const auto snapshot = this->Read(this->jp_);
  const LedgerId nobody = LedgerId::State("ZZ");
  for (const LedgerId& ledger : {this->ee_, this->lv_, this->osce_, nobody}) {
    SCOPED_TRACE(ledger.text());
    const absl::Status refusal = snapshot->Head(ledger).status();
    EXPECT_EQ(refusal, absl::NotFoundError("no such ledger"));
    EXPECT_EQ(snapshot->Records(ledger, 0, 10, 1000).status(), refusal);
    EXPECT_EQ(snapshot->Tiles(ledger).status(), refusal);
    EXPECT_EQ(snapshot->ReadContent(ledger, act.act.digest, act.contents[0].digest).status(),
              refusal);
  }
  EXPECT_EQ(*snapshot->FindAct(this->NameOf(act)), std::nullopt);
  EXPECT_EQ(*snapshot->own().FindEntry(act.act.digest), std::nullopt);
  EXPECT_EQ(snapshot->All("OSCE"), nullptr);
  EXPECT_EQ(snapshot->own_id(), this->jp_);
}

TYPED_TEST_P(StoreContract, ShowsAllLedgersToMembersAlone) {
  const LedgerId lt = LedgerId::State("LT");
  EXPECT_NE(this->Read(lt)->All("OSCE"), nullptr);
  EXPECT_EQ(this->Read(lt)->All("UN"), nullptr);
  EXPECT_NE(this->Read(this->ee_)->All("UN"), nullptr);
  EXPECT_EQ(this->Read(this->ee_)->All("NONE"), nullptr);
  EXPECT_THAT(this->Read(this->ee_)->Head(this->un_), IsOk());
  EXPECT_EQ(this->Read(LedgerId::Auditor())->All("OSCE"), nullptr);
}

TYPED_TEST_P(StoreContract, AnswersTheEmptyTreeForALedgerWithoutEntries) {
  EXPECT_EQ(*this->Read(this->jp_)->Head(this->jp_), MerkleTree().Head());
  EXPECT_THAT(this->RecordsOf(this->jp_), IsEmpty());
  EXPECT_EQ(*this->Write()->Head(this->jp_), MerkleTree().Head());
  EXPECT_EQ(*this->Write()->NextOrdinal(this->jp_), 0U);
  EXPECT_THAT(this->Write()->ReadEntry(this->jp_, 0), HasCode(absl::StatusCode::kDataLoss));
}

TYPED_TEST_P(StoreContract, NeverShowsLaterCommitsThroughASnapshot) {
  this->Take({{.ledger = this->lv_}});
  const auto before = this->Read(this->ee_);
  const TreeHead head = *before->Head(this->ee_);
  const BuiltAct later = this->Take({{.ledger = this->lv_}});
  EXPECT_EQ(*before->Head(this->ee_), head);
  EXPECT_THAT(*before->Records(this->ee_, 0, 10, 1 << 20), SizeIs(1));
  EXPECT_EQ(*before->own().FindEntry(later.act.digest), std::nullopt);
  EXPECT_EQ(*before->FindAct(this->NameOf(later)), std::nullopt);
  EXPECT_THAT(*before->own().ListFacts("", "", rules::Direction::kAscending, 10), SizeIs(1));
  EXPECT_EQ(this->Read(this->ee_)->Head(this->ee_)->size, 2U);
}

TYPED_TEST_P(StoreContract, ShowsABatchOnlyToItselfBeforeCommit) {
  const auto batch = this->Write();
  const BuiltAct act = this->builder_.Build(*batch, {{.ledger = this->lv_}});
  ASSERT_THAT(batch->Append(act.act, act.contents, act.entries), IsOk());
  EXPECT_EQ(*(*batch->ViewOf(this->lv_))->own().FindEntry(act.act.digest), 0U);
  EXPECT_TRUE(batch->FindAct(this->NameOf(act))->has_value());
  EXPECT_EQ(*batch->NextOrdinal(this->ee_), 1U);
  EXPECT_EQ(batch->LastTime(), this->builder_.time());
  EXPECT_EQ(batch->ReadEntry(this->ee_, 0)->bytes, act.entries.back().bytes);
  EXPECT_THAT(this->RecordsOf(this->ee_), IsEmpty());
  EXPECT_EQ(*this->Read(this->ee_)->FindAct(this->NameOf(act)), std::nullopt);
}

TYPED_TEST_P(StoreContract, DiscardsABatchThatIsNotCommitted) {
  {
    const auto batch = this->Write();
    const BuiltAct act = this->builder_.Build(*batch, {{.ledger = this->lv_}});
    ASSERT_THAT(batch->Append(act.act, act.contents, act.entries), IsOk());
    ASSERT_THAT(batch->Head(this->ee_), IsOk());
  }
  EXPECT_EQ(*this->Write()->NextOrdinal(this->ee_), 0U);
  EXPECT_THAT(this->RecordsOf(this->ee_), IsEmpty());
  // What comes in its place has a tree of its own.
  const BuiltAct other = this->Take({{.ledger = this->lv_}});
  EXPECT_EQ(this->Read(this->lv_)->Head(this->lv_)->root, other.entries[0].leaf_hash);
}

TYPED_TEST_P(StoreContract, ReturnsTheHeadsOfTheLedgersThatHaveGrown) {
  const auto batch = this->Write();
  const BuiltAct act = this->builder_.Build(*batch, {{.ledger = this->lv_}});
  ASSERT_THAT(batch->Append(act.act, act.contents, act.entries), IsOk());
  const auto heads = batch->Commit();
  ASSERT_THAT(heads, IsOk());
  EXPECT_EQ(*heads, (LedgerHeads{
                        {this->ee_, {.size = 1, .root = act.entries[1].leaf_hash}},
                        {this->lv_, {.size = 1, .root = act.entries[0].leaf_hash}},
                    }));
  EXPECT_THAT(*this->store_->Heads(), SizeIs(4));
}

TYPED_TEST_P(StoreContract, AddsNothingOfAnActWithAWrongOrdinal) {
  const auto batch = this->Write();
  BuiltAct act = this->builder_.Build(*batch, {{.ledger = this->lv_}});
  for (const uint64_t ordinal : {uint64_t{1}, uint64_t{7}}) {
    BuiltAct wrong = act;
    v1::Entry own = wrong.entries.back().entry;
    own.set_ordinal(ordinal);
    wrong.entries.back() = EncodedEntry::Create(std::move(own)).value();
    EXPECT_THAT(batch->Append(wrong.act, wrong.contents, wrong.entries),
                HasCode(absl::StatusCode::kFailedPrecondition));
    EXPECT_EQ(*batch->NextOrdinal(this->lv_), 0U);
    EXPECT_FALSE(batch->FindAct(this->NameOf(act))->has_value());
  }
  EXPECT_THAT(batch->Append(act.act, act.contents, act.entries), IsOk());
  EXPECT_THAT(batch->Commit(), IsOk());
  EXPECT_THAT(this->RecordsOf(this->lv_), SizeIs(1));
}

TYPED_TEST_P(StoreContract, TakesAnActOnce) {
  const BuiltAct act = this->Take({{.ledger = this->lv_}});
  const auto batch = this->Write();
  const BuiltAct next = this->builder_.Build(*batch, {{.ledger = this->lv_}});
  EXPECT_THAT(batch->Append(act.act, act.contents, next.entries),
              HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(batch->Append(next.act, next.contents, next.entries), IsOk());
}

TYPED_TEST_P(StoreContract, FindsAnActByItsName) {
  const BuiltAct first = this->Take({{.ledger = this->lv_}});
  const BuiltAct second = this->Take({{.ledger = this->lv_}});
  const auto snapshot = this->Read(this->ee_);
  const auto found = snapshot->FindAct(this->NameOf(second));
  ASSERT_THAT(found, IsOk());
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->ledger, this->ee_);
  EXPECT_EQ((*found)->ordinal, 1U);
  EXPECT_EQ((*found)->act_digest, second.act.digest);
  ActName other = this->NameOf(first);
  other.office = "other";
  EXPECT_EQ(*snapshot->FindAct(other), std::nullopt);
  EXPECT_EQ((*this->Write()->FindAct(this->NameOf(first)))->ordinal, 0U);
  // Who was told it learns nothing of where it stands.
  EXPECT_EQ(*this->Read(this->lv_)->FindAct(this->NameOf(first)), std::nullopt);
}

TYPED_TEST_P(StoreContract, FindsTheFirstOfSeveralEntriesOfAnAct) {
  this->Take({});
  const BuiltAct act = this->Take({{.ledger = this->ee_}});
  EXPECT_EQ(*this->Read(this->ee_)->own().FindEntry(act.act.digest), 1U);
  EXPECT_EQ((*this->Read(this->ee_)->FindAct(this->NameOf(act)))->ordinal, 2U);
}

TYPED_TEST_P(StoreContract, PagesRecords) {
  for (int i = 0; i < 5; ++i) {
    this->Take({});
  }
  const auto snapshot = this->Read(this->ee_);
  const auto all = snapshot->Records(this->ee_, 0, 100, size_t{1} << 30).value();
  ASSERT_THAT(all, SizeIs(5));
  const auto page = snapshot->Records(this->ee_, 2, 2, size_t{1} << 30).value();
  ASSERT_THAT(page, SizeIs(2));
  EXPECT_EQ(page[0].entry(), all[2].entry());
  EXPECT_THAT(*snapshot->Records(this->ee_, 0, 100, 0), SizeIs(1));
  EXPECT_THAT(*snapshot->Records(this->ee_, 0, 100, all[0].ByteSizeLong() + all[1].ByteSizeLong()),
              SizeIs(2));
  EXPECT_THAT(*snapshot->Records(this->ee_, 5, 100, 1 << 20), IsEmpty());
  EXPECT_THAT(*snapshot->Records(this->ee_, UINT64_MAX, 100, 1 << 20), IsEmpty());
}

TYPED_TEST_P(StoreContract, ListsFactsByPrefixInBothDirections) {
  for (int i = 0; i < 4; ++i) {
    this->Take({});
  }
  const auto snapshot = this->Read(this->ee_);
  const auto list = [&](std::string_view from, rules::Direction direction, size_t limit) {
    std::vector<std::string> keys;
    const auto facts =
        snapshot->own().ListFacts(rules::kNotifications, from, direction, limit).value();
    for (const rules::Fact& fact : facts) {
      keys.push_back(fact.key);
    }
    return keys;
  };
  const auto key = [](uint64_t ordinal) { return rules::NotificationKey(ordinal); };
  EXPECT_THAT(list("", rules::Direction::kAscending, 2), ElementsAre(key(0), key(1)));
  EXPECT_THAT(list(key(1), rules::Direction::kAscending, 9), ElementsAre(key(2), key(3)));
  EXPECT_THAT(list("", rules::Direction::kDescending, 2), ElementsAre(key(3), key(2)));
  EXPECT_THAT(list(key(2), rules::Direction::kDescending, 9), ElementsAre(key(1), key(0)));
  EXPECT_THAT(list(key(3), rules::Direction::kAscending, 9), IsEmpty());
  EXPECT_THAT(list(key(0), rules::Direction::kDescending, 9), IsEmpty());
  EXPECT_THAT(list("", rules::Direction::kAscending, 0), IsEmpty());
  EXPECT_EQ(*snapshot->own().FindFact("no such key"), std::nullopt);
}

TYPED_TEST_P(StoreContract, ServesContentsToWhomTheyWereGiven) {
  const BuiltAct act =
      this->Take({{.ledger = this->lv_}, {.ledger = this->fi_, .gives_contents = false}}, 2);
  for (const NamedContent& content : act.contents) {
    const auto read = this->Read(this->lv_)->ReadContent(this->lv_, act.act.digest, content.digest);
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->SerializeAsString(), content.content.SerializeAsString());
  }
  EXPECT_THAT(this->Read(this->fi_)->ReadContent(this->fi_, act.act.digest, act.contents[0].digest),
              HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(this->Read(this->lv_)->ReadContent(this->lv_, act.act.digest, Sha256("other")),
              HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(
      this->Read(this->lv_)->ReadContent(this->lv_, Sha256("other"), act.contents[0].digest),
      HasCode(absl::StatusCode::kNotFound));
}

TYPED_TEST_P(StoreContract, CutsContentsFromOneReader) {
  const BuiltAct act = this->Take({{.ledger = this->lv_}, {.ledger = this->fi_}});
  const TreeHead head = *this->Read(this->lv_)->Head(this->lv_);
  const auto batch = this->Write();
  EXPECT_THAT(batch->CutContents(this->lv_, Sha256("other")), HasCode(absl::StatusCode::kNotFound));
  ASSERT_THAT(batch->CutContents(this->lv_, act.act.digest), IsOk());
  ASSERT_THAT(batch->CutContents(this->lv_, act.act.digest), IsOk());
  ASSERT_THAT(batch->Commit(), IsOk());
  EXPECT_THAT(this->Read(this->lv_)->ReadContent(this->lv_, act.act.digest, act.contents[0].digest),
              HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(this->RecordsOf(this->lv_)[0].given(), IsEmpty());
  EXPECT_EQ(this->RecordsOf(this->lv_)[0].act(), act.act.bytes);
  EXPECT_EQ(*this->Read(this->lv_)->Head(this->lv_), head);
  EXPECT_THAT(this->Read(this->fi_)->ReadContent(this->fi_, act.act.digest, act.contents[0].digest),
              IsOk());
}

TYPED_TEST_P(StoreContract, ErasesContentsForAll) {
  const BuiltAct act = this->Take({{.ledger = this->lv_}}, 2);
  const auto batch = this->Write();
  EXPECT_THAT(batch->EraseContents(Sha256("other")), HasCode(absl::StatusCode::kNotFound));
  ASSERT_THAT(batch->EraseContents(act.act.digest), IsOk());
  ASSERT_THAT(batch->Commit(), IsOk());
  for (const LedgerId& ledger : {this->ee_, this->lv_}) {
    for (const NamedContent& content : act.contents) {
      EXPECT_THAT(this->Read(ledger)->ReadContent(ledger, act.act.digest, content.digest),
                  HasCode(absl::StatusCode::kNotFound));
    }
    EXPECT_EQ(this->RecordsOf(ledger)[0].act(), act.act.bytes);
  }
}

// Over the edges of two tiles, in batches of several sizes, every leaf is proved in the tree that
// the obvious implementation gives.
TYPED_TEST_P(StoreContract, ProvesEveryEntryWhateverTheBatches) {
  constexpr uint64_t kLeaves = 600;
  MerkleTree tree;
  TreeHead before = tree.Head();
  for (uint64_t batch_acts = 1; tree.size() < kLeaves; batch_acts = batch_acts * 3 % 83 + 1) {
    const auto batch = this->Write();
    for (uint64_t i = 0; i < batch_acts; ++i) {
      const BuiltAct act = this->builder_.Build(*batch, {}, 0);
      ASSERT_THAT(batch->Append(act.act, act.contents, act.entries), IsOk());
      tree.Append(act.entries.back().leaf_hash);
    }
    const auto tiles = batch->Tiles(this->ee_);
    ASSERT_THAT(tiles, IsOk());
    ASSERT_EQ(*batch->Head(this->ee_), tree.Head());
    EXPECT_EQ(*ProveInclusion(**tiles, {.index = tree.size() - 1, .tree_size = tree.size()}),
              *tree.ProveInclusion(tree.size() - 1));
    EXPECT_EQ(*ProveConsistency(**tiles, {.from = before.size, .to = tree.size()}),
              *tree.ProveConsistency({.from = before.size, .to = tree.size()}));
    before = tree.Head();
    ASSERT_THAT(batch->Commit(), IsOk());
  }
  const auto snapshot = this->Read(this->ee_);
  EXPECT_EQ(*snapshot->Head(this->ee_), tree.Head());
  const auto tiles = snapshot->Tiles(this->ee_);
  for (uint64_t index = 0; index < tree.size(); ++index) {
    SCOPED_TRACE(index);
    EXPECT_EQ(*ProveInclusion(**tiles, {.index = index, .tree_size = tree.size()}),
              *tree.ProveInclusion(index));
  }
}

TYPED_TEST_P(StoreContract, LetsOneWriteAtATime) {
  auto first = this->Write();
  EXPECT_THAT(this->store_->Write(absl::InfinitePast()), HasCode(absl::StatusCode::kUnavailable));
  std::thread other([&] {
    EXPECT_THAT(this->store_->Write(absl::InfiniteFuture()), IsOk());  // Waits for its turn.
  });
  first.reset();
  other.join();
  EXPECT_THAT(this->store_->Write(absl::InfinitePast()), IsOk());  // It is free.
}

TYPED_TEST_P(StoreContract, IsReadWhileItIsWritten) {
  constexpr int kActs = 40;
  std::thread reader([&] {
    uint64_t size = 0;
    while (size < kActs) {
      const auto snapshot = this->store_->Read(this->ee_);
      ASSERT_THAT(snapshot, IsOk());
      const auto records = (*snapshot)->Records(this->ee_, 0, 1000, size_t{1} << 30);
      ASSERT_THAT(records, IsOk());
      EXPECT_GE(records->size(), size);
      size = records->size();
      MerkleTree tree;
      for (const v1::LedgerRecord& record : *records) {
        tree.Append(LeafHash(record.entry()));
      }
      EXPECT_EQ(*(*snapshot)->Head(this->ee_), tree.Head());
      std::this_thread::yield();
    }
  });
  for (int i = 0; i < kActs; ++i) {
    this->Take({{.ledger = this->lv_}});
  }
  reader.join();
}

REGISTER_TYPED_TEST_SUITE_P(
    StoreContract, KeepsWhatItWasFoundedOn, BeginsEveryFrameworksLedgerWithTheGenesis,
    KnowsTheSecretariatsCredentialFromTheStart, ReturnsEntriesActsAndSignaturesAsTheyWereGiven,
    GivesNoActWhereTheEntryHasASummary, ReachesOnlyTheReadersOwnLedgers,
    ShowsAllLedgersToMembersAlone, AnswersTheEmptyTreeForALedgerWithoutEntries,
    NeverShowsLaterCommitsThroughASnapshot, ShowsABatchOnlyToItselfBeforeCommit,
    DiscardsABatchThatIsNotCommitted, ReturnsTheHeadsOfTheLedgersThatHaveGrown,
    AddsNothingOfAnActWithAWrongOrdinal, TakesAnActOnce, FindsAnActByItsName,
    FindsTheFirstOfSeveralEntriesOfAnAct, PagesRecords, ListsFactsByPrefixInBothDirections,
    ServesContentsToWhomTheyWereGiven, CutsContentsFromOneReader, ErasesContentsForAll,
    ProvesEveryEntryWhateverTheBatches, LetsOneWriteAtATime, IsReadWhileItIsWritten);

}  // namespace cbm::test

#endif  // CBM_TESTS_CONTRACT_STORE_CONTRACT_H_
