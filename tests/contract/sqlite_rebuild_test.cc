// What follows from the truth in the SQLite engine - indices, trees and facts - is made anew the
// same as it was, whatever became of it. And nothing is made of a truth that is damaged, or may be:
// what was stored of it is then the witness against it.
//
// Each test has trees of 256 entries, the fewest that have tiles.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "tests/contract/sqlite_store_fixture.h"
#include "tests/support/full_disk.h"

namespace cbm::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr int kActs = 256;

// Each row of each table, as text.
constexpr const char* kRows[] = {
    "SELECT 'meta', name, quote(value) FROM meta ORDER BY 1, 2",
    "SELECT 'ledger', id, name, quote(beginning) FROM ledger ORDER BY id",
    "SELECT 'act', id, time, quote(bytes), quote(signature) FROM act ORDER BY id",
    "SELECT 'act_entries', act, quote(bytes) FROM act_entries ORDER BY act",
    "SELECT 'act_digest', quote(digest), act FROM act_digest ORDER BY digest",
    "SELECT 'act_name', quote(name), act FROM act_name ORDER BY name",
    "SELECT 'entry', ledger, ordinal, act FROM entry ORDER BY ledger, ordinal",
    "SELECT 'tile', ledger, level, number, quote(hashes) FROM tile ORDER BY 2, 3, 4",
    "SELECT 'content', id, quote(digest), quote(bytes) FROM content ORDER BY id",
    "SELECT 'cut', ledger, act FROM cut ORDER BY 2, 3",
    "SELECT 'fact', ledger, quote(key), quote(value) FROM fact ORDER BY ledger, key",
};

class SqliteRebuild : public SqliteStoreTest {
 protected:
  SqliteRebuild() {
    Take(2);
    TakeMany(kActs - 1);
    heads_ = *store_->Heads();
    store_.reset();
    whole_ = folder_.Read("store");
    rows_ = Rows();
  }

  std::vector<std::string> Rows() {
    std::vector<std::string> rows;
    const auto connection = Connection::Open(path_).value();
    for (const char* const sql : kRows) {
      const auto add = [](void* to, int columns, char** values, char** /*names*/) {
        std::string& row = static_cast<std::vector<std::string>*>(to)->emplace_back();
        for (int i = 0; i < columns; ++i) {
          row += std::string(" ") + values[i];
        }
        return 0;
      };
      EXPECT_EQ(sqlite3_exec(connection->handle(), sql, add, &rows, nullptr), SQLITE_OK) << sql;
    }
    return rows;
  }

  // Alters the store as it was at first.
  void Alter(const std::string& sql) {
    Put(whole_);
    Tamper(sql.c_str());
  }

  // Row for row, and page for page as SQLite wants it.
  void ExpectAsItWas() {
    EXPECT_EQ(Rows(), rows_);
    EXPECT_TRUE(Check(heads_).nothing_is_wrong());
  }

  void ExpectMended(DerivedTable table, const LedgerHeads& signed_heads = {}) {
    const CheckReport found = Check(signed_heads);
    EXPECT_THAT(found.findings, IsEmpty());
    EXPECT_FALSE(found.differences[table].identical());
    const auto before = Rebuild(signed_heads);
    ASSERT_THAT(before, IsOk());
    for (const DerivedTable each : kDerivedTables) {
      EXPECT_EQ((*before)[each].identical(), each != table) << NameOf(each);
      EXPECT_GT((*before)[each].made, 0U);
    }
    ExpectAsItWas();
  }

  // Refused, by a check as well, and nothing is changed.
  void ExpectRefused(const LedgerHeads& signed_heads = {}) {
    EXPECT_THAT(Check(signed_heads).findings, ::testing::Not(IsEmpty()));
    const std::vector<std::string> before = Rows();
    const auto rebuilt = Rebuild(signed_heads);
    EXPECT_THAT(rebuilt, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(rebuilt.status().message()), HasSubstr("nothing was changed"));
    EXPECT_EQ(Rows(), before);
  }

  // An entry as somebody would alter it who knows how sums are made: nothing in the truth says so.
  void AlterAnOwnEntry(int64_t act) {
    const EncodedEntry own = [&] {
      Reopen();
      const auto ordinal = static_cast<uint64_t>(act - 1);
      return store_->Write(absl::InfinitePast()).value()->ReadEntry(ee_, ordinal).value();
    }();
    store_.reset();
    const size_t at = KeptEntriesOf(act).find(own.entry.salt());
    ASSERT_NE(at, std::string::npos);
    AlterWithItsSum(act, at);
  }

