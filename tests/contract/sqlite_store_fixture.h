#ifndef CBM_TESTS_CONTRACT_SQLITE_STORE_FIXTURE_H_
#define CBM_TESTS_CONTRACT_SQLITE_STORE_FIXTURE_H_

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/check.h"
#include "server/store/rebuild.h"
#include "server/store/sqlite.h"
#include "server/store/sqlite_store.h"
#include "server/store/sum.h"
#include "tests/contract/store_contract.h"
#include "tests/support/temporary_folder.h"

namespace cbm::test {

// A store of the SQLite engine, whose file a test can do anything to.
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

  // Many at once.
  void TakeMany(int acts) {
    const auto batch = store_->Write(absl::InfiniteFuture()).value();
    for (int i = 0; i < acts; ++i) {
      const BuiltAct act =
          builder_.Build(*batch, {{.ledger = lv_}, {.ledger = LedgerId::All("UN")}}, 0);
      ASSERT_THAT(batch->Append(act.act, act.contents, act.entries), IsOk());
    }
    ASSERT_THAT(batch->Commit(), IsOk());
  }

  void Reopen() {
    store_.reset();
    store_ = SqliteStore::Open(path_).value();
  }

  // Where the first page of a table begins in the file.
  size_t PageOf(std::string_view table) {
    const auto connection = Connection::Open(path_).value();
    Query query(*connection, "SELECT rootpage FROM sqlite_schema WHERE name = ?");
    EXPECT_TRUE(query.BindText(table).Next().value());
    return static_cast<size_t>(query.Unsigned(0) - 1) * 4'096;
  }

  // Puts a database in place, with nothing beside it.
  void Put(const std::string& database) {
    store_.reset();
    std::filesystem::remove(path_ + "-wal");
    folder_.Write("store", database);
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

  CheckReport Check(const LedgerHeads& signed_heads = {}) {
    return CheckStore(path_, signed_heads).value();
  }
  absl::StatusOr<Differences> Rebuild(const LedgerHeads& signed_heads = {}) {
    return RebuildStore(path_, signed_heads);
  }

  // Where a check finds that the truth is not as it must be.
  std::vector<std::string> Places() {
    std::vector<std::string> places;
    const CheckReport report = Check();
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

}  // namespace cbm::test

#endif  // CBM_TESTS_CONTRACT_SQLITE_STORE_FIXTURE_H_
