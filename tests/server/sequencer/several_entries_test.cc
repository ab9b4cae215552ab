// One act with several entries in one ledger: an open of several notifications of one sender tells
// the sender of each. Through the sequencer into a database, its check, and its rebuilding.

#include <memory>
#include <string>
#include <vector>

#include "core/rules/facts.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/check.h"
#include "server/store/rebuild.h"
#include "server/store/sqlite_store.h"
#include "tests/support/server_world.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_folder.h"

namespace cbm::test {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class SeveralEntries : public ::testing::Test {
 protected:
  SeveralEntries() {
    for (const Desk* const desk : {&ee_, &lv_, &siem_}) {
      Take(world_.Enrol(*desk));
    }
    Take(world_.Grant(lv_, "siem", v1::MARKING_RED));
  }

  Taken Take(const HandedIn& act) { return world_.TakeInto(*store_, act).value(); }

  std::vector<EncodedEntry> EntriesOf(const LedgerId& ledger, const Digest& act) {
    std::vector<EncodedEntry> entries;
    const std::vector<v1::LedgerRecord> records =
        store_->Read(ledger).value()->Records(ledger, 0, 1'000, size_t{1} << 20).value();
    for (const v1::LedgerRecord& record : records) {
      EncodedEntry entry = EncodedEntry::Read(record.entry()).value();
      if (entry.entry.act_digest() == BytesOf(act)) {
        entries.push_back(std::move(entry));
      }
    }
    return entries;
  }

  const Desk& ee_ = ServerWorld::Of("EE");
  const Desk& lv_ = ServerWorld::Of("LV");
  const Desk& siem_ = ServerWorld::Of("LV", "siem");

  ServerWorld world_;
  TemporaryFolder folder_;
  const std::string path_ = folder_ / "store.sqlite";
  std::unique_ptr<SqliteStore> store_ =
      SqliteStore::Init(path_,
                        {.genesis = ServerWorld::Keys().document.bytes,
                         .signature = ServerWorld::Keys().signature,
                         .time = kTestStart - absl::Hours(1)},
                        world_.random())
          .value();
};

TEST_F(SeveralEntries, StandOneAfterAnotherAndMarkEachNotification) {
  std::vector<Digest> sent;
  for (int i = 0; i < 3; ++i) {
    const HandedIn act = world_.Submit(ee_, {"LV"});
    Take(act);
    sent.push_back(act.act.digest);
  }
  // By an integration too, whose act stands in its own ledger and in its State's.
  for (const Desk* const opener : {&lv_, &siem_}) {
    const HandedIn open = world_.Open(*opener, {sent[0], sent[2]});
    const Taken taken = Take(open);
    EXPECT_THAT(taken.entry.entry.delivered(), IsEmpty());  // To open delivers nothing.
    EXPECT_THAT(EntriesOf(opener->ledger(), open.act.digest), SizeIs(1));
    const std::vector<EncodedEntry> told = EntriesOf(LedgerId::State("EE"), open.act.digest);
    if (opener == &siem_) {
      EXPECT_THAT(told, IsEmpty());  // It was passed on that its State did.
      continue;
    }
    ASSERT_THAT(told, SizeIs(2));
    EXPECT_EQ(told[0].entry.ordinal() + 1, told[1].entry.ordinal());
    EXPECT_EQ(told[0].entry.summary().acted_on(), BytesOf(sent[0]));
    EXPECT_EQ(told[1].entry.summary().acted_on(), BytesOf(sent[2]));
    EXPECT_NE(told[0].entry.salt(), told[1].entry.salt());
  }
  const auto snapshot = store_->Read(LedgerId::State("EE")).value();
  for (size_t i = 0; i < sent.size(); ++i) {
    const auto record = rules::FindNotification(snapshot->own(), sent[i]).value();
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->deliveries(0).has_opened(), i != 1) << i;
  }
}

TEST_F(SeveralEntries, LeaveTheStoreInOrder) {
  std::vector<Digest> sent;
  for (int i = 0; i < 5; ++i) {
    const HandedIn act = world_.Submit(ee_, {"LV"});
    Take(act);
    sent.push_back(act.act.digest);
  }
  Take(world_.Open(lv_, sent));
  Take(world_.Acknowledge(siem_, sent.front()));
  store_.reset();
  const absl::StatusOr<CheckReport> report = CheckStore(path_, {});
  ASSERT_THAT(report, IsOk());
  EXPECT_TRUE(report->nothing_is_wrong());
  const absl::StatusOr<Differences> rebuilt = RebuildStore(path_, {});
  ASSERT_THAT(rebuilt, IsOk());
  EXPECT_TRUE(rebuilt->identical());
}

}  // namespace
}  // namespace cbm::test
