// A disk that is full once SQLite's log has its length: acts overwrite the log, until its index has
// to grow. SQLite is given a file system here that has no room for that.

#include <sqlite3.h>

#include <string>

#include "gmock/gmock.h"
#include "tests/contract/sqlite_store_fixture.h"

namespace cbm::test {
namespace {

// The system's own file system, but for the index of a log, which may not grow while `is_full`.
class FileSystem {
 public:
  FileSystem() {
    static sqlite3_vfs without_room;  // As long as any database that was opened by it.
    System() = sqlite3_vfs_find(nullptr);
    without_room = *System();
    without_room.zName = "no room for an index";
    without_room.xOpen = Open;
    sqlite3_vfs_register(&without_room, /*makeDflt=*/1);
  }
  ~FileSystem() {
    IsFull() = false;
    sqlite3_vfs_register(System(), /*makeDflt=*/1);
  }
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;

  static bool& IsFull() {
    static bool is_full = false;
    return is_full;
  }

 private:
  static sqlite3_vfs*& System() {
    static sqlite3_vfs* system = nullptr;
    return system;
  }
  static const sqlite3_io_methods*& Methods() {
    static const sqlite3_io_methods* methods = nullptr;
    return methods;
  }
  static int Map(sqlite3_file* file, int region, int bytes, int extend, void volatile** mapped) {
    // There is always a first region.
    return IsFull() && extend != 0 && region > 0
               ? SQLITE_IOERR_SHMSIZE
               : Methods()->xShmMap(file, region, bytes, extend, mapped);
  }
  static int Open(sqlite3_vfs* /*self*/, const char* path, sqlite3_file* file, int flags,
                  int* out_flags) {
    static sqlite3_io_methods without_room;
    const int code = System()->xOpen(System(), path, file, flags, out_flags);
    if (code == SQLITE_OK && (flags & SQLITE_OPEN_MAIN_DB) != 0) {
      Methods() = file->pMethods;
      without_room = *file->pMethods;
      without_room.xShmMap = Map;
      file->pMethods = &without_room;
    }
    return code;
  }
};

TEST_F(SqliteStoreTest, TellsWhatCannotBeToldWhileTheIndexOfTheLogHasNoRoom) {
  const FileSystem file_system;
  Reopen();
  const auto reader = store_->Read(ee_).value();  // The log does not begin anew meanwhile.
  const auto commit = [&] {
    const auto batch = store_->Write(absl::InfiniteFuture()).value();
    const BuiltAct act = builder_.Build(*batch, {{.ledger = lv_}});
    EXPECT_THAT(batch->Append(act.act, act.contents, act.entries), IsOk());
    return batch->Commit().status();
  };
  FileSystem::IsFull() = true;
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
  FileSystem::IsFull() = false;
  EXPECT_THAT(commit(), IsOk());
  EXPECT_EQ(store_->Read(lv_).value()->Head(lv_)->size, static_cast<uint64_t>(kept) + 1);
}

}  // namespace
}  // namespace cbm::test
