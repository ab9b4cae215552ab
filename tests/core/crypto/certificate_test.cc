// Certificates: what is read from them, and that one certificate has one encoding, since an office
// is known by its fingerprint.

#include "core/crypto/certificate.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/hex.h"
#include "core/crypto/secret.h"
#include "core/crypto/signing_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/run_command.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_pki.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::Issued;
using ::cbm::test::IssueOptions;
using ::cbm::test::kTestStart;
using ::cbm::test::RunCommand;
using ::cbm::test::TemporaryFolder;
using ::cbm::test::TestKey;
using ::cbm::test::TestPki;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(Certificate, SaysWhatItHolds) {
  TestPki pki;
  const Certificate certificate = pki.Issue("EE duty").certificate;
  EXPECT_EQ(certificate.subject(), "CN=EE duty,O=Test");
  EXPECT_EQ(certificate.issuer(), "CN=Test CA,O=Test");
  EXPECT_EQ(certificate.not_before(), kTestStart - absl::Hours(24));
  EXPECT_EQ(certificate.not_after(), kTestStart + absl::Hours(24 * 365));
  EXPECT_EQ(certificate.key_kind(), KeyKind::kP256);
  EXPECT_EQ(certificate.key_description(), "EC P-256");
  EXPECT_FALSE(certificate.is_authority());
  EXPECT_EQ(certificate.fingerprint(), Sha256(certificate.der()));
  EXPECT_THAT(certificate.Name(),
              HasSubstr("CN=EE duty,O=Test (issuer CN=Test CA,O=Test, serial "));
  EXPECT_TRUE(pki.root().is_authority());
}

TEST(Certificate, SaysWhatTheOpensslProgramSays) {
  TestPki pki;
  const TemporaryFolder folder;
  const Issued issued = pki.Issue("EE duty");
  const auto said =
      RunCommand({"openssl", "x509", "-in", folder.Write("c.pem", issued.certificate_pem), "-noout",
                  "-serial", "-subject", "-nameopt", "RFC2253", "-fingerprint", "-sha256"});
  ASSERT_EQ(said.exit_code, 0) << said.errors;
  EXPECT_THAT(said.output, HasSubstr("serial=" + issued.certificate.serial() + "\n"));
  EXPECT_THAT(said.output, HasSubstr("subject=" + issued.certificate.subject() + "\n"));
  std::string fingerprint;
  for (const char c : said.output.substr(said.output.rfind('=') + 1)) {
    if (c != ':' && c != '\n') {
      fingerprint.push_back(c);
    }
  }
  EXPECT_EQ(FromHex(fingerprint).value(), BytesOf(issued.certificate.fingerprint()));
}

TEST(Certificate, WritesNamesSafeToPrint) {
  TestPki pki;
  EXPECT_EQ(pki.Issue("a\x1b[2Jb").certificate.subject(), "CN=a\\1B[2Jb,O=Test");
  EXPECT_EQ(pki.Issue("\xc3\x89tat, 1").certificate.subject(), "CN=\\C3\\89tat\\, 1,O=Test");
}

TEST(Certificate, IsTheSameAgainFromDerAndPem) {
  TestPki pki;
  const Issued issued = pki.Issue("EE duty", {.key = TestKey::kP384});
  const auto from_der = Certificate::FromDer(issued.certificate.der());
  const auto from_pem =
      Certificate::FromPem("Some words.\n" + issued.certificate.pem() + "More.\n");
  ASSERT_THAT(from_der, IsOk());
  ASSERT_THAT(from_pem, IsOk());
  EXPECT_EQ(*from_der, issued.certificate);
  EXPECT_EQ(*from_pem, issued.certificate);
  EXPECT_EQ(from_pem->key_kind(), KeyKind::kP384);
  EXPECT_FALSE(*from_der == pki.root());
}

