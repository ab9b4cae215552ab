// The log's file before it is needed: long, and nothing to SQLite.

#include "server/store/wal_file.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "server/store/sqlite.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_folder.h"

namespace cbm {
namespace {

using ::cbm::test::IsOk;
using ::cbm::test::TemporaryFolder;

constexpr uint64_t kBytes = 1'000'000;
constexpr uint64_t kStep = 300'000;

class WalFile : public ::testing::Test {
 protected:
  std::string Make(std::string_view bytes) {
    const std::string path = folder_ / "db-wal";
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  TemporaryFolder folder_;
};

TEST_F(WalFile, GrowsStepByStepAndNoFurther) {
  const std::string path = Make("what is there");
  EXPECT_TRUE(LengthenWal(path, kBytes, kStep));
  EXPECT_EQ(std::filesystem::file_size(path), 13 + kStep);
  EXPECT_TRUE(LengthenWal(path, kBytes, kStep));
  EXPECT_TRUE(LengthenWal(path, kBytes, kStep));
  EXPECT_FALSE(LengthenWal(path, kBytes, kStep));
  EXPECT_EQ(std::filesystem::file_size(path), kBytes);
  EXPECT_FALSE(LengthenWal(path, kBytes, kStep));
  EXPECT_EQ(std::filesystem::file_size(path), kBytes);
  SyncWal(path);
  std::string begins(13, '\0');
  std::ifstream(path, std::ios::binary).read(begins.data(), 13);
  EXPECT_EQ(begins, "what is there");
}

TEST_F(WalFile, IsNotMade) {
  const std::string path = folder_ / "none-wal";
  EXPECT_FALSE(LengthenWal(path, kBytes, kStep));
  SyncWal(path);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(WalFile, TakesNotTheLastOfTheDisk) {
  const std::string path = Make("");
  const uint64_t free = std::filesystem::space(path).available;
  EXPECT_FALSE(LengthenWal(path, free / 2, kStep));
  EXPECT_EQ(std::filesystem::file_size(path), 0U);
}

// What was committed before and after is there for one who finds the files as a crash left them.
TEST_F(WalFile, MeansNothingToSqlite) {
  const std::string path = folder_ / "a.db";
  std::ofstream(path, std::ios::binary).flush();
  auto connection = Connection::Open(path);
  ASSERT_THAT(connection, IsOk());
  ASSERT_THAT((*connection)
                  ->Execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
                            "CREATE TABLE t(x)"),
              IsOk());
  const auto add = [&] { ASSERT_THAT((*connection)->Execute("INSERT INTO t VALUES(1)"), IsOk()); };
  const auto lengthen = [&](uint64_t bytes) {
    ASSERT_THAT((*connection)->Execute("BEGIN IMMEDIATE"), IsOk());
    LengthenWal(path + "-wal", bytes, kBytes);
    ASSERT_THAT((*connection)->Execute("ROLLBACK"), IsOk());
    ASSERT_EQ(std::filesystem::file_size(path + "-wal"), bytes);
  };
  add();
  lengthen(kBytes);
  add();
  ASSERT_THAT((*connection)->Execute("PRAGMA wal_checkpoint(TRUNCATE)"), IsOk());
  lengthen(kBytes);  // Of a log that has not even begun.
  const std::string copy = folder_ / "b.db";
  const auto expect_rows = [&](int rows) {
    for (const char* const ending : {"", "-wal"}) {
      std::filesystem::copy_file(path + ending, copy + ending,
                                 std::filesystem::copy_options::overwrite_existing);
    }
    auto opened = Connection::Open(copy);
    ASSERT_THAT(opened, IsOk());
    Query query(**opened, "SELECT count(*) FROM t");
    ASSERT_TRUE(query.Next().value());
    EXPECT_EQ(query.Integer(0), rows);
  };
  expect_rows(2);
  add();
  expect_rows(3);
}

}  // namespace
}  // namespace cbm
