// Signatures of acts at random: no mutation of a good one is taken, and whatever is taken OpenSSL
// takes as well.

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/crypto/cms_signature.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "tests/core/crypto/cms_by_hand.h"

namespace cbm::test {
namespace {

using CmsAtRandom = CmsCase;

std::string Mutated(std::string bytes, std::mt19937_64& random) {
  for (uint64_t count = 1 + random() % 4; count > 0 && !bytes.empty(); --count) {
    const size_t at = random() % bytes.size();
    switch (random() % 4) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes.insert(at, 1, static_cast<char>(random()));
        break;
      case 2:
        bytes.erase(at, 1 + random() % 8);
        break;
      default:
        bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 40));
    }
  }
  return bytes;
}

TEST_F(CmsAtRandom, IsRefusedAfterAnyMutation) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  const std::vector<std::string> originals = {
      Signed(office_), SignedByOpenssl(office_, {"-nocerts", "-cades", "-md", "sha256"})};
  for (int count = 0; count < 20'000; ++count) {
    const std::string& original = originals[random() % originals.size()];
    const std::string mutated = Mutated(original, random);
    if (mutated != original) {
      ASSERT_FALSE(VerifyDetached(office_.certificate, mutated, kAct).ok()) << count;
    }
  }
}

// A dishonest office may sign what it likes. Whatever we take of it, others must be able to check.
TEST_F(CmsAtRandom, IsAcceptedByOpensslWheneverItIsByUs) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  const std::string value = der::Encode(
      der::kSequence, {der::Encode(der::kInteger, {"\x05"}), OctetString("abc"),
                       der::Encode(0x17, {"260310220000Z"}), der::Encode(0x01, {"\xff"})});
  int accepted = 0;
  for (int count = 0; count < 2'000; ++count) {
    std::vector<std::string> attributes = {
        ContentType(), MessageDigest(), SigningCertificate(office_.certificate, "", Hash::kSha256),
        Attribute(kIdUnknown, value)};
    std::string& chosen = attributes[random() % attributes.size()];
    chosen = Mutated(chosen, random);
    const std::string signature = Sign(office_, {.attributes = InOrder(attributes)});
    if (VerifyDetached(office_.certificate, signature, kAct).ok()) {
      ++accepted;
      ASSERT_TRUE(OpensslAccepts(office_.certificate, signature)) << count;
    }
  }
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace cbm::test
