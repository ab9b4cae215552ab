// Blocks of PEM: each is given once, in order, until somebody has enough.

#include "core/crypto/pem.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kTwo =
    "said before\n-----BEGIN ONE-----\nYQ==\n-----END ONE-----\nbetween\n"
    "-----BEGIN TWO-----\nYmM=\n-----END TWO-----\nafter\n";

class Pem : public testing::Test {
 protected:
  absl::Status Take(std::string_view pem, size_t enough = 10) {
    return ForEachPemBlock(pem, [&](std::string_view name, std::string_view bytes) {
      seen_.push_back(std::string(name) + " " + std::string(bytes));
      return seen_.size() < enough ? absl::OkStatus() : absl::CancelledError("enough");
    });
  }

  std::vector<std::string> seen_;
};

TEST_F(Pem, IsReadBlockAfterBlock) {
  EXPECT_THAT(Take(kTwo), IsOk());
  EXPECT_THAT(seen_, ElementsAre("ONE a", "TWO bc"));
}

TEST_F(Pem, IsReadNoFurtherThanWanted) {
  EXPECT_THAT(Take(kTwo, 1), HasCode(absl::StatusCode::kCancelled));
  EXPECT_THAT(seen_, ElementsAre("ONE a"));
}

TEST_F(Pem, MayBeEmpty) {
  EXPECT_THAT(Take("nothing here"), IsOk());
  EXPECT_THAT(seen_, IsEmpty());
}

TEST_F(Pem, IsRefusedWhereABlockIsNotWhole) {
  EXPECT_THAT(Take(kTwo.substr(0, kTwo.size() - 20)), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(seen_, ElementsAre("ONE a"));
}

}  // namespace
}  // namespace cbm
