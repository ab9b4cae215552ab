#include "server/service/call.h"

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

TEST(RequestBytes, OfReadsAreFew) {
  EXPECT_LT(RequestBytesMax(CallKind::kRead, {}), 20'000U);
  EXPECT_GT(RequestBytesMax(CallKind::kAct, {}), 1'000'000U);
}

}  // namespace
}  // namespace cbm
