// The SQLite engine: the promises of every store, and those of its own: that what was committed is
// there after a reopening, that foreign files are left alone, that a check finds whatever was
// altered behind its back, and that facts are made anew from entries.

#include "server/store/sqlite_store.h"

#include <sys/stat.h>

#include "core/base/hex.h"
#include "fmt/format.h"
#include "server/store/check.h"
#include "server/store/rebuild.h"
#include "server/store/sqlite.h"
#include "server/store/sum.h"
#include "tests/contract/store_contract.h"
#include "tests/support/temporary_folder.h"

namespace cbm::test {
namespace {

struct SqliteEngine {
  std::unique_ptr<Store> MakeStore(const Founding& founding) {
    FakeRandom random;
    return SqliteStore::Init(folder / "store", founding, random).value();
  }

  TemporaryFolder folder;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, StoreContract, SqliteEngine);

class SqliteStoreTest : public ::testing::Test {
 protected:
  SqliteStoreTest() {
    FakeRandom random;
    store_ = SqliteStore::Init(path_, TheFounding(), random).value();
  }

  BuiltAct Take(size_t contents = 1) {
    const auto batch = store_->Write(absl::InfiniteFuture()).value();
    BuiltAct act =
        builder_.Build(*batch, {{.ledger = lv_}, {.ledger = LedgerId::All("UN")}}, contents);
    EXPECT_THAT(batch->Append(act.act, act.contents, act.entries), IsOk());
    EXPECT_THAT(batch->Commit(), IsOk());
    return act;
  }

  void Reopen() {
    store_.reset();
    store_ = SqliteStore::Open(path_).value();
  }

  // Does to the file what no part of the product does.
  void Tamper(const char* sql) {
    store_.reset();
    const auto connection = Connection::Open(path_).value();
    ASSERT_THAT(connection->Execute(sql), IsOk());
    ASSERT_GT(sqlite3_total_changes(connection->handle()), 0) << "nothing was altered";
  }

  std::string KeptEntriesOf(int64_t act) {
    const auto connection = Connection::Open(path_).value();
    Query query(*connection, "SELECT bytes FROM act_entries WHERE act = ?");
    query.Bind(act);
    EXPECT_TRUE(query.Next().value());
    return std::string(query.Blob(0));
  }

  // As one who knows how sums are made.
  void AlterWithItsSum(int64_t act, size_t at) {
    std::string rest = KeptEntriesOf(act).substr(kSumBytes);
    rest.at(at - kSumBytes) ^= 1;
    const std::string altered = WithSum(rest);
    const auto connection = Connection::Open(path_).value();
    Query update(*connection, "UPDATE act_entries SET bytes = ? WHERE act = ?");
    ASSERT_THAT(update.Bind(altered).Bind(act).Run(), IsOk());
  }

  std::vector<std::string> Places() {
    std::vector<std::string> places;
    const CheckReport report = CheckStore(path_).value();
    for (const Finding& finding : report.findings) {
      places.push_back(finding.where);
    }
    return places;
  }

