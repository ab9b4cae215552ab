// The SQLite engine: the promises of every store, and those of its own: that what was committed is
// there after a reopening, that foreign files are left alone, that a check finds whatever was
// altered behind its back.

#include "server/store/sqlite_store.h"

#include <sys/stat.h>

#include "tests/contract/sqlite_store_fixture.h"

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
    EXPECT_THAT(CheckStore(path_, {}), HasCode(absl::StatusCode::kFailedPrecondition));
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
    EXPECT_THAT(CheckStore(path_, {}), HasCode(absl::StatusCode::kDataLoss));
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
  const auto report = CheckStore(path_, {});  // In use.
  ASSERT_THAT(report, IsOk());
  EXPECT_TRUE(report->nothing_is_wrong());
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
                      "state/LV 4"},
           Alteration{"DELETE FROM act_entries WHERE act = 4", "state/LV 3"},
           Alteration{"DELETE FROM act_entries WHERE act = 4", "act 4"},
           Alteration{"DELETE FROM act_entries WHERE act = 0", "genesis"},
           Alteration{"UPDATE ledger SET beginning = (SELECT beginning FROM ledger WHERE name = "
                      "'state/EE') WHERE name = 'state/LV'",
                      "state/LV"},
           Alteration{"UPDATE act SET bytes = (SELECT bytes FROM act WHERE id = 6) WHERE id = 5",
                      "state/LV 4"},
           Alteration{"UPDATE act SET bytes = x'ff' WHERE id = 5", "act 5"},
           Alteration{"UPDATE act SET signature = x'00' WHERE id = 5", "state/LV 4"},
           Alteration{"UPDATE act SET time = time - 5000000 WHERE id = 5", "act 5"},
           Alteration{"DELETE FROM act WHERE id = 5", "state/EE 4"},
           Alteration{"UPDATE content SET bytes = (SELECT bytes FROM content WHERE id = 32) WHERE "
                      "id = 33",
                      "content 1 of act 1"},
           Alteration{"DELETE FROM content WHERE id = 33", "state/LV 0"},
           Alteration{"UPDATE ledger SET name = 'state/SE' WHERE name = 'state/LV'", "state/SE 0"},
           Alteration{"UPDATE meta SET value = x'00' WHERE name = 'genesis_signature'", "genesis"},
           Alteration{"UPDATE meta SET value = '1' WHERE name = 'genesis_time'", "ALL/UN 0"},
       }) {
    SCOPED_TRACE(alteration.sql);
    const std::string whole = folder_.Read("store");
    Tamper(alteration.sql);
    EXPECT_THAT(Places(), ::testing::Contains(alteration.where));
    EXPECT_THAT(Rebuild(), HasCode(absl::StatusCode::kDataLoss));
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
    EXPECT_THAT(Rebuild(), HasCode(absl::StatusCode::kDataLoss));
    store_.reset();
    folder_.Write("store", whole);
  }
}

}  // namespace
}  // namespace cbm::test
