// The answers of other people's implementations (tests/vectors/README.md): if we agree with them,
// their tools can check our log.

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/base64.h"
#include "core/base/hex.h"
#include "core/log/checkpoint.h"
#include "core/log/consistency_proof.h"
#include "core/log/frontier.h"
#include "core/log/inclusion_proof.h"
#include "core/log/merkle_tree.h"
#include "core/log/signed_note.h"
#include "core/log/tiles.h"
#include "core/log/verifier_key.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using Json = nlohmann::json;

std::ifstream Open(const std::string& name) {
  std::ifstream file("tests/vectors/" + name);
  EXPECT_TRUE(file.good()) << "run from the repository root";
  return file;
}

std::vector<Json> ReadLines(const std::string& name) {
  std::ifstream file = Open(name);
  std::vector<Json> cases;
  for (std::string line; std::getline(file, line);) {
    cases.push_back(Json::parse(line));
  }
  return cases;
}

Digest FromHexDigits(const Json& text) { return *DigestFrom(*FromHex(text.get<std::string>())); }

// Some cases hold texts where hashes should be. A Digest cannot: a hash that is nothing else's
// stands for them, equal where the same is said of the same.
Digest FromAnyBase64(const Json& text, std::string_view what) {
  const std::string bytes = *FromBase64(text.get<std::string>());
  return bytes.size() == kDigestBytes ? *DigestFrom(bytes) : Sha256({what, bytes});
}
Digest RootFrom(const Json& text) { return FromAnyBase64(text, "root"); }
Digest LeafFrom(const Json& text) { return FromAnyBase64(text, "leaf"); }
Digest NodeFrom(const Json& text) { return FromAnyBase64(text, "node"); }

std::vector<Digest> ProofFrom(const Json& proof, Digest (*read)(const Json&)) {
  std::vector<Digest> hashes;
  for (const Json& hash : proof) {  // A null has no elements.
    hashes.push_back(read(hash));
  }
  return hashes;
}

TEST(KnownAnswers, HashesAndRootsAndProofsOfAKnownTree) {
  std::ifstream file = Open("rfc6962-tree.json");
  const Json known = Json::parse(file);
  EXPECT_EQ(LeafHash("L123456"), FromHexDigits(known["leaf_L123456"]));
  EXPECT_EQ(Sha256({"\x01", "N123", "N456"}), FromHexDigits(known["node_N123_N456"]));
  MerkleTree tree;
  EXPECT_EQ(tree.Root(), FromHexDigits(known["roots_by_size_hex"][0]));
  for (size_t i = 0; i < known["leaf_inputs_hex"].size(); ++i) {
    const Digest leaf = LeafHash(*FromHex(known["leaf_inputs_hex"][i].get<std::string>()));
    EXPECT_EQ(leaf, FromHexDigits(known["leaf_hashes_hex"][i]));
    tree.Append(leaf);
    EXPECT_EQ(tree.Root(), FromHexDigits(known["roots_by_size_hex"][i + 1]));
  }
  ASSERT_EQ(tree.size(), 8U);
  ASSERT_EQ(known["inclusion"].size(), 36U);
  for (const Json& example : known["inclusion"]) {
    const LeafPosition at{.index = example["index"], .tree_size = example["size"]};
    const auto proof = tree.ProveInclusion(at);
    ASSERT_THAT(proof, IsOk());
    EXPECT_EQ(*proof, ProofFrom(example["proof"], FromHexDigits)) << example;
  }
  ASSERT_EQ(known["consistency"].size(), 36U);
  for (const Json& example : known["consistency"]) {
    const auto proof = tree.ProveConsistency({.from = example["size1"], .to = example["size2"]});
    ASSERT_THAT(proof, IsOk());
    EXPECT_EQ(*proof, ProofFrom(example["proof"], FromHexDigits)) << example;
  }
}

TEST(KnownAnswers, InclusionProofsToAcceptAndToRefuse) {
  const std::vector<Json> cases = ReadLines("rfc6962-inclusion.jsonl");
  ASSERT_EQ(cases.size(), 98U);
  int refused = 0;
  for (const Json& example : cases) {
    SCOPED_TRACE(example["case"].get<std::string>());
    const absl::Status status =
        VerifyInclusion(LeafFrom(example["leafHash"]),
                        {.index = example["leafIdx"].get<uint64_t>(),
                         .tree_size = example["treeSize"].get<uint64_t>()},
                        ProofFrom(example["proof"], NodeFrom), RootFrom(example["root"]));
    if (example["wantErr"].get<bool>()) {
      ++refused;
      EXPECT_THAT(status, HasCode(absl::StatusCode::kDataLoss));
    } else {
      EXPECT_THAT(status, IsOk());
    }
  }
  EXPECT_EQ(refused, 92);
}

// The only case on which we differ: its authors hold a proof from the empty tree for meaningless. A
// client or witness that saw the empty log needs the answer that any log begins with it (C2SP
// tlog-witness asks for the empty proof there).
constexpr std::string_view kFromEmptyTree =
    "consistency/additional/size1-is-zero-and-size2-is-not-zero.json";

