// The proof file that a State keeps and can show to anyone (C2SP tlog-proof).

#include "core/log/tlog_proof.h"

#include <string>

#include "absl/status/status.h"
#include "core/base/base64.h"
#include "core/log/merkle_tree.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

constexpr const char* kOrigin = "log.example/1/state/EE";
constexpr uint64_t kTreeSize = 21;

Digest HashOfLeaf(uint64_t index) { return LeafHash(fmt::format("leaf {}", index)); }

NoteSigningKey Key() { return *NoteSigningKey::FromSeed(std::string(32, 'l')); }

VerifierKey LogKey() { return {.name = kOrigin, .public_key = Key().public_key()}; }

TlogProof ProofOf(uint64_t index) {
  MerkleTree tree;
  for (uint64_t i = 0; i < kTreeSize; ++i) {
    tree.Append(HashOfLeaf(i));
  }
  return {.extra = {},
          .index = index,
          .path = *tree.ProveInclusion(index),
          .checkpoint = *SignCheckpoint({.origin = kOrigin, .head = tree.Head()}, Key())};
}

TEST(TlogProof, ConvincesForEveryLeaf) {
  for (uint64_t index = 0; index < kTreeSize; ++index) {
    const auto checkpoint =
        VerifyTlogProof(FormatTlogProof(ProofOf(index)), HashOfLeaf(index), LogKey());
    ASSERT_THAT(checkpoint, IsOk());
    EXPECT_EQ(checkpoint->origin, kOrigin);
    EXPECT_EQ(checkpoint->head.size, kTreeSize);
  }
}

TEST(TlogProof, IsWrittenAsTheSpecificationHasIt) {
  TlogProof proof = ProofOf(20);
  ASSERT_EQ(proof.path.size(), 2U);
  const std::string tail = fmt::format("index 20\n{}\n{}\n\n{}", ToBase64(BytesOf(proof.path[0])),
                                       ToBase64(BytesOf(proof.path[1])), proof.checkpoint);
  EXPECT_EQ(FormatTlogProof(proof), "c2sp.org/tlog-proof@v1\n" + tail);
  proof.extra = "more";
  EXPECT_EQ(FormatTlogProof(proof), "c2sp.org/tlog-proof@v1\nextra bW9yZQ==\n" + tail);
}

TEST(TlogProof, ReadsWhatItWrote) {
  for (const std::string& extra : {std::string(), std::string("more\0", 5)}) {
    TlogProof proof = ProofOf(7);
    proof.extra = extra;
    const auto parsed = ParseTlogProof(FormatTlogProof(proof));
    ASSERT_THAT(parsed, IsOk());
    EXPECT_EQ(parsed->extra, proof.extra);
    EXPECT_EQ(parsed->index, proof.index);
    EXPECT_EQ(parsed->path, proof.path);
    EXPECT_EQ(parsed->checkpoint, proof.checkpoint);
  }
}

TEST(TlogProof, MayHaveNoPathInATreeOfOneLeaf) {
  MerkleTree tree;
  tree.Append(HashOfLeaf(0));
  const TlogProof proof{
      .extra = {},
      .index = 0,
      .path = {},
      .checkpoint = *SignCheckpoint({.origin = kOrigin, .head = tree.Head()}, Key())};
  EXPECT_THAT(VerifyTlogProof(FormatTlogProof(proof), HashOfLeaf(0), LogKey()), IsOk());
}

TEST(TlogProof, DoesNotConvinceForAnotherLeafOrIndexOrKey) {
  const auto lost = HasCode(absl::StatusCode::kDataLoss);
  TlogProof proof = ProofOf(7);
  EXPECT_THAT(VerifyTlogProof(FormatTlogProof(proof), HashOfLeaf(8), LogKey()), lost);
  VerifierKey other = LogKey();
  other.name = "log.example/1/state/FR";
  EXPECT_THAT(VerifyTlogProof(FormatTlogProof(proof), HashOfLeaf(7), other), lost);
  proof.index = 6;
  EXPECT_THAT(VerifyTlogProof(FormatTlogProof(proof), HashOfLeaf(7), LogKey()), lost);
  proof.index = UINT64_MAX;
  EXPECT_THAT(VerifyTlogProof(FormatTlogProof(proof), HashOfLeaf(7), LogKey()), lost);
}

TEST(TlogProof, DoesNotConvinceOnceAnyByteIsAltered) {
  std::string text = FormatTlogProof(ProofOf(7));
  for (char& byte : text) {
    byte = static_cast<char>(byte ^ 1);
    EXPECT_THAT(VerifyTlogProof(text, HashOfLeaf(7), LogKey()),
                HasCode(absl::StatusCode::kDataLoss));
    byte = static_cast<char>(byte ^ 1);
  }
}

TEST(TlogProof, DoesNotConvinceOnceCutShort) {
  const std::string text = FormatTlogProof(ProofOf(7));
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_THAT(VerifyTlogProof(text.substr(0, size), HashOfLeaf(7), LogKey()),
                HasCode(absl::StatusCode::kDataLoss));
  }
}

TEST(TlogProof, RefusesWhatIsMalformed) {
  const std::string head = "c2sp.org/tlog-proof@v1\n";
  const std::string hash = ToBase64(BytesOf(HashOfLeaf(0))) + "\n";
  const std::string tail = "\n" + ProofOf(7).checkpoint;
  ASSERT_THAT(ParseTlogProof(head + "index 0\n" + hash + tail), IsOk());
  for (const std::string& text : {std::string(),
                                  head,
                                  "index 0\n" + tail,
                                  "c2sp.org/tlog-proof@v2\nindex 0\n" + tail,
                                  head + tail,
                                  head + hash + tail,
                                  head + "index\n" + tail,
                                  head + "index \n" + tail,
                                  head + "index 00\n" + tail,
                                  head + "index -1\n" + tail,
                                  head + "index 0 \n" + tail,
                                  head + "index 18446744073709551616\n" + tail,
                                  head + "Index 0\n" + tail,
                                  head + "extra \nindex 0\n" + tail,
                                  head + "extra !\nindex 0\n" + tail,
                                  head + "index 0\nextra bW9yZQ==\n" + tail,
                                  head + "extra bW9yZQ==\nextra bW9yZQ==\nindex 0\n" + tail,
                                  head + "extra bW9yZQ==\n" + tail,
                                  head + "index 0\nAAAA\n" + tail,
                                  head + "index 0\n" + hash.substr(1) + tail,
                                  head + "index 0\n " + hash + tail,
                                  head + "index 0\n\n" + tail,
                                  head + "index 0\r\n" + tail,
                                  head + "index 0\n\n",
                                  head + "index 0\n\nnot a note\n",
                                  head + "index 0\n" + tail.substr(1),
                                  head + "index 0\n" + tail + "\n"}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(ParseTlogProof(text), HasCode(absl::StatusCode::kInvalidArgument));
  }
}

TEST(TlogProof, HasBounds) {
  TlogProof proof = ProofOf(7);
  proof.path.assign(kProofHashesMax, HashOfLeaf(0));
  EXPECT_THAT(ParseTlogProof(FormatTlogProof(proof)), IsOk());
  proof.path.push_back(HashOfLeaf(0));
  EXPECT_THAT(ParseTlogProof(FormatTlogProof(proof)), HasCode(absl::StatusCode::kInvalidArgument));
  proof = ProofOf(7);
  proof.extra.assign(kTlogProofBytesMax, 'x');
  EXPECT_THAT(ParseTlogProof(FormatTlogProof(proof)), HasCode(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace cbm