  const LedgerId ee_ = LedgerId::State("EE");
  const LedgerId lv_ = LedgerId::State("LV");
  TemporaryFolder folder_;
  const std::string path_ = folder_ / "store";
  std::unique_ptr<Store> store_;
  ActBuilder builder_{TheExchange().document.exchange_id};
};

TEST_F(SqliteStoreTest, HasAfterReopeningWhatWasCommitted) {
  const BuiltAct act = Take(2);
  const LedgerHeads heads = *store_->Heads();
  Reopen();
  EXPECT_EQ(*store_->Heads(), heads);
  EXPECT_EQ(store_->genesis(), TheExchange().document.bytes);
  const auto snapshot = store_->Read(lv_).value();
  EXPECT_EQ(snapshot->Records(lv_, 0, 10, 1 << 20)->at(0).act(), act.act.bytes);
  EXPECT_THAT(snapshot->ReadContent(lv_, act.act.digest, act.contents[1].digest), IsOk());
  EXPECT_EQ(store_->Write(absl::InfinitePast()).value()->LastTime(), builder_.time());
}

// What the file and its log hold in the middle of a batch, as a crash would leave them.
TEST_F(SqliteStoreTest, HasNothingOfABatchThatACrashCut) {
  Take();
  const LedgerHeads heads = *store_->Heads();
  const auto batch = store_->Write(absl::InfinitePast()).value();
  const BuiltAct act = builder_.Build(*batch, {{.ledger = lv_}});
  ASSERT_THAT(batch->Append(act.act, act.contents, act.entries), IsOk());
  const TemporaryFolder crashed;
  const std::string path = crashed / "store";
  std::filesystem::copy_file(path_, path);
  std::filesystem::copy_file(path_ + "-wal", path + "-wal");
  const auto recovered = SqliteStore::Open(path);
  ASSERT_THAT(recovered, IsOk());
  EXPECT_EQ(*(*recovered)->Heads(), heads);
}

TEST_F(SqliteStoreTest, GrowsItsTreesOnAfterReopening) {
  MerkleTree tree;
  for (int i = 0; i < 270; ++i) {
    if (i == 200 || i == 256 || i == 260) {
      Reopen();
    }
    tree.Append(Take(0).entries[0].leaf_hash);
  }
  EXPECT_EQ(*store_->Read(lv_).value()->Head(lv_), tree.Head());
  Reopen();
  EXPECT_EQ(*store_->Read(lv_).value()->Head(lv_), tree.Head());
  EXPECT_THAT(Places(), IsEmpty());
}

TEST_F(SqliteStoreTest, RefusesToFoundWhereAFileIs) {
  Take();
  const LedgerHeads heads = *store_->Heads();
  FakeRandom random;
  EXPECT_THAT(SqliteStore::Init(path_, TheFounding(), random),
              HasCode(absl::StatusCode::kAlreadyExists));
  Reopen();
  EXPECT_EQ(*store_->Heads(), heads);
}

// Power was lost while a store was made: what is left of it hinders nobody.
TEST_F(SqliteStoreTest, FoundsAnewAfterAFoundingThatWasCutOff) {
  folder_.Write("fresh.new", "half a store");
  folder_.Write("fresh.new-journal", "and its journal");
  FakeRandom random;
  EXPECT_THAT(SqliteStore::Init(folder_ / "fresh", TheFounding(), random), IsOk());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "fresh.new"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "fresh.new-journal"));
}

