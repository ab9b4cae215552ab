// A disk that is full once SQLite's log has its length: acts overwrite the log, until its index has
// to grow. SQLite is given a file system here that has no room for that.

#include "gmock/gmock.h"
#include "tests/contract/faulty_file_system.h"
#include "tests/contract/sqlite_store_fixture.h"

namespace cbm::test {
namespace {

TEST_F(SqliteStoreTest, TellsWhatCannotBeToldWhileTheIndexOfTheLogHasNoRoom) {
  FaultyFileSystem file_system;
  Reopen();
  const auto reader = store_->Read(ee_).value();  // The log does not begin anew meanwhile.
  const auto commit = [&] {
    const auto batch = store_->Write(absl::InfiniteFuture()).value();
    const BuiltAct act = builder_.Build(*batch, {{.ledger = lv_}});
    EXPECT_THAT(batch->Append(act.act, act.contents, act.entries), IsOk());
    return batch->Commit().status();
  };
  file_system.SetFull(true);
  constexpr int kCommitsMax = 4'000;  // Each has more than one page, and a region 4,062.
  int kept = 0;
  absl::Status failed = commit();
  for (; failed.ok() && kept < kCommitsMax; failed = commit()) {
    ++kept;
  }
  EXPECT_GT(kept, 100);
  EXPECT_THAT(failed, HasCode(absl::StatusCode::kUnknown));
  EXPECT_THAT(commit(), HasCode(absl::StatusCode::kUnknown));
  // Reads go on, and once there is room so does all else.
  EXPECT_EQ(store_->Read(lv_).value()->Head(lv_)->size, static_cast<uint64_t>(kept));
  file_system.SetFull(false);
  EXPECT_THAT(commit(), IsOk());
  EXPECT_EQ(store_->Read(lv_).value()->Head(lv_)->size, static_cast<uint64_t>(kept) + 1);
}

}  // namespace
}  // namespace cbm::test
