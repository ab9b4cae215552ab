// A database that may be read and not written: SQLite opens it all the same, and every act would
// fail later.

#include <string>

#include "gmock/gmock.h"
#include "tests/contract/faulty_file_system.h"
#include "tests/contract/sqlite_store_fixture.h"

namespace cbm::test {
namespace {

using ::testing::HasSubstr;

// Each that writes is looked at, the one for acts and the one that empties the log: when
// descriptors run out, the first may be opened to write and the next not.
TEST_F(SqliteStoreTest, IsNotOpenedWithAConnectionThatCanOnlyRead) {
  store_.reset();
  FaultyFileSystem file_system;
  const auto open = [&](int to_read) {
    file_system.OpenToRead(to_read);
    return SqliteStore::Open(path_);
  };
  ASSERT_THAT(open(0), IsOk());
  const int all = file_system.opened();
  ASSERT_GT(all, 2);
  EXPECT_THAT(open(1), IsOk());  // Only reads what the store was founded on.
  for (int number = 2; number <= all; ++number) {
    SCOPED_TRACE(number);
    const auto opened = open(number);
    EXPECT_EQ(file_system.opened(), number);
    EXPECT_THAT(opened, HasCode(absl::StatusCode::kUnavailable));
    EXPECT_THAT(std::string(opened.status().message()), HasSubstr("cannot be opened to write"));
  }
  store_ = open(0).value();
  Take();
  EXPECT_TRUE(Check().nothing_is_wrong());
}

}  // namespace
}  // namespace cbm::test
