// Secrets: that their type leaves no way to copy or print one, and that moving leaves nothing.

#include "core/crypto/secret.h"

#include <ostream>
#include <set>
#include <string>
#include <type_traits>
#include <utility>

#include "core/crypto/system_random.h"
#include "gtest/gtest.h"

namespace cbm {
namespace {

template <typename T>
concept Printable = requires(std::ostream& stream, const T& value) {
  stream << value;
};

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);
static_assert(std::is_nothrow_move_constructible_v<SecretBytes>);
static_assert(!std::is_convertible_v<std::string_view, SecretBytes>);
static_assert(!Printable<SecretBytes>);

TEST(SecretBytes, HoldsWhatItWasGiven) {
  const SecretBytes secret(std::string_view("ab\0c", 4));
  EXPECT_EQ(secret.size(), 4U);
  EXPECT_EQ(secret.Reveal(), std::string_view("ab\0c", 4));
  EXPECT_EQ(SecretBytes().size(), 0U);
}

TEST(SecretBytes, TakesAndWipesItsSource) {
  std::string source = "short";  // Short enough to lie in the string itself.
  const char* const place = source.data();
  const SecretBytes secret = SecretBytes::TakeFrom(source);
  EXPECT_EQ(secret.Reveal(), "short");
  EXPECT_TRUE(source.empty());
  for (size_t index = 0; index < 5; ++index) {
    EXPECT_EQ(place[index], '\0');
  }
}

TEST(SecretBytes, LeavesNothingWhenMoved) {
  SecretBytes first("one");
  SecretBytes second = std::move(first);
  EXPECT_EQ(first.size(), 0U);  // NOLINT(bugprone-use-after-move): what the header promises.
  EXPECT_EQ(second.Reveal(), "one");
  SecretBytes third("three");
  third = std::move(second);
  EXPECT_EQ(third.Reveal(), "one");
  EXPECT_EQ(second.size(), 0U);  // NOLINT(bugprone-use-after-move): what the header promises.
}

TEST(SecretBytes, EqualsWhatHasTheSameBytes) {
  EXPECT_TRUE(SecretBytes("abc") == SecretBytes("abc"));
  EXPECT_TRUE(SecretBytes() == SecretBytes(""));
  EXPECT_FALSE(SecretBytes("abc") == SecretBytes("abd"));
  EXPECT_FALSE(SecretBytes("abc") == SecretBytes("ab"));
}

TEST(SystemRandom, GivesOtherBytesEachTime) {
  SystemRandom random;
  EXPECT_TRUE(random.Bytes(0).empty());
  std::set<std::string> seen;
  for (int count = 0; count < 1000; ++count) {
    const std::string bytes = random.Bytes(16);
    EXPECT_EQ(bytes.size(), 16U);
    EXPECT_TRUE(seen.insert(bytes).second);
  }
}

}  // namespace
}  // namespace cbm