TEST(Certificate, RefusesBytesThatAreNotExactlyOne) {
  TestPki pki;
  const std::string der = pki.Issue("EE duty").certificate.der();
  EXPECT_THAT(Certificate::FromDer(""), HasCode(kInvalid));
  EXPECT_THAT(Certificate::FromDer(der + "x"), HasCode(kInvalid));
  EXPECT_THAT(Certificate::FromDer(der + der), HasCode(kInvalid));
  for (size_t size = 0; size < der.size(); size += 7) {
    EXPECT_THAT(Certificate::FromDer(der.substr(0, size)), HasCode(kInvalid)) << size;
  }
  EXPECT_THAT(Certificate::FromDer(std::string(kCertificateBytesMax + 1, '0')).status().message(),
              HasSubstr("16384"));
}

TEST(Certificate, RefusesASecondEncodingOfItself) {
  TestPki pki;
  const std::string der = pki.Issue("EE duty").certificate.der();
  // The same content under an outer tag of indefinite length: BER, but not DER.
  const std::string indefinite =
      std::string("\x30\x80", 2) + der.substr(4) + std::string("\0\0", 2);
  EXPECT_THAT(Certificate::FromDer(indefinite), HasCode(kInvalid));
}

TEST(Certificate, RefusesPemWithAnythingElse) {
  TestPki pki;
  const Issued issued = pki.Issue("EE duty");
  EXPECT_THAT(Certificate::FromPem(""), HasCode(kInvalid));
  EXPECT_THAT(Certificate::FromPem("no PEM"), HasCode(kInvalid));
  EXPECT_THAT(Certificate::FromPem(issued.certificate_pem + issued.certificate_pem),
              HasCode(kInvalid));
  const auto with_key = Certificate::FromPem(issued.certificate_pem + issued.key_pem);
  EXPECT_THAT(with_key, HasCode(kInvalid));
  EXPECT_THAT(with_key.status().message(), HasSubstr("'PRIVATE KEY'"));
  EXPECT_THAT(Certificate::FromPem(issued.certificate_pem.substr(0, 300)), HasCode(kInvalid));
}

TEST(Certificate, OfAnOfficeIsFitToSignAndToConnect) {
  TestPki pki;
  for (const TestKey key : {TestKey::kP256, TestKey::kP384}) {
    const Certificate certificate = pki.Issue("EE duty", {.key = key}).certificate;
    EXPECT_THAT(certificate.CheckFitToSign(), IsOk());
    EXPECT_THAT(certificate.CheckFitToConnect(), IsOk());
  }
  const Certificate unlimited =
      pki.Issue("EE duty", {.key_usage = "", .extended_key_usage = ""}).certificate;
  EXPECT_THAT(unlimited.CheckFitToSign(), IsOk());
  EXPECT_THAT(unlimited.CheckFitToConnect(), IsOk());
}

TEST(Certificate, IsNotFitForWhatItsUsagesLeaveOut) {
  TestPki pki;
  const Certificate agrees = pki.Issue("EE duty", {.key_usage = "keyAgreement"}).certificate;
  EXPECT_THAT(agrees.CheckFitToSign(), HasCode(kInvalid));
  EXPECT_THAT(agrees.CheckFitToSign().message(), HasSubstr("digitalSignature"));
  EXPECT_THAT(agrees.CheckFitToConnect(), IsOk());
  const Certificate mails =
      pki.Issue("EE duty", {.extended_key_usage = "serverAuth,emailProtection"}).certificate;
  EXPECT_THAT(mails.CheckFitToConnect(), HasCode(kInvalid));
  EXPECT_THAT(mails.CheckFitToConnect().message(), HasSubstr("clientAuth"));
  EXPECT_THAT(mails.CheckFitToSign(), IsOk());
}

TEST(Certificate, OfAnRsaKeyConnectsButDoesNotSign) {
  TestPki pki;
  const Certificate certificate = pki.Issue("EE duty", {.key = TestKey::kRsa2048}).certificate;
  EXPECT_EQ(certificate.key_kind(), KeyKind::kOther);
  EXPECT_EQ(certificate.key_description(), "RSA 2048");
  EXPECT_THAT(certificate.CheckFitToConnect(), IsOk());
  EXPECT_THAT(certificate.CheckFitToSign(), HasCode(kInvalid));
  EXPECT_THAT(certificate.CheckFitToSign().message(), HasSubstr("RSA 2048"));
}

