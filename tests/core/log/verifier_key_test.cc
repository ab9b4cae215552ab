// The text by which a log's key reaches those who check it, often typed or read aloud: a slip must
// not go unnoticed.

#include "core/log/verifier_key.h"

#include <string>

#include "absl/status/status.h"
#include "core/base/base64.h"
#include "core/base/hex.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

// From the known log of transparency-dev/tessera (tests/vectors).
constexpr const char* kText =
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

TEST(VerifierKey, ReadsAndWritesAKnownKey) {
  const auto key = ParseVerifierKey(kText);
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(key->name, "example.com/log/testdata");
  EXPECT_EQ(key->algorithm, NoteAlgorithm::kEd25519);
  EXPECT_EQ(key->id(), 0x33d7b496U);
  EXPECT_EQ(ToHex(key->public_key),
            "e1d3bb843784420c1cda9ce9f01232cab7aca371dbcd0d23ea0ee710859244b1");
  EXPECT_EQ(FormatVerifierKey(*key), kText);
}

TEST(VerifierKey, HasAnotherIdForAnotherNameOrAlgorithmOrKey) {
  const VerifierKey key{.name = "a", .public_key = std::string(32, 'k')};
  VerifierKey other = key;
  other.name = "b";
  EXPECT_NE(other.id(), key.id());
  other = key;
  other.algorithm = NoteAlgorithm::kCosignature;
  EXPECT_NE(other.id(), key.id());
  other = key;
  other.public_key.back() = 'x';
  EXPECT_NE(other.id(), key.id());
}

TEST(VerifierKey, ReadsWhatItWroteForEitherAlgorithm) {
  for (const NoteAlgorithm algorithm : {NoteAlgorithm::kEd25519, NoteAlgorithm::kCosignature}) {
    const VerifierKey key{
        .name = "w.example", .algorithm = algorithm, .public_key = std::string(32, 'k')};
    ASSERT_THAT(ParseVerifierKey(FormatVerifierKey(key)), IsOk());
    EXPECT_EQ(*ParseVerifierKey(FormatVerifierKey(key)), key);
  }
}

TEST(VerifierKey, RefusesASlipInAnyCharacter) {
  const std::string text = kText;
  for (size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'a', 'Z', '0', '+', ' ', '\n', '\xff'}) {
      std::string slipped = text;
      slipped[i] = c;
      if (slipped != text) {
        SCOPED_TRACE(slipped);
        EXPECT_FALSE(ParseVerifierKey(slipped).ok());
      }
    }
  }
}

TEST(VerifierKey, RefusesWhatIsMalformed) {
  const std::string key = ToBase64("\x01" + std::string(32, 'k'));
  for (const std::string& text :
       {std::string(), std::string("+"), std::string("++"), std::string("a+b"),
        fmt::format("+33d7b496+{}", key), fmt::format("a b+33d7b496+{}", key),
        fmt::format("a+33d7b4+{}", key), fmt::format("a+33d7b49600+{}", key),
        fmt::format("a++{}", key), fmt::format("a+33d7b496+"), fmt::format("a+33d7b496+AQ=="),
        fmt::format("a+33d7b496+{}", ToBase64("\x01" + std::string(31, 'k'))),
        fmt::format("a+33d7b496+{}", ToBase64("\x04" + std::string(33, 'k'))),
        std::string(kText) + "\n", " " + std::string(kText)}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(ParseVerifierKey(text), HasCode(absl::StatusCode::kInvalidArgument));
  }
}

TEST(VerifierKey, SaysOfAnUnknownAlgorithmThatItIsUnknown) {
  for (const char type : {'\x02', '\x05', '\x06', '\xff'}) {
    EXPECT_THAT(
        ParseVerifierKey(fmt::format("a+00000000+{}", ToBase64(type + std::string(1312, 'k')))),
        HasCode(absl::StatusCode::kUnimplemented));
  }
}

}  // namespace
}  // namespace cbm
