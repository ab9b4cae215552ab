// What an authority revokes: read only from lists that it signed itself, whole, and that say no
// more than we understand.

#include "core/crypto/revocation_list.h"

#include <openssl/pem.h>

#include <memory>
#include <string>
#include <vector>

#include "core/crypto/openssl_handles.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_pki.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::Issued;
using ::cbm::test::kTestStart;
using ::cbm::test::ListOptions;
using ::cbm::test::TestPki;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kHold = 6;
constexpr int kRemoveFromList = 8;

std::string DerOf(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>> list(
      PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr));
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_CRL(list.get(), &bytes);
  const OpenSslBytes owner(bytes);
  return {reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)};
}

class ARevocationList : public testing::Test {
 protected:
  absl::StatusOr<std::vector<RevocationList>> Read(const std::string& bytes) const {
    return ReadRevocationLists(bytes, authorities_);
  }
  void ExpectRefused(const std::string& bytes, const std::string& why) const {
    const auto refused = Read(bytes);
    ASSERT_THAT(refused, HasCode(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr(why));
  }

  TestPki pki_;
  const Issued estonia_ = pki_.Issue("EE duty");
  const Issued latvia_ = pki_.Issue("LV duty");
  const std::vector<Certificate> authorities_ = {pki_.root()};
};

TEST_F(ARevocationList, SaysWhomItsAuthorityRevokesAndUntilWhenItIsFresh) {
  const auto lists =
      Read(pki_.IssueList({estonia_.certificate, latvia_.certificate}, {.number = 26}));
  ASSERT_THAT(lists, IsOk());
  ASSERT_THAT(*lists, SizeIs(1));
  const RevocationList& list = lists->front();
  EXPECT_EQ(list.issuer, pki_.root().subject());
  EXPECT_EQ(list.number, "1A");
  EXPECT_EQ(list.this_update, kTestStart - absl::Hours(1));
  EXPECT_EQ(list.next_update, kTestStart + absl::Hours(24 * 7));
  EXPECT_THAT(list.revoked,
              ElementsAre(NameInLists(estonia_.certificate), NameInLists(latvia_.certificate)));
}

TEST_F(ARevocationList, MayRevokeNobody) {
  const auto lists = Read(pki_.IssueList({}));
  ASSERT_THAT(lists, IsOk());
  EXPECT_THAT(lists->front().revoked, IsEmpty());
}

TEST_F(ARevocationList, ComesInDerAndSeveralInPem) {
  const std::string first = pki_.IssueList({estonia_.certificate});
  const std::string second = pki_.IssueList({latvia_.certificate});
  EXPECT_THAT(Read(DerOf(first)).value(), SizeIs(1));
  EXPECT_THAT(Read("Two of them:\n" + first + "\n" + second).value(), SizeIs(2));
}

TEST_F(ARevocationList, NamesACertificateHoweverItsIssuerIsSpelled) {
  const std::string name = NameInLists(estonia_.certificate);
  EXPECT_EQ(name, estonia_.certificate.serial() + " cn=test ca,o=test");
  EXPECT_TRUE(IsNameInLists(name));
  for (const std::string wrong : {"", "12", "12 ", " a", "xy a", "12 a\n"}) {
    EXPECT_FALSE(IsNameInLists(wrong)) << wrong;
  }
}

TEST_F(ARevocationList, CountsAHoldAndNothingThatIsTakenOff) {
  const std::vector<Certificate> named = {estonia_.certificate};
  EXPECT_THAT(Read(pki_.IssueList(named, {.reason = kHold})).value().front().revoked, SizeIs(1));
  EXPECT_THAT(Read(pki_.IssueList(named, {.reason = kRemoveFromList})).value().front().revoked,
              IsEmpty());
}

TEST_F(ARevocationList, IsNotReadUnlessItIsWhole) {
  const std::string pem = pki_.IssueList({estonia_.certificate});
  const std::string der = DerOf(pem);
  ExpectRefused("", "no revocation list");
  ExpectRefused("no list", "no revocation list");
  ExpectRefused(pki_.ca_pem(), "no whole revocation list");
  ExpectRefused(pem + pki_.ca_pem(), "no whole revocation list");
  ExpectRefused(der + "x", "something follows");
  for (size_t size = 1; size < pem.size() - 1; size += 7) {  // The last line feed is not missed.
    EXPECT_THAT(Read(pem.substr(0, size)), HasCode(absl::StatusCode::kInvalidArgument)) << size;
  }
  for (size_t size = 1; size < der.size(); size += 7) {
    EXPECT_THAT(Read(der.substr(0, size)), HasCode(absl::StatusCode::kInvalidArgument)) << size;
  }
}

TEST_F(ARevocationList, IsNotBelievedUnlessAnAuthorityOfThatNameSignedIt) {
  std::string altered = DerOf(pki_.IssueList({estonia_.certificate}));
  altered[altered.size() - 20] ^= 1;
  ExpectRefused(altered, "not signed by an authority of that name");
  TestPki same_name("Test CA");
  ExpectRefused(same_name.IssueList({estonia_.certificate}), "not signed by");
  TestPki other("Other CA");
  ExpectRefused(other.IssueList({estonia_.certificate}), "not signed by");
}

TEST_F(ARevocationList, OfAnIntermediateIsSignedByIt) {
  TestPki pki("Test CA", kTestStart, TestPki::Shape::kWithIntermediate);
  const Issued office = pki.Issue("EE duty");
  const std::string list = pki.IssueList({office.certificate});
  std::vector<Certificate> authorities = {pki.root()};
  EXPECT_THAT(ReadRevocationLists(list, authorities), HasCode(absl::StatusCode::kInvalidArgument));
  authorities.push_back(pki.intermediates().front());
  EXPECT_THAT(ReadRevocationLists(list, authorities), IsOk());
}

TEST_F(ARevocationList, IsNotBelievedOnASignatureThatCanBeForged) {
  ExpectRefused(pki_.IssueList({}, {.is_sha1 = true}), "which can be forged");
}

TEST_F(ARevocationList, DoesNotSpeakForOtherAuthorities) {
  ExpectRefused(pki_.IssueList({}, {.distribution_point = "critical,indirectCRL:TRUE"}),
                "speaks for other authorities");
  EXPECT_THAT(Read(pki_.IssueList({}, {.distribution_point = "critical,onlyuser:TRUE"})), IsOk());
}

}  // namespace
}  // namespace cbm
