// What was answered is not lost with the power: it is on disk before a commit returns. Whoever ends
// the program alone, be it by SIGKILL, leaves what the kernel has, and would not find out.

#include "tests/contract/sqlite_store_fixture.h"
#include "tests/support/sync_count.h"

namespace cbm::test {
namespace {

TEST_F(SqliteStoreTest, HasEachCommitOnDiskWhenItReturns) {
  for (int i = 0; i < 3; ++i) {
    const auto batch = store_->Write(absl::InfiniteFuture()).value();
    const BuiltAct act = builder_.Build(*batch, {{.ledger = lv_}}, 1);
    ASSERT_THAT(batch->Append(act.act, act.contents, act.entries), IsOk());
    const uint64_t before = SyncsOf(path_ + "-wal");
    ASSERT_THAT(batch->Commit(), IsOk());
    EXPECT_GT(SyncsOf(path_ + "-wal"), before);
  }
}

// The log is written over from its beginning then: what it had must be on disk elsewhere.
TEST_F(SqliteStoreTest, HasTheDatabaseOnDiskBeforeItsLogIsWrittenOver) {
  Take();
  const uint64_t before = SyncsOf(path_);
  store_.reset();  // Moves what the log has to the database.
  EXPECT_GT(SyncsOf(path_), before);
}

}  // namespace
}  // namespace cbm::test
