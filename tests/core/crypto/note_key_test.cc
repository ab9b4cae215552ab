// Note keys against the examples of RFC 8032, section 7.1. The same key and bytes must give the
// same signature everywhere: a checkpoint is signed once and compared by others.

#include "core/crypto/note_key.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/base/hex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

struct Example {
  std::string_view seed;
  std::string_view public_key;
  std::string_view bytes;
  std::string_view signature;
};

const std::vector<Example>& Examples() {
  static const std::vector<Example> examples = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
       "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
       "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
      {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
       "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
       "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
       "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"}};
  return examples;
}

std::string Bytes(std::string_view hex) { return FromHex(hex).value(); }

TEST(NoteSigningKey, SignsAsTheExamplesOfTheRfc) {
  for (const Example& example : Examples()) {
    const auto key = NoteSigningKey::FromSeed(Bytes(example.seed));
    ASSERT_THAT(key, IsOk());
    EXPECT_EQ(ToHex(key->public_key()), example.public_key);
    EXPECT_EQ(ToHex(key->Sign(Bytes(example.bytes))), example.signature);
  }
}

TEST(NoteSigningKey, IsOfASeedOf32Bytes) {
  for (const size_t size : {0U, 31U, 33U, 64U}) {
    EXPECT_THAT(NoteSigningKey::FromSeed(std::string(size, 'x')),
                HasCode(absl::StatusCode::kInvalidArgument));
  }
}

TEST(NoteSigningKey, SignsAfterItWasMoved) {
  auto key = NoteSigningKey::FromSeed(Bytes(Examples()[1].seed));
  ASSERT_THAT(key, IsOk());
  const NoteSigningKey moved = *std::move(key);
  EXPECT_EQ(ToHex(moved.Sign("r")), Examples()[1].signature);
}

TEST(VerifyEd25519, AcceptsTheExamplesOfTheRfc) {
  for (const Example& example : Examples()) {
    EXPECT_TRUE(
        VerifyEd25519(Bytes(example.public_key), Bytes(example.bytes), Bytes(example.signature)));
  }
}

TEST(VerifyEd25519, RefusesOnceAnyBitIsAltered) {
  const Example& example = Examples()[2];
  const std::string key = Bytes(example.public_key);
  const std::string bytes = Bytes(example.bytes);
  const std::string signature = Bytes(example.signature);
  for (size_t bit = 0; bit < signature.size() * 8; ++bit) {
    std::string altered = signature;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(VerifyEd25519(key, bytes, altered)) << bit;
  }
  EXPECT_FALSE(VerifyEd25519(key, bytes + "x", signature));
  EXPECT_FALSE(VerifyEd25519(Bytes(Examples()[1].public_key), bytes, signature));
}

TEST(VerifyEd25519, RefusesWhatHasNotItsLength) {
  const Example& example = Examples()[0];
  const std::string key = Bytes(example.public_key);
  const std::string signature = Bytes(example.signature);
  EXPECT_FALSE(VerifyEd25519("", "", ""));
  EXPECT_FALSE(VerifyEd25519(key.substr(1), "", signature));
  EXPECT_FALSE(VerifyEd25519(key + "x", "", signature));
  EXPECT_FALSE(VerifyEd25519(key, "", signature.substr(1)));
  EXPECT_FALSE(VerifyEd25519(key, "", signature + "x"));
}

}  // namespace
}  // namespace cbm