TEST(Certificate, OfAnAuthorityIsFitForNothing) {
  TestPki pki;
  EXPECT_THAT(pki.root().CheckFitToSign(), HasCode(kInvalid));
  EXPECT_THAT(pki.root().CheckFitToConnect(), HasCode(kInvalid));
}

TEST(PemChain, IsReadLeafFirst) {
  TestPki pki("Test CA", kTestStart, TestPki::Shape::kWithIntermediate);
  const Issued issued = pki.Issue("EE duty");
  const auto chain = ParsePemChain(issued.chain_pem + pki.root().pem());
  ASSERT_THAT(chain, IsOk());
  EXPECT_THAT(*chain, ElementsAre(issued.certificate, pki.intermediates().front(), pki.root()));
}

TEST(PemChain, RefusesAnotherOrder) {
  TestPki pki("Test CA", kTestStart, TestPki::Shape::kWithIntermediate);
  const Issued issued = pki.Issue("EE duty");
  const auto chain = ParsePemChain(pki.intermediates().front().pem() + issued.certificate_pem);
  EXPECT_THAT(chain, HasCode(kInvalid));
  EXPECT_THAT(chain.status().message(), HasSubstr("did not issue it"));
}

TEST(PemChain, RefusesMoreThanEight) {
  const TestPki pki;
  std::string pem;
  for (size_t count = 0; count < kChainCertificatesMax; ++count) {
    pem += pki.root().pem();
  }
  EXPECT_THAT(ParsePemChain(pem), IsOk());
  EXPECT_THAT(ParsePemChain(pem + pki.root().pem()), HasCode(kInvalid));
}

TEST(SigningKey, MatchesItsOwnCertificateAlone) {
  TestPki pki;
  const Issued first = pki.Issue("EE duty");
  const Issued second = pki.Issue("EE duty");
  const Issued rsa = pki.Issue("EE duty", {.key = TestKey::kRsa2048});
  EXPECT_TRUE(first.key->Matches(first.certificate));
  EXPECT_FALSE(first.key->Matches(second.certificate));
  EXPECT_FALSE(first.key->Matches(rsa.certificate));
}

TEST(SigningKey, IsReadFromPkcs8AndEc) {
  TestPki pki;
  const TemporaryFolder folder;
  const Issued issued = pki.Issue("EE duty", {.key = TestKey::kP384});
  const auto traditional =
      RunCommand({"openssl", "ec", "-in", folder.Write("k.pem", issued.key_pem)});
  ASSERT_THAT(traditional.output, HasSubstr("BEGIN EC PRIVATE KEY"));
  const auto key = SigningKey::FromPem(SecretBytes(traditional.output));
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(key->kind(), KeyKind::kP384);
  EXPECT_TRUE(key->Matches(issued.certificate));
}

TEST(SigningKey, RefusesEncryptedAndOtherKeys) {
  TestPki pki;
  const TemporaryFolder folder;
  const Issued issued = pki.Issue("EE duty");
  const auto encrypted =
      RunCommand({"openssl", "pkcs8", "-topk8", "-in", folder.Write("k.pem", issued.key_pem),
                  "-passout", "pass:secret"});
  ASSERT_THAT(encrypted.output, HasSubstr("ENCRYPTED"));
  EXPECT_THAT(SigningKey::FromPem(SecretBytes(encrypted.output)), HasCode(kInvalid));
  EXPECT_THAT(SigningKey::FromPem(SecretBytes("")), HasCode(kInvalid));
  EXPECT_THAT(SigningKey::FromPem(SecretBytes(issued.certificate_pem)), HasCode(kInvalid));
  EXPECT_THAT(SigningKey::FromPem(SecretBytes(std::string(70'000, '\n'))), HasCode(kInvalid));
  const Issued rsa = pki.Issue("EE duty", {.key = TestKey::kRsa2048});
  EXPECT_THAT(SigningKey::FromPem(SecretBytes(rsa.key_pem)), HasCode(kInvalid));
  const auto k1 = RunCommand(
      {"openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"});
  ASSERT_EQ(k1.exit_code, 0) << k1.errors;
  EXPECT_THAT(SigningKey::FromPem(SecretBytes(k1.output)), HasCode(kInvalid));
}

}  // namespace
}  // namespace cbm