TEST(KnownAnswers, ConsistencyProofsToAcceptAndToRefuse) {
  const std::vector<Json> cases = ReadLines("rfc6962-consistency.jsonl");
  ASSERT_EQ(cases.size(), 98U);
  int refused = 0;
  for (const Json& example : cases) {
    SCOPED_TRACE(example["case"].get<std::string>());
    const absl::Status status = VerifyConsistency(
        {.size = example["size1"].get<uint64_t>(), .root = RootFrom(example["root1"])},
        {.size = example["size2"].get<uint64_t>(), .root = RootFrom(example["root2"])},
        ProofFrom(example["proof"], NodeFrom));
    if (example["case"] == kFromEmptyTree) {
      EXPECT_THAT(status, IsOk());
    } else if (example["wantErr"].get<bool>()) {
      ++refused;
      EXPECT_THAT(status, HasCode(absl::StatusCode::kDataLoss));
    } else {
      EXPECT_THAT(status, IsOk());
    }
  }
  EXPECT_EQ(refused, 91);
}

class KnownLogTest : public ::testing::Test, public TileSource {
 protected:
  KnownLogTest() {
    std::ifstream file = Open("tlog-tiles-log15.json");
    known_ = Json::parse(file);
    key_ = *ParseVerifierKey(known_["vkey"].get<std::string>());
    for (const Json& leaf : known_["leaves"]) {
      leaves_.push_back(LeafHash(leaf.get<std::string>()));
    }
  }

  absl::StatusOr<std::string> ReadTile(TileId) override { return absl::NotFoundError("none"); }
  absl::StatusOr<std::string> ReadLeafHashes(uint64_t from, unsigned count) override {
    const std::string tile = *FromHex(known_["tiles_level0"]["15"].get<std::string>());
    return tile.substr(from * kDigestBytes, count * kDigestBytes);
  }

  // The entries of a bundle: each after its length in two bytes.
  std::vector<std::string> EntriesOf(uint64_t size) {
    const std::string bundle =
        *FromHex(known_["entry_bundles"][std::to_string(size)].get<std::string>());
    std::vector<std::string> entries;
    for (size_t at = 0; at < bundle.size();) {
      const size_t length = static_cast<size_t>(static_cast<unsigned char>(bundle.at(at))) << 8 |
                            static_cast<unsigned char>(bundle.at(at + 1));
      entries.push_back(bundle.substr(at + 2, length));
      at += 2 + length;
    }
    return entries;
  }

  Json known_;
  VerifierKey key_;
  std::vector<Digest> leaves_;
};

TEST_F(KnownLogTest, HasCheckpointsThatOpenAndRootsThatAgree) {
  ASSERT_EQ(known_["checkpoints"].size(), 16U);
  Frontier frontier;
  std::optional<TreeHead> last;
  for (uint64_t size = 0; size <= 15; ++size) {
    SCOPED_TRACE(size);
    const auto checkpoint = OpenCheckpoint(known_["checkpoints"][size].get<std::string>(), key_);
    ASSERT_THAT(checkpoint, IsOk());
    EXPECT_EQ(checkpoint->origin, key_.name);
    EXPECT_EQ(checkpoint->head, frontier.Head());
    const auto root = RootAt(*this, size);
    ASSERT_THAT(root, IsOk());
    EXPECT_EQ(*root, checkpoint->head.root);
    if (last.has_value()) {
      const auto proof = ProveConsistency(*this, {.from = last->size, .to = size});
      ASSERT_THAT(proof, IsOk());
      EXPECT_THAT(VerifyConsistency(*last, checkpoint->head, *proof), IsOk());
    }
    last = checkpoint->head;
    if (size < 15) {
      frontier.Append(leaves_[size]);
    }
  }
}

TEST_F(KnownLogTest, HasTheTilesThatWePublish) {
  for (uint64_t size = 1; size <= 15; ++size) {
    SCOPED_TRACE(size);
    const std::string known =
        *FromHex(known_["tiles_level0"][std::to_string(size)].get<std::string>());
    const auto tile = TileAt(*this, {.level = 0, .index = 0}, size);
    ASSERT_THAT(tile, IsOk());
    EXPECT_EQ(tile->hashes, known);
    const std::vector<std::string> entries = EntriesOf(size);
    ASSERT_EQ(entries.size(), size);
    std::string hashes;
    for (const std::string& entry : entries) {
      hashes += BytesOf(LeafHash(entry));
    }
    EXPECT_EQ(hashes, known);
  }
}

TEST_F(KnownLogTest, HasCheckpointsThatDoNotOpenUnderAnotherSize) {
  for (uint64_t size = 1; size <= 15; ++size) {
    std::string note = known_["checkpoints"][size].get<std::string>();
    const std::string line = fmt::format("\n{}\n", size);
    note.replace(note.find(line), line.size(), fmt::format("\n{}\n", size + 1));
    EXPECT_THAT(OpenCheckpoint(note, key_), HasCode(absl::StatusCode::kDataLoss));
  }
}

// The example in the documentation of golang.org/x/mod/sumdb/note (BSD-3-Clause).
TEST(KnownAnswers, ANoteThatGoSigned) {
  const auto key =
      ParseVerifierKey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  ASSERT_THAT(key, IsOk());
  const auto note = ParseSignedNote(
      "If you think cryptography is the answer to your problem,\n"
      "then you don't know what your problem is.\n\n"
      "\xe2\x80\x94 PeterNeumann "
      "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
      "qdngotpRZb6KE6RyyBwJnAM=\n");
  ASSERT_THAT(note, IsOk());
  EXPECT_THAT(VerifyNote(*note, std::vector<VerifierKey>{*key}), IsOk());
}

}  // namespace
}  // namespace cbm