  LedgerHeads heads_;
  std::string whole_;
  std::vector<std::string> rows_;
};

TEST_F(SqliteRebuild, MendsRowsThatWereAlteredOrAreMissingOrTooMany) {
  const std::map<DerivedTable, std::vector<std::string>> alterations = {
      {DerivedTable::kDigests,
       {"UPDATE act_digest SET act = 7 WHERE act = 4",
        "UPDATE act_digest SET digest = zeroblob(32) WHERE act = 4",
        "UPDATE act_digest SET act = 999 WHERE act = 4", "DELETE FROM act_digest WHERE act = 256",
        "DELETE FROM act_digest", "INSERT INTO act_digest VALUES(x'00', 4)",
        "INSERT INTO act_digest VALUES(zeroblob(32), 257)"}},
      {DerivedTable::kNames,
       {"UPDATE act_name SET act = 7 WHERE act = 4",
        "UPDATE act_name SET name = zeroblob(22) WHERE act = 4",
        "DELETE FROM act_name WHERE act = 256", "DELETE FROM act_name",
        "INSERT INTO act_name VALUES(x'00', 4)", "INSERT INTO act_name VALUES(zeroblob(22), 257)"}},
      {DerivedTable::kEntries,
       {"UPDATE entry SET act = 5 WHERE act = 4", "UPDATE entry SET act = 999 WHERE act = 4",
        "UPDATE entry SET ordinal = 999 WHERE act = 4 AND ledger = (SELECT max(ledger) FROM entry)",
        "UPDATE entry SET ledger = 999 WHERE act = 4 AND ledger = (SELECT max(ledger) FROM entry)",
        "DELETE FROM entry WHERE act = 0", "DELETE FROM entry WHERE act = 256", "DELETE FROM entry",
        "INSERT INTO entry VALUES(1, 999, 4)", "INSERT INTO entry VALUES(999, 0, 257)"}},
      // A tile of level 0 is confirmed by the one above, and that by the one of level 0.
      {DerivedTable::kTiles,
       {"UPDATE tile SET hashes = zeroblob(8192) WHERE level = 0",
        "UPDATE tile SET hashes = x'' WHERE level = 0",
        "UPDATE tile SET number = 9 WHERE level = 0", "DELETE FROM tile WHERE level = 0",
        "UPDATE tile SET hashes = zeroblob(32) WHERE level = 1",
        "UPDATE tile SET hashes = CAST(hashes || x'00' AS BLOB) WHERE level = 1",
        "DELETE FROM tile WHERE level = 1",
        "INSERT INTO tile SELECT ledger, 0, 1, hashes FROM tile WHERE level = 0",
        "INSERT INTO tile VALUES(999, 0, 0, zeroblob(8192))",
        "INSERT INTO tile VALUES(1, 7, 0, zeroblob(32))"}},
      {DerivedTable::kFacts,
       {"DELETE FROM fact WHERE ledger = 0",
        "UPDATE meta SET name = 'registrz' WHERE name = 'registry'",
        "INSERT INTO meta VALUES('signature', x'00')",
        "INSERT INTO meta VALUES(CAST('genesis' AS BLOB), x'00')"}},
  };
  for (const auto& [table, all] : alterations) {
    for (const std::string& sql : all) {
      SCOPED_TRACE(sql);
      Alter(sql);
      ExpectMended(table);
    }
  }
}

TEST_F(SqliteRebuild, MendsSeveralTablesAtOnce) {
  Alter(
      "DELETE FROM entry; DELETE FROM tile; DELETE FROM act_name; DELETE FROM act_digest; "
      "DELETE FROM fact");
  const auto before = Rebuild(heads_);
  ASSERT_THAT(before, IsOk());
  for (const DerivedTable table : kDerivedTables) {
    EXPECT_GE((*before)[table].different, (*before)[table].made);
  }
  ExpectAsItWas();
  EXPECT_TRUE(Rebuild(heads_)->identical());
  Reopen();
  EXPECT_EQ(*store_->Heads(), heads_);
  Take();
  EXPECT_TRUE(Check(heads_).nothing_is_wrong());
}

