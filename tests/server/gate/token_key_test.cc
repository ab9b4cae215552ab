// A key on a token: what can be told without one. With one: tests/e2e/pkcs11_test.py.

#include "server/gate/token_key.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(AKeyOnAToken, IsKnownByItsUri) {
  EXPECT_TRUE(IsTokenKey("pkcs11:token=cbm;object=server"));
  for (const std::string key : {"", "pkcs11", "/etc/pkcs11:", "-----BEGIN EC PARAMETERS-----"}) {
    EXPECT_FALSE(IsTokenKey(key)) << key;
  }
}

TEST(AKeyOnAToken, IsNotHadWithoutTheLibraryOfItsMaker) {
  const auto refused = LoadTokenKey("pkcs11:object=server", "/nothing/module.so", "471147");
  ASSERT_THAT(refused, HasCode(absl::StatusCode::kInvalidArgument));
  const std::string message(refused.status().message());
  EXPECT_THAT(message, HasSubstr("/nothing/module.so"));
  EXPECT_THAT(message, Not(HasSubstr("471147")));
}

}  // namespace
}  // namespace cbm
