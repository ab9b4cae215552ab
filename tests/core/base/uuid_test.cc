// Act ids are UUIDs of version 7: unique, and in the order in which they were made.

#include "core/base/uuid.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/support/fake_random.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::FakeRandom;
using ::cbm::test::HasCode;

TEST(Uuid, HoldsTheMillisecondOfItsMaking) {
  FakeRandom random;
  // The example of RFC 9562, appendix A.6, was made at this instant.
  const std::string text = FormatUuid(NewUuid(absl::FromUnixMillis(0x017F22E279B0), random));
  EXPECT_EQ(text.substr(0, 15), "017f22e2-79b0-7");
}

TEST(Uuid, IsReadBackFromItsText) {
  FakeRandom random;
  const std::string uuid = NewUuid(absl::FromUnixSeconds(1'773'180'000), random);
  EXPECT_TRUE(IsUuid(uuid));
  EXPECT_EQ(ParseUuid(FormatUuid(uuid)).value(), uuid);
}

TEST(Uuid, IsNeverTheSameTwice) {
  FakeRandom random;
  const absl::Time now = absl::FromUnixSeconds(1'773'180'000);
  EXPECT_NE(NewUuid(now, random), NewUuid(now, random));
}

TEST(Uuid, OfAnotherVersionOrShapeIsRefused) {
  for (const char* text :
       {"", "017f22e2-79b0-4cc3-98c4-dc0c0c07398f", "017f22e279b07cc398c4dc0c0c07398f",
        "017f22e2-79b0-7cc3-18c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0"}) {
    EXPECT_THAT(ParseUuid(text), HasCode(absl::StatusCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace cbm
