#include "server/service/guard.h"

#include <stdexcept>

#include "gtest/gtest.h"

namespace cbm {
namespace {

TEST(Guard, FailsTheOneCallThatThrows) {
  EXPECT_EQ(Guard([] { return absl::NotFoundError("as it says"); }).code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(Guard([]() -> absl::Status { throw std::out_of_range("a fault of ours"); }).code(),
            absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace cbm
