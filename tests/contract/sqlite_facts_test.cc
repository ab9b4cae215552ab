// Facts in the SQLite engine: none is given that was altered, and whatever became of them, they are
// made anew from the entries, the same as they were.

#include <string>

#include "core/base/hex.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "tests/contract/sqlite_store_fixture.h"

namespace cbm::test {
namespace {

using SqliteFacts = SqliteStoreTest;

TEST_F(SqliteFacts, RebuildFindsTheSameFacts) {
  Take();
  Take();
  const auto report = Rebuild();
  ASSERT_THAT(report, IsOk());
  EXPECT_TRUE(report->identical());
  EXPECT_GT((*report)[DerivedTable::kFacts].made, 6U);
}

TEST_F(SqliteFacts, RebuildMendsFactsThatWereAltered) {
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
    EXPECT_FALSE(Check().differences[DerivedTable::kFacts].identical());
    const auto report = Rebuild();
    ASSERT_THAT(report, IsOk());
    EXPECT_FALSE((*report)[DerivedTable::kFacts].identical());
    EXPECT_TRUE(Check().nothing_is_wrong());
    EXPECT_TRUE(Rebuild()->identical());
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

TEST_F(SqliteFacts, GivesNoFactThatWasAltered) {
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
    ASSERT_THAT(Rebuild(), IsOk());
  }
}

// What the file's pages say of themselves: whatever it is, no registration goes missing unnoticed,
// and the facts are made anew on pages of their own. The entries are whole all the time.
TEST_F(SqliteFacts, RebuildMendsPagesOfFactsThatWereAltered) {
  Take();
  const LedgerHeads heads = *store_->Heads();
  store_.reset();
  const size_t page = PageOf("fact");
  const std::string whole = folder_.Read("store");
  constexpr size_t kHeaderBytes = 16;  // And the first places of cells.
  int mended = 0;
  for (size_t at = 0; at < kHeaderBytes; ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      SCOPED_TRACE(fmt::format("bit {} of byte {}", bit, at));
      std::string altered = whole;
      altered[page + at] =
          static_cast<char>(static_cast<unsigned char>(altered[page + at]) ^ (1U << bit));
      Put(altered);
      const CheckReport report = Check();
      EXPECT_THAT(report.findings, ::testing::IsEmpty());
      if (!report.differences.file_is_damaged) {
        continue;  // Where SQLite does not mind, as the bytes that are free in a page.
      }
      ++mended;
      {
        const auto opened = SqliteStore::Open(path_);
        EXPECT_TRUE(absl::IsDataLoss(opened.status()) ||
                    (*opened)
                        ->FindCredential(TheExchange().secretariat.certificate.fingerprint())
                        ->has_value());
      }
      ASSERT_THAT(Rebuild(), IsOk());
      EXPECT_TRUE(Check().nothing_is_wrong());
      Reopen();
      EXPECT_EQ(*store_->Heads(), heads);
      EXPECT_TRUE(
          store_->FindCredential(TheExchange().secretariat.certificate.fingerprint())->has_value());
      Take();
      store_.reset();
    }
  }
  EXPECT_GT(mended, 50);
}

TEST_F(SqliteFacts, DoesNotOpenOnceARegistrationIsAltered) {
  for (const std::string& alter :
       {std::string(kAlteredFacts[0]), std::string(kAlteredFacts[1]), std::string(kAlteredFacts[2]),
        std::string(kAlteredFacts[3]), std::string("UPDATE fact SET ledger = -1 WHERE")}) {
    SCOPED_TRACE(alter);
    Tamper((alter + " ledger = 0").c_str());
    const absl::Status opened = SqliteStore::Open(path_).status();
    EXPECT_THAT(opened, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(opened.message()), ::testing::HasSubstr("cbmd rebuild"));
    ASSERT_THAT(Rebuild(), IsOk());
    Reopen();
    EXPECT_TRUE(
        store_->FindCredential(TheExchange().secretariat.certificate.fingerprint())->has_value());
  }
}

TEST_F(SqliteFacts, RebuildWaitsForNoWriter) {
  const auto batch = store_->Write(absl::InfinitePast()).value();
  EXPECT_THAT(Rebuild(), HasCode(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace cbm::test