TEST_F(SqliteStoreTest, RefusesForeignFiles) {
  EXPECT_THAT(SqliteStore::Open(folder_ / "nothing"), HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(SqliteStore::Open(folder_.Write("text", std::string(9000, 'x'))),
              HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(SqliteStore::Open(folder_.Write("empty", "")),
              HasCode(absl::StatusCode::kFailedPrecondition));
  for (const char* const sql : {"PRAGMA user_version = 99; DELETE FROM fact",
                                "PRAGMA user_version = 3; DELETE FROM entry"}) {
    Tamper(sql);
    EXPECT_THAT(SqliteStore::Open(path_), HasCode(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(CheckStore(path_), HasCode(absl::StatusCode::kFailedPrecondition));
  }
}

TEST_F(SqliteStoreTest, RefusesAStoreThatDoesNotFitItsGenesis) {
  Tamper("UPDATE meta SET value = CAST('other' AS BLOB) WHERE name = 'exchange_id'");
  EXPECT_THAT(SqliteStore::Open(path_), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(SqliteStoreTest, RefusesTablesThatAreNotItsOwn) {
  Take();
  store_.reset();
  const std::string whole = folder_.Read("store");
  for (const char* const sql :
       {"DROP TABLE cut", "ALTER TABLE act_entries RENAME COLUMN bytes TO byte",
        "ALTER TABLE fact RENAME TO facts"}) {
    SCOPED_TRACE(sql);
    {
      const auto connection = Connection::Open(path_).value();
      ASSERT_THAT(connection->Execute(sql), IsOk());
    }
    EXPECT_THAT(SqliteStore::Open(path_), HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(CheckStore(path_), HasCode(absl::StatusCode::kDataLoss));
    folder_.Write("store", whole);
  }
  EXPECT_THAT(SqliteStore::Open(path_), IsOk());
}

TEST_F(SqliteStoreTest, IsReadBesideAWriterThatWaitsForNobody) {
  Take();
  const auto batch = store_->Write(absl::InfiniteFuture());  // It holds the right to write.
  ASSERT_THAT(batch, IsOk());
  const auto reader = SqliteStore::OpenToRead(path_);
  ASSERT_THAT(reader, IsOk());
  EXPECT_EQ((*reader)->Heads().value(), store_->Heads().value());
  EXPECT_THAT((*reader)->Write(absl::InfiniteFuture()),
              HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST_F(SqliteStoreTest, IsReadableByItsOwnerAlone) {
  struct stat file = {};
  ASSERT_EQ(stat(path_.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
}

TEST_F(SqliteStoreTest, ErasesContentsFromTheFileToo) {
  const BuiltAct act = Take();
  const std::string salt = act.contents[0].content.open().salt();
  // While somebody else has the file open, SQLite's write-ahead log outlives the store.
  const auto other = Connection::Open(path_).value();
  ASSERT_THAT(other->Execute("SELECT count(*) FROM act"), IsOk());
  ASSERT_NE(folder_.Read("store-wal").find(salt), std::string::npos);
  {
    const auto batch = store_->Write(absl::InfinitePast()).value();
    ASSERT_THAT(batch->EraseContents(act.act.digest), IsOk());
    ASSERT_THAT(batch->Commit(), IsOk());
  }
  store_.reset();
  EXPECT_EQ(folder_.Read("store").find(salt), std::string::npos);
  EXPECT_EQ(folder_.Read("store-wal").find(salt), std::string::npos);
  EXPECT_THAT(Places(), IsEmpty());
}

// Whoever sends long contents would else take as much memory as the cache may have.
TEST_F(SqliteStoreTest, KeepsLongContentsInNoCache) {
  constexpr int kActs = 8;
  constexpr size_t kBytes = size_t{1} << 20;
  Take();
  const int64_t before = sqlite3_memory_used();
  ASSERT_GT(before, 0);
  for (int i = 0; i < kActs; ++i) {
    const auto batch = store_->Write(absl::InfinitePast()).value();
    BuiltAct act = builder_.Build(*batch, {{.ledger = lv_}}, 1);
    act.contents[0].content.mutable_open()->set_plaintext(std::string(kBytes, 'x'));
    ASSERT_THAT(batch->Append(act.act, act.contents, act.entries), IsOk());
    ASSERT_THAT(batch->Commit(), IsOk());
  }
  EXPECT_LT(sqlite3_memory_used() - before, static_cast<int64_t>(kBytes));
}

TEST_F(SqliteStoreTest, CheckFindsNothingInAnHonestStore) {
  Take(2);
  Take(0);
  const auto report = CheckStore(path_);  // In use.
  ASSERT_THAT(report, IsOk());
  EXPECT_THAT(report->findings, IsEmpty());
  EXPECT_EQ(report->heads, *store_->Heads());
}

TEST_F(SqliteStoreTest, CheckFindsWhateverWasAltered) {
  struct Alteration {
    const char* sql;
    std::string where;
  };
  for (int i = 0; i < 256; ++i) {
    Take(i == 0 ? 2 : 0);
  }
  store_.reset();
  for (const Alteration& alteration : {
           Alteration{"UPDATE act_entries SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || "
                      "x'7f' AS BLOB) WHERE act = 4",
                      "state/LV 3"},
           Alteration{"UPDATE act_entries SET bytes = CAST(x'00' || substr(bytes, 2) AS BLOB) "
                      "WHERE act = 4",
                      "act 4"},
           Alteration{"UPDATE act_entries SET bytes = (SELECT bytes FROM act_entries WHERE act = "
                      "5) WHERE act = 4",
                      "state/LV 3"},
           Alteration{"DELETE FROM act_entries WHERE act = 4", "state/LV 3"},
           Alteration{"DELETE FROM act_entries WHERE act = 0", "genesis"},
           Alteration{
               "INSERT INTO act_entries(act, bytes) SELECT 999, bytes FROM act_entries WHERE "
               "act = 4",
               "acts"},
           Alteration{"UPDATE entry SET act = 5 WHERE act = 4", "state/LV 3"},
           Alteration{"DELETE FROM entry WHERE act = 0", "genesis"},
           Alteration{"UPDATE ledger SET beginning = (SELECT beginning FROM ledger WHERE name = "
                      "'state/EE') WHERE name = 'state/LV'",
                      "state/LV"},
           Alteration{"DELETE FROM entry WHERE ledger = (SELECT id FROM ledger WHERE name = "
                      "'state/LV') AND ordinal = 3",
                      "state/LV 4"},
           Alteration{"DELETE FROM entry WHERE ledger = (SELECT id FROM ledger WHERE name = "
                      "'state/LV') AND ordinal = 255",
                      "act 256"},
           Alteration{"UPDATE act SET bytes = (SELECT bytes FROM act WHERE id = 6) WHERE id = 5",
                      "act 5"},
           Alteration{"UPDATE act SET signature = x'00' WHERE id = 5", "state/LV 4"},
           Alteration{"UPDATE act SET time = time - 5000000 WHERE id = 5", "act 5"},
           Alteration{"DELETE FROM act WHERE id = 5", "state/EE 4"},
           Alteration{"DELETE FROM act_name WHERE act = 5", "act 5"},
           Alteration{"UPDATE content SET bytes = (SELECT bytes FROM content WHERE id = 32) WHERE "
                      "id = 33",
                      "content 1 of act 1"},
           Alteration{"DELETE FROM content WHERE id = 33", "state/LV 0"},
           Alteration{"UPDATE tile SET hashes = zeroblob(8192) WHERE level = 0", "state/LV tiles"},
           Alteration{"DELETE FROM tile WHERE level = 1", "state/LV tiles"},
           Alteration{"UPDATE ledger SET name = 'state/SE' WHERE name = 'state/LV'", "state/SE 0"},
           Alteration{"UPDATE meta SET value = x'00' WHERE name = 'genesis_signature'", "genesis"},
           Alteration{"UPDATE meta SET value = '1' WHERE name = 'genesis_time'", "ALL/UN 0"},
       }) {
    SCOPED_TRACE(alteration.sql);
    const std::string whole = folder_.Read("store");
    Tamper(alteration.sql);
    EXPECT_THAT(Places(), ::testing::Contains(alteration.where));
    EXPECT_THAT(RebuildFacts(path_), HasCode(absl::StatusCode::kDataLoss));
    folder_.Write("store", whole);
  }
  EXPECT_THAT(Places(), IsEmpty());
}

// The sum of kept entries is no secret: what it cannot find, the trees do, and what entries say of
// each other.
TEST_F(SqliteStoreTest, CheckFindsEntriesThatWereAlteredTogetherWithTheirSum) {
  for (int i = 0; i < 256; ++i) {
    Take(0);
  }
  store_.reset();
  const std::string whole = folder_.Read("store");
  constexpr size_t kEvery = 13;
  const size_t size = KeptEntriesOf(4).size();
  for (size_t at = kSumBytes; at < size; at += kEvery) {
    SCOPED_TRACE(at);
    AlterWithItsSum(4, at);
    EXPECT_THAT(Places(), ::testing::Not(IsEmpty()));
    folder_.Write("store", whole);
  }
}

TEST_F(SqliteStoreTest, CheckFindsByTheAuthorsEntryThatAnotherWasAlteredTogetherWithItsSum) {
  const BuiltAct act = Take(0);
  store_.reset();
  const size_t at = KeptEntriesOf(1).find(act.entries[0].entry.salt());
  ASSERT_NE(at, std::string::npos);
  AlterWithItsSum(1, at);
  EXPECT_THAT(Places(), ElementsAre("state/EE 0"));
}

// Neither as an entry, nor as what heads are made of, nor as where an act stands.
TEST_F(SqliteStoreTest, GivesNothingOfEntriesThatWereAltered) {
  const BuiltAct act = Take();
  store_.reset();
  const std::string whole = folder_.Read("store");
  for (const char* const sql :
       {"UPDATE act_entries SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || x'7f' AS BLOB) "
        "WHERE act = 1",
        "DELETE FROM act_entries WHERE act = 1",
        "UPDATE ledger SET beginning = CAST(substr(beginning, 1, length(beginning) - 1) || 'W' AS "
        "BLOB) WHERE name = 'state/LV'"}) {
    SCOPED_TRACE(sql);
    Tamper(sql);
    store_ = SqliteStore::Open(path_).value();
    {
      const auto snapshot = store_->Read(lv_).value();
      EXPECT_THAT(snapshot->Records(lv_, 0, 10, 1 << 20), HasCode(absl::StatusCode::kDataLoss));
      EXPECT_THAT(snapshot->Head(lv_), HasCode(absl::StatusCode::kDataLoss));
      EXPECT_THAT(snapshot->ReadContent(lv_, act.act.digest, act.contents[0].digest),
                  HasCode(absl::StatusCode::kDataLoss));
    }
    {
      const auto batch = store_->Write(absl::InfinitePast()).value();
      EXPECT_THAT(batch->ReadEntry(lv_, 0), HasCode(absl::StatusCode::kDataLoss));
      EXPECT_THAT(batch->Head(lv_), HasCode(absl::StatusCode::kDataLoss));
    }
    EXPECT_THAT(CompareFacts(path_), HasCode(absl::StatusCode::kDataLoss));
    store_.reset();
    folder_.Write("store", whole);
  }
}

TEST_F(SqliteStoreTest, RebuildFindsTheSameFacts) {
  Take();
  Take();
  const auto report = RebuildFacts(path_);
  ASSERT_THAT(report, IsOk());
  EXPECT_TRUE(report->identical());
  EXPECT_GT(report->facts, 6U);
}

TEST_F(SqliteStoreTest, RebuildMendsFactsThatWereAltered) {
  for (const char* const sql : {"UPDATE fact SET value = x'00' WHERE key >= x'4e' AND key < x'4f'",
                                "DELETE FROM fact WHERE ledger = 0",
                                "INSERT INTO fact(ledger, key, value) VALUES(3, x'ff', x'00')"}) {
    SCOPED_TRACE(sql);
    Reopen();
    Take();
    const auto facts = [&] {
      return store_->Read(ee_)
          .value()
          ->own()
          .ListFacts("", "", rules::Direction::kAscending, 99)
          ->size();
    };
    const size_t before = facts();
    Tamper(sql);
    EXPECT_FALSE(CompareFacts(path_)->identical());
    const auto report = RebuildFacts(path_);
    ASSERT_THAT(report, IsOk());
    EXPECT_FALSE(report->identical());
    EXPECT_TRUE(CompareFacts(path_)->identical());
    EXPECT_TRUE(RebuildFacts(path_)->identical());
    Reopen();
    EXPECT_EQ(facts(), before);
    EXPECT_TRUE(
        store_->FindCredential(TheExchange().secretariat.certificate.fingerprint())->has_value());
  }
}

// A bit of each column of a fact, as the disk may turn it.
constexpr const char* kAlteredFacts[] = {
    "UPDATE fact SET value = CAST(value || x'00' AS BLOB) WHERE",
    "UPDATE fact SET value = x'' WHERE",
    "UPDATE fact SET value = (SELECT value FROM fact AS other WHERE other.value != fact.value) "
    "WHERE",
    "UPDATE fact SET key = CAST(key || x'00' AS BLOB) WHERE",
};

TEST_F(SqliteStoreTest, GivesNoFactThatWasAltered) {
  for (const char* const alter : kAlteredFacts) {
    SCOPED_TRACE(alter);
    Reopen();
    Take();
    const auto before =
        store_->Read(ee_).value()->own().ListFacts("N", "", rules::Direction::kDescending, 1);
    ASSERT_EQ(before->size(), 1U);
    Tamper(fmt::format("{} ledger > 0 AND key = x'{}'", alter, ToHex(before->front().key)).c_str());
    store_ = SqliteStore::Open(path_).value();
    const auto snapshot = store_->Read(ee_).value();
    for (const auto direction : {rules::Direction::kAscending, rules::Direction::kDescending}) {
      EXPECT_THAT(snapshot->own().ListFacts("N", "", direction, 99),
                  HasCode(absl::StatusCode::kDataLoss));
    }
    // Under another key it is not there.
    const auto found = snapshot->own().FindFact(before->front().key);
    EXPECT_TRUE(!found.ok() || !found->has_value());
    ASSERT_THAT(RebuildFacts(path_), IsOk());
  }
}

TEST_F(SqliteStoreTest, DoesNotOpenOnceARegistrationIsAltered) {
  for (const std::string& alter :
       {std::string(kAlteredFacts[0]), std::string(kAlteredFacts[1]), std::string(kAlteredFacts[2]),
        std::string(kAlteredFacts[3]), std::string("UPDATE fact SET ledger = -1 WHERE")}) {
    SCOPED_TRACE(alter);
    Tamper((alter + " ledger = 0").c_str());
    const absl::Status opened = SqliteStore::Open(path_).status();
    EXPECT_THAT(opened, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(opened.message()), ::testing::HasSubstr("cbmd rebuild"));
    ASSERT_THAT(RebuildFacts(path_), IsOk());
    Reopen();
    EXPECT_TRUE(
        store_->FindCredential(TheExchange().secretariat.certificate.fingerprint())->has_value());
  }
}

TEST_F(SqliteStoreTest, RebuildWaitsForNoWriter) {
  const auto batch = store_->Write(absl::InfinitePast()).value();
  EXPECT_THAT(RebuildFacts(path_), HasCode(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace cbm::test
