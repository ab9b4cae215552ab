// Digests against the examples of FIPS 180-4 (NIST, "SHA256.pdf" and the like): every hash in the
// log rests on these functions.

#include "core/crypto/digest.h"

#include <string>

#include "absl/status/status.h"
#include "core/base/hex.h"
#include "core/crypto/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

constexpr std::string_view kTwoBlocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

TEST(Digest, IsSha256) {
  EXPECT_EQ(ToHex(BytesOf(Sha256(""))),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(ToHex(BytesOf(Sha256("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(ToHex(BytesOf(Sha256(kTwoBlocks))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(ToHex(BytesOf(Sha256(std::string(1'000'000, 'a')))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Digest, IsOfPartsAsOfTheirConcatenation) {
  EXPECT_EQ(Sha256({"a", "", "bc"}), Sha256("abc"));
  EXPECT_EQ(Sha256({}), Sha256(""));
}

TEST(Digest, IsReadFromItsBytesAlone) {
  const Digest digest = Sha256("abc");
  const auto read = DigestFrom(BytesOf(digest));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(*read, digest);
  EXPECT_THAT(DigestFrom(BytesOf(digest).substr(1)), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(DigestFrom(std::string(33, 'x')), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(Hash, IsOfTheSha2Family) {
  EXPECT_EQ(ToHex(HashOf(Hash::kSha256, {"a", "bc"})), ToHex(BytesOf(Sha256("abc"))));
  EXPECT_EQ(ToHex(HashOf(Hash::kSha384, {"abc"})),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
            "8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(ToHex(HashOf(Hash::kSha512, {"abc"})),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(Hash, IsFoundByItsObjectIdentifier) {
  for (const Hash hash : {Hash::kSha256, Hash::kSha384, Hash::kSha512}) {
    EXPECT_EQ(HashNamed(ObjectIdentifierOf(hash)), hash) << NameOf(hash);
  }
  EXPECT_EQ(HashNamed("\x2b\x0e\x03\x02\x1a"), std::nullopt);  // SHA-1.
}

}  // namespace
}  // namespace cbm
