// Rows of the SQLite engine's tables that belong to nothing: a check finds each and says what it
// is, and rebuild keeps away from them, since one may be all that is left of what was lost.

#include <string>
#include <string_view>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "server/store/kept_entries.h"
#include "server/store/stray_rows.h"
#include "tests/contract/sqlite_store_fixture.h"

namespace cbm::test {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

constexpr const char* kNoActOfContent =
    "its act is missing: nobody is given it, nothing erases it, and an act that gets its number "
    "cannot be taken";
constexpr const char* kNoneBefore = "the one before it is missing";
constexpr const char* kNoActOfEntries = "it is missing, and entries of it are there";
constexpr const char* kNothingCut = "one of the two is missing: what was cut may be given again";
constexpr const char* kOtherContents = "the contents are not those that it gives";
constexpr const char* kNoEntry = "it has no entry, with which every ledger begins";

// Act 1 has two contents, and was cut from two ledgers; act 2 has none.
class SqliteStrayRows : public SqliteStoreTest {
 protected:
  SqliteStrayRows() {
    const BuiltAct first = Take(2);
    Take(0);
    const auto batch = store_->Write(absl::InfiniteFuture()).value();
    EXPECT_THAT(batch->CutContents(lv_, first.act.digest), IsOk());
    EXPECT_THAT(batch->CutContents(LedgerId::State("SE"), first.act.digest), IsOk());
    EXPECT_THAT(batch->Commit(), IsOk());
  }