// What the pages say of themselves: their kind, where cells begin, the page with the last ones.
TEST_F(SqliteRebuild, MendsPagesThatWereAltered) {
  const std::map<DerivedTable, std::string> tables = {{DerivedTable::kDigests, "act_digest"},
                                                      {DerivedTable::kNames, "act_name"},
                                                      {DerivedTable::kEntries, "entry"},
                                                      {DerivedTable::kTiles, "tile"}};
  for (const auto& [table, name] : tables) {
    Put(whole_);
    const size_t page = PageOf(name);
    int mended = 0;
    for (const size_t at : {0U, 3U, 5U, 6U, 11U}) {
      SCOPED_TRACE(fmt::format("{}, byte {}", name, at));
      std::string altered = whole_;
      altered[page + at] ^= static_cast<char>(1U << (at % 8));
      Put(altered);
      const CheckReport found = Check(heads_);
      EXPECT_THAT(found.findings, IsEmpty());
      if (!found.differences.file_is_damaged) {
        continue;  // Where SQLite does not mind, as the bytes that are free in a page.
      }
      ++mended;
      EXPECT_TRUE(found.differences[table].is_damaged);
      ASSERT_THAT(Rebuild(heads_), IsOk());
      ExpectAsItWas();
    }
    EXPECT_GT(mended, 2) << name;
  }
}

TEST_F(SqliteRebuild, MendsPagesThatAreZeroes) {
  for (const char* const table : {"act_digest", "act_name", "entry", "tile", "fact"}) {
    SCOPED_TRACE(table);
    Put(whole_);
    std::string altered = whole_;
    altered.replace(PageOf(table), 4'096, std::string(4'096, '\0'));
    Put(altered);
    const auto before = Rebuild(heads_);
    ASSERT_THAT(before, IsOk());
    EXPECT_TRUE(before->file_is_damaged);
    ExpectAsItWas();
  }
}

