// What is kept of credentials: never what a commit may have changed meanwhile.

#include "server/store/credential_cache.h"

#include "core/crypto/digest.h"
#include "gtest/gtest.h"

namespace cbm {
namespace {

TEST(CredentialCache, FindsWhatWasKeptAndNothingElse) {
  CredentialCache cache;
  cache.Keep(Sha256("one"), "registered", cache.generation());
  EXPECT_EQ(cache.Find(Sha256("one")), "registered");
  EXPECT_EQ(cache.Find(Sha256("another")), std::nullopt);
}

TEST(CredentialCache, HasNothingAfterItForgot) {
  CredentialCache cache;
  cache.Keep(Sha256("one"), "registered", cache.generation());
  cache.Forget();
  EXPECT_EQ(cache.Find(Sha256("one")), std::nullopt);
}

TEST(CredentialCache, DoesNotKeepWhatWasReadBeforeItForgot) {
  CredentialCache cache;
  const uint64_t before = cache.generation();
  cache.Forget();  // Between the reading and the keeping.
  cache.Keep(Sha256("one"), "as it was before", before);
  EXPECT_EQ(cache.Find(Sha256("one")), std::nullopt);
}

TEST(CredentialCache, IsBounded) {
  CredentialCache cache;
  for (int i = 0; i < 5'000; ++i) {
    cache.Keep(Sha256(std::to_string(i)), "registered", cache.generation());
  }
  EXPECT_EQ(cache.Find(Sha256("0")), std::nullopt);
  EXPECT_EQ(cache.Find(Sha256("4999")), "registered");
}

}  // namespace
}  // namespace cbm