  // Of the store as it was at first. What is found, and no more; and nothing is made of it.
  void ExpectFound(const std::string& sql, const std::vector<Finding>& findings) {
    SCOPED_TRACE(sql);
    store_.reset();
    const std::string whole = folder_.Read("store");
    Tamper(sql.c_str());
    EXPECT_THAT(Check().findings, UnorderedElementsAreArray(findings));
    const std::string altered = folder_.Read("store");
    const auto rebuilt = Rebuild();
    EXPECT_THAT(rebuilt, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(rebuilt.status().message()), HasSubstr("nothing was changed"));
    EXPECT_EQ(folder_.Read("store"), altered);
    Put(whole);
  }
};

// A ledger that something was cut from may have no entry.
TEST_F(SqliteStrayRows, AreNoneInAnHonestStore) { EXPECT_TRUE(Check().nothing_is_wrong()); }

TEST_F(SqliteStrayRows, AreContentsOfNoAct) {
  for (const bool is_erased : {false, true}) {
    const std::string row = is_erased ? "digest, NULL" : "digest, bytes";
    const auto insert = [&](std::string_view id) {
      return fmt::format("INSERT INTO content SELECT {}, {} FROM content WHERE id = 32", id, row);
    };
    ExpectFound(insert("3 * 32"), {{"content 0 of act 3", kNoActOfContent}});
    ExpectFound(insert("0"), {{"content 0 of act 0", kNoActOfContent}});
    ExpectFound(insert("-32"), {{"content 0 of act -1", kNoActOfContent}});
    ExpectFound(insert("9 * 32 + 5"),
                {{"content 5 of act 9", kNoActOfContent}, {"content 5 of act 9", kNoneBefore}});
  }
}

TEST_F(SqliteStrayRows, AreContentsOfAnActThatHasFewer) {
  ExpectFound("INSERT INTO content SELECT 64, digest, bytes FROM content WHERE id = 32",
              {{"state/EE 1", kOtherContents}});
  ExpectFound("INSERT INTO content SELECT 34, digest, bytes FROM content WHERE id = 32",
              {{"state/EE 0", kOtherContents},
               {"state/LV 0", kOtherContents},
               {"ALL/UN 1", kOtherContents}});
}

// It would be found by its digest all the same.
TEST_F(SqliteStrayRows, AreContentsThatStandInAnotherPlaceOfTheirAct) {
  ExpectFound("UPDATE content SET id = 34 WHERE id = 33", {{"content 2 of act 1", kNoneBefore}});
}

TEST_F(SqliteStrayRows, AreEntriesOfNoAct) {
  ExpectFound("INSERT INTO act_entries SELECT 999, bytes FROM act_entries WHERE act = 1",
              {{"act 999", kNoActOfEntries}});
  // As many entries as acts.
  ExpectFound("UPDATE act_entries SET act = 999 WHERE act = 2",
              {{"act 2", "its entries are missing"},
               {"act 999", kNoActOfEntries},
               {"state/EE 1", "its act is missing"},
               {"state/LV 1", "its act is missing"},
               {"ALL/UN 2", "its act is missing"}});
}

// What is left of an act that was lost with its entries and all that names it.
TEST_F(SqliteStrayRows, TellOfAnActThatIsLost) {
  Take(1);
  ExpectFound(
      "DELETE FROM act WHERE id = 3; DELETE FROM act_entries WHERE act = 3; DELETE FROM act_digest "
      "WHERE act = 3; DELETE FROM act_name WHERE act = 3; DELETE FROM entry WHERE act = 3",
      {{"content 0 of act 3", kNoActOfContent}});
}

TEST_F(SqliteStrayRows, AreCutsOfNoActOrFromNoLedger) {
  ExpectFound("INSERT INTO cut VALUES(1, 999)",
              {{"cut of act 999 from ledger number 1", kNothingCut}});
  ExpectFound("INSERT INTO cut VALUES(999, 1)",
              {{"cut of act 1 from ledger number 999", kNothingCut}});
}

TEST_F(SqliteStrayRows, AreLedgersOfNoEntry) {
  store_.reset();
  const LedgerId fi = LedgerId::State("FI");
  const std::string beginning = KeepBeginning(TheExchange().document.exchange_id, fi);
  {
    const auto connection = Connection::Open(path_).value();
    Query insert(*connection, "INSERT INTO ledger VALUES(77, ?, ?)");
    ASSERT_THAT(insert.BindText(fi.text()).Bind(beginning).Run(), IsOk());
  }
  EXPECT_THAT(Check().findings, ElementsAre(Finding{.where = "state/FI", .what = kNoEntry}));
  EXPECT_THAT(Rebuild(), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(SqliteStrayRows, AreInTheWayOfAnActThatGetsTheirNumber) {
  store_.reset();
  const std::string whole = folder_.Read("store");
  for (const char* const sql :
       {"INSERT INTO content SELECT 3 * 32, digest, bytes FROM content WHERE id = 32",
        "INSERT INTO act_entries SELECT 3, bytes FROM act_entries WHERE act = 1"}) {
    SCOPED_TRACE(sql);
    Tamper(sql);
    Reopen();
    {
      const auto batch = store_->Write(absl::InfiniteFuture()).value();
      const BuiltAct act = builder_.Build(*batch, {{.ledger = lv_}});
      EXPECT_THAT(batch->Append(act.act, act.contents, act.entries),
                  HasCode(absl::StatusCode::kInternal));
    }
    Put(whole);
  }
  Tamper("INSERT INTO cut SELECT id, 3 FROM ledger WHERE name = 'state/LV'");
  Reopen();
  const BuiltAct act = Take();
  EXPECT_THAT(store_->Read(lv_).value()->ReadContent(lv_, act.act.digest, act.contents[0].digest),
              HasCode(absl::StatusCode::kNotFound));
}

TEST_F(SqliteStrayRows, AreListedUpToAThousand) {
  store_.reset();
  Tamper(
      "WITH RECURSIVE act(number) AS (SELECT 3 UNION ALL SELECT number + 1 FROM act LIMIT 1001) "
      "INSERT INTO content SELECT number * 32, x'00', NULL FROM act");
  EXPECT_THAT(FindStrayRows(*Connection::Open(path_).value()).value(), SizeIs(1000));
}

}  // namespace
}  // namespace cbm::test