// What was written is then where something else was, and is not kept.
TEST_F(SqliteRebuild, ChangesNothingIfAPageOfTheTruthIsTakenForFree) {
  Alter("DELETE FROM tile");
  std::string altered = folder_.Read("store");
  const auto number_at = [&](size_t at) {
    return static_cast<size_t>(static_cast<uint8_t>(altered[at + 2])) << 8U |
           static_cast<uint8_t>(altered[at + 3]);
  };
  constexpr size_t kFirstFree = 32;  // In the file: the page that lists free ones.
  constexpr size_t kListed = 8;      // In that page.
  const size_t list = (number_at(kFirstFree) - 1) * 4'096;
  ASSERT_GT(number_at(list + kListed - 4), 0U);
  const size_t content = PageOf("content") / 4'096 + 1;
  altered[list + kListed + 2] = static_cast<char>(content >> 8U);
  altered[list + kListed + 3] = static_cast<char>(content);
  Put(altered);
  const CheckReport found = Check(heads_);
  EXPECT_THAT(found.findings, IsEmpty());
  EXPECT_TRUE(found.differences.file_is_damaged);
  const auto rebuilt = Rebuild(heads_);
  EXPECT_THAT(rebuilt, HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(std::string(rebuilt.status().message()), HasSubstr("nothing was changed"));
  EXPECT_EQ(folder_.Read("store"), altered);
}

TEST_F(SqliteRebuild, RefusesIfTheTruthIsDamaged) {
  for (const char* const sql :
       {"UPDATE act_entries SET bytes = CAST(x'00' || substr(bytes, 2) AS BLOB) WHERE act = 4",
        "DELETE FROM act_entries WHERE act = 4", "DELETE FROM act WHERE id = 256",
        "UPDATE act SET signature = x'00' WHERE id = 5",
        "INSERT INTO act SELECT 999, time + 1000000000, bytes, signature FROM act WHERE id = 5",
        "INSERT INTO act_entries SELECT 999, bytes FROM act_entries WHERE act = 5",
        "UPDATE content SET bytes = x'00' WHERE id = 33", "DELETE FROM ledger WHERE id = 1"}) {
    for (const char* const also : {"", "; DELETE FROM entry; DELETE FROM act_digest"}) {
      SCOPED_TRACE(fmt::format("{}{}", sql, also));
      Alter(std::string(sql) + also);
      ExpectRefused();
      ExpectRefused(heads_);
    }
  }
}

TEST_F(SqliteRebuild, RefusesIfTheTruthsPagesAreDamaged) {
  for (const char* const table : {"meta", "ledger", "act", "act_entries", "content"}) {
    SCOPED_TRACE(table);
    std::string altered = whole_;
    Put(whole_);
    altered[PageOf(table)] ^= 1;
    Put(altered);
    EXPECT_THAT(Rebuild(heads_), HasCode(absl::StatusCode::kDataLoss));
    EXPECT_EQ(folder_.Read("store"), altered);
  }
}

// Two acts of which each says that its entry stands at one place: whose the place is, the truth
// does not say.
TEST_F(SqliteRebuild, RefusesIfTwoActsHaveOnePlace) {
  Alter(
      "UPDATE act_entries SET bytes = (SELECT bytes FROM act_entries WHERE act = 5) WHERE act = 4");
  ExpectRefused();
}

TEST_F(SqliteRebuild, RefusesWhatDiffersFromWhatWasSigned) {
  Alter("DELETE FROM entry WHERE act = 4");
  LedgerHeads other = heads_;
  other.at(ee_).root.front() ^= 1;
  ExpectRefused(other);
  LedgerHeads more = heads_;
  ++more.at(lv_).size;
  ExpectRefused(more);
  EXPECT_THAT(Check(more).findings,
              ElementsAre(Finding{.where = "state/LV",
                                  .what = "it has 256 entries, but 257 were signed: put the newest "
                                          "database back, and do not serve this one"}));
  ExpectMended(DerivedTable::kEntries, heads_);
}

// A tile is right, and the entry is not: neither a tile nor the hash above it must be overwritten,
// nor may it be enough that one of the two is gone.
TEST_F(SqliteRebuild, OverwritesNoTileThatSpeaksAgainstAnEntry) {
  for (const char* const sql :
       {"DELETE FROM fact WHERE ledger > 0", "DELETE FROM tile WHERE level = 0",
        "DELETE FROM tile WHERE level = 1", "DELETE FROM tile",
        "UPDATE tile SET hashes = zeroblob(8192) WHERE level = 0",
        "UPDATE tile SET hashes = zeroblob(32) WHERE level = 1"}) {
    SCOPED_TRACE(sql);
    Alter(sql);
    AlterAnOwnEntry(4);
    EXPECT_THAT(Places(), Contains("state/EE tiles"));
    ExpectRefused();
    ExpectRefused(heads_);
    // Signed of other ledgers alone.
    LedgerHeads some = heads_;
    some.erase(ee_);
    ExpectRefused(some);
  }
}

TEST_F(SqliteRebuild, BelievesEntriesOfWhichNoTileIsLeftOnlyIfTheyWereSigned) {
  const char* const kGone =
      "DELETE FROM tile WHERE ledger = (SELECT id FROM ledger WHERE name = "
      "'state/EE')";
  Alter(kGone);
  EXPECT_THAT(Places(), ElementsAre("state/EE tiles"));
  ExpectRefused();
  LedgerHeads some = heads_;
  some.erase(ee_);
  ExpectRefused(some);
  ExpectMended(DerivedTable::kTiles, {{ee_, heads_.at(ee_)}});
}

TEST_F(SqliteRebuild, BelievesNoSignedHeadThatIsShorterThanATile) {
  Put(whole_);
  Reopen();
  const TreeHead longer = [&] {
    Take(0);
    return store_->Read(ee_).value()->Head(ee_).value();
  }();
  TakeMany(kActs - 1);
  store_.reset();
  Tamper("DELETE FROM tile WHERE ledger = (SELECT id FROM ledger WHERE name = 'state/EE')");
  ExpectRefused({{ee_, longer}});  // 257 of 512.
}

// An act that was lost with its entries leaves a truth that fits itself, and the trees of before.
TEST_F(SqliteRebuild, RefusesIfTwoIndicesSayThatAnActIsMissing) {
  Reopen();
  Take(0);
  store_.reset();
  whole_ = folder_.Read("store");
  const std::string lost =
      "DELETE FROM act WHERE id = 257; DELETE FROM act_entries WHERE act = 257; ";
  for (const char* const also :
       {"", "DELETE FROM act_name WHERE act = 257", "DELETE FROM act_digest WHERE act = 257",
        "DELETE FROM entry WHERE act = 257"}) {
    SCOPED_TRACE(also);
    Alter(lost + also);
    EXPECT_THAT(Places(), ElementsAre("act 257"));
    ExpectRefused();
  }
  // What one alone says is what is damaged, unless the act was signed.
  Alter(lost + "DELETE FROM act_digest WHERE act = 257; DELETE FROM entry WHERE act = 257");
  LedgerHeads more = heads_;
  ++more.at(ee_).size;
  ExpectRefused(more);
  ASSERT_THAT(Rebuild(heads_), IsOk());
  ExpectAsItWas();
}

TEST_F(SqliteRebuild, RefusesIfATileSaysThatEntriesAreMissing) {
  Alter(
      "DELETE FROM act WHERE id = 256; DELETE FROM act_entries WHERE act = 256; "
      "DELETE FROM act_digest WHERE act = 256; DELETE FROM act_name WHERE act = 256; "
      "DELETE FROM entry WHERE act = 256");
  EXPECT_THAT(Places(), ::testing::UnorderedElementsAre("state/EE tiles", "state/LV tiles"));
  ExpectRefused();
}

// Tiles that confirm each other are of entries, wherever those are.
TEST_F(SqliteRebuild, RefusesIfTilesThatFitEachOtherAreOfNoEntries) {
  Alter("UPDATE tile SET ledger = ledger + 90");
  ExpectRefused();
  ExpectRefused(heads_);
}

TEST_F(SqliteRebuild, ChangesNothingWithoutRoom) {
  Alter("DELETE FROM entry; DELETE FROM tile WHERE level = 1");
  const std::vector<std::string> before = Rows();
  {
    const FullDisk full(20'000);
    EXPECT_FALSE(Rebuild(heads_).ok());
  }
  EXPECT_EQ(Rows(), before);
  ASSERT_THAT(Rebuild(heads_), IsOk());
  ExpectAsItWas();
}

TEST_F(SqliteRebuild, IsNotDoneBesideAWriter) {
  store_ = SqliteStore::Open(path_).value();
  {
    const auto batch = store_->Write(absl::InfinitePast()).value();
    EXPECT_THAT(Rebuild(), HasCode(absl::StatusCode::kUnavailable));
  }
  Alter("DELETE FROM entry WHERE act = 4");
  store_ = SqliteStore::Open(path_).value();
  {
    const auto batch = store_->Write(absl::InfinitePast()).value();
    EXPECT_THAT(Rebuild(), HasCode(absl::StatusCode::kUnavailable));
  }
  store_.reset();
  ExpectMended(DerivedTable::kEntries);
}

// Calls something once, before the `number`-th transaction that is begun to write.
class BeforeWriting {
 public:
  BeforeWriting(int number, std::function<void()> call) {
    State() = {.left = number, .call = std::move(call)};
    sqlite3_auto_extension(Function());
  }
  ~BeforeWriting() { sqlite3_cancel_auto_extension(Function()); }
  BeforeWriting(const BeforeWriting&) = delete;
  BeforeWriting& operator=(const BeforeWriting&) = delete;

 private:
  struct Waiting {
    int left = 0;
    std::function<void()> call;
  };

  static Waiting& State() {
    static Waiting state;
    return state;
  }
  static int Trace(unsigned /*event*/, void* /*unused*/, void* /*statement*/, void* sql) {
    if (std::string_view(static_cast<const char*>(sql)).rfind("BEGIN IMMEDIATE", 0) == 0 &&
        --State().left == 0) {
      State().call();
    }
    return 0;
  }
  static int Attach(sqlite3* database, const char** /*error*/,
                    const sqlite3_api_routines* /*api*/) {
    return sqlite3_trace_v2(database, SQLITE_TRACE_STMT, Trace, nullptr);
  }
  // As SQLite has it, whatever it is called with.
  static void (*Function())() { return reinterpret_cast<void (*)()>(Attach); }
};

// It would be put where what was made of the store before does not know of it.
TEST_F(SqliteRebuild, IsNotDoneIfAnActIsTakenMeanwhile) {
  Alter("DELETE FROM act_name WHERE act = 4");
  {
    const BeforeWriting second(2, [&] {
      Reopen();
      Take();
      store_.reset();
    });
    EXPECT_THAT(Rebuild(heads_), HasCode(absl::StatusCode::kUnavailable));
  }
  const CheckReport found = Check(heads_);
  EXPECT_THAT(found.findings, IsEmpty());
  EXPECT_EQ(found.differences[DerivedTable::kNames].made, 257U);
  EXPECT_EQ(found.differences[DerivedTable::kNames].different, 1U);
  ASSERT_THAT(Rebuild(heads_), IsOk());
  EXPECT_TRUE(Check(heads_).nothing_is_wrong());
}

}  // namespace
}  // namespace cbm::test
