// Signatures of acts. They must be what stock tools make and accept, so the openssl program stands
// on the other side; and everything outside the one shape must be refused, so each way out of it
// has a test, made by that program where it can, and by hand where it cannot.

#include "core/crypto/cms_signature.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/crypto/der.h"
#include "core/crypto/hash.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/core/crypto/cms_by_hand.h"
#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Matches the refusal of a signature whose message has `text`.
MATCHER_P(Refuses, text, fmt::format("is a refusal with '{}'", text)) {
  *result_listener << arg;
  return arg.code() == absl::StatusCode::kInvalidArgument &&
         std::string_view(arg.message().data(), arg.message().size()).find(text) !=
             std::string_view::npos;
}

using CmsSignatureTest = CmsCase;

absl::Status VerifyByHand(const Issued& signer, const ByHand& parts) {
  return VerifyDetached(signer.certificate, Sign(signer, parts), kAct);
}

// --- What is made and accepted. ---

TEST_F(CmsSignatureTest, OfOursIsAcceptedByUs) {
  for (const TestKey key : {TestKey::kP256, TestKey::kP384}) {
    const Issued signer = pki_.Issue("EE duty", {.key = key});
    const std::string signature = Signed(signer);
    EXPECT_LT(signature.size(), 520U);
    EXPECT_THAT(VerifyDetached(signer.certificate, signature, kAct), IsOk());
  }
}

TEST_F(CmsSignatureTest, IsOfBytesOfAnyLength) {
  for (const size_t size : {0U, 1U, 16384U}) {
    const std::string bytes(size, 'x');
    const auto signature = SignDetached(office_.certificate, *office_.key, bytes);
    ASSERT_THAT(signature, IsOk());
    EXPECT_THAT(VerifyDetached(office_.certificate, *signature, bytes), IsOk());
  }
}

TEST_F(CmsSignatureTest, OfOursIsAcceptedByOpenssl) {
  for (const TestKey key : {TestKey::kP256, TestKey::kP384}) {
    const Issued signer = pki_.Issue("EE duty", {.key = key});
    const std::string signature = Signed(signer);
    const CommandResult plain = VerifiedByOpenssl(signer, signature);
    EXPECT_EQ(plain.exit_code, 0) << plain.errors;
    EXPECT_EQ(plain.output, kAct);
    const CommandResult cades = VerifiedByOpenssl(signer, signature, {"-cades"});
    EXPECT_EQ(cades.exit_code, 0) << cades.errors;
  }
}

TEST_F(CmsSignatureTest, OfOursHasTheAttributesOfCadesAndNoTime) {
  const CommandResult shown =
      RunCommand({"openssl", "cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in",
                  folder_.Write("act.p7s", Signed(office_))});
  ASSERT_EQ(shown.exit_code, 0) << shown.errors;
  EXPECT_THAT(shown.output,
              AllOf(HasSubstr("object: contentType"), HasSubstr("object: messageDigest"),
                    HasSubstr("object: id-smime-aa-signingCertificateV2"),
                    HasSubstr("certificates:\n      <ABSENT>"),
                    HasSubstr("unsignedAttrs:\n          <ABSENT>")));
  EXPECT_THAT(shown.output, ::testing::Not(HasSubstr("signingTime")));
  EXPECT_THAT(shown.output, ::testing::Not(HasSubstr("SMIME-CAPS")));
}

TEST_F(CmsSignatureTest, OfOpensslIsAcceptedByUs) {
  struct Case {
    TestKey key;
    std::string digest;
  };
  for (const Case& c : {Case{TestKey::kP256, "sha256"}, Case{TestKey::kP384, "sha384"}}) {
    const Issued signer = pki_.Issue("EE duty", {.key = c.key});
    for (const std::vector<std::string>& more :
         {std::vector<std::string>{}, {"-cades"}, {"-nosmimecap"}, {"-cades", "-nosmimecap"}}) {
      std::vector<std::string> options = {"-nocerts", "-md", c.digest};
      options.insert(options.end(), more.begin(), more.end());
      const std::string signature = SignedByOpenssl(signer, options);
      EXPECT_THAT(VerifyDetached(signer.certificate, signature, kAct), IsOk()) << c.digest;
    }
  }
}

TEST_F(CmsSignatureTest, IsAcceptedWithNullForTheParametersOfADigest) {
  const std::string null = der::Encode(der::kNull, {});
  EXPECT_THAT(VerifyByHand(office_, {.algorithm_parameters = null}), IsOk());
  EXPECT_TRUE(OpensslAccepts(office_.certificate, Sign(office_, {.algorithm_parameters = null})));
}

TEST_F(CmsSignatureTest, IsRefusedWithParametersForEcdsa) {
  const std::string null = der::Encode(der::kNull, {});
  EXPECT_THAT(VerifyByHand(office_, {.signature_parameters = null}), Refuses("is not ECDSA"));
}

TEST_F(CmsSignatureTest, IsAcceptedWithAttributesThatMeanNothing) {
  const std::string value = der::Encode(der::kSequence, {der::Encode(der::kNull, {})});
  EXPECT_THAT(VerifyByHand(office_, {.attributes = InOrder({ContentType(), MessageDigest(),
                                                            Attribute(kIdUnknown, value)})}),
              IsOk());
}

TEST_F(CmsSignatureTest, IsAcceptedWithAnyGoodDigestOfTheCertificate) {
  for (const Hash hash : {Hash::kSha256, Hash::kSha384, Hash::kSha512}) {
    const std::string algorithm = der::Encode(der::kSequence, {Object(ObjectIdentifierOf(hash))});
    EXPECT_THAT(
        VerifyByHand(office_, {.attributes = InOrder(
                                   {ContentType(), MessageDigest(),
                                    SigningCertificate(office_.certificate, algorithm, hash)})}),
        IsOk())
        << NameOf(hash);
  }
}

// --- What cannot be signed. ---

TEST_F(CmsSignatureTest, IsNotMadeWithAKeyOfAnother) {
  EXPECT_THAT(SignDetached(office_.certificate, *other_.key, kAct).status(),
              Refuses("private key is not that of certificate CN=EE duty"));
}

TEST_F(CmsSignatureTest, IsNotMadeWithACertificateThatIsNotFit) {
  const Issued agrees = pki_.Issue("EE duty", {.key_usage = "keyAgreement"});
  EXPECT_THAT(SignDetached(agrees.certificate, *agrees.key, kAct).status(),
              Refuses("digitalSignature"));
  const Issued authority = pki_.Issue("EE CA", {.is_authority = true});
  EXPECT_THAT(SignDetached(authority.certificate, *authority.key, kAct).status(),
              Refuses("authority"));
}

// --- What is refused. ---

TEST_F(CmsSignatureTest, IsRefusedForOtherBytes) {
  const std::string signature = Signed(office_);
  std::string altered(kAct);
  altered.back() = 'x';
  EXPECT_THAT(VerifyDetached(office_.certificate, signature, altered), Refuses("other bytes"));
  EXPECT_THAT(VerifyDetached(office_.certificate, signature, ""), Refuses("other bytes"));
}

TEST_F(CmsSignatureTest, IsRefusedOnceItsValueIsAltered) {
  std::string signature = Signed(office_);
  signature.back() = static_cast<char>(signature.back() ^ 1);
  EXPECT_THAT(VerifyDetached(office_.certificate, signature, kAct), Refuses("does not verify"));
}

TEST_F(CmsSignatureTest, IsRefusedForAnotherSigner) {
  EXPECT_THAT(VerifyDetached(other_.certificate, Signed(office_), kAct),
              Refuses("is not by certificate CN=FI duty"));
}

TEST_F(CmsSignatureTest, IsRefusedIfAnotherKeySignedInTheNameOfTheSigner) {
  Issued forged = pki_.Issue("XX");
  forged.certificate = office_.certificate;
  EXPECT_THAT(VerifyByHand(forged, {}), Refuses("does not verify"));
}

TEST_F(CmsSignatureTest, IsRefusedForAnRsaKey) {
  const Issued rsa = pki_.Issue("EE duty", {.key = TestKey::kRsa2048});
  EXPECT_THAT(VerifyDetached(rsa.certificate, SignedByOpenssl(rsa, {"-nocerts"}), kAct),
              Refuses("RSA 2048"));
}

TEST_F(CmsSignatureTest, IsRefusedWithoutSignedAttributes) {
  EXPECT_THAT(
      VerifyDetached(office_.certificate,
                     SignedByOpenssl(office_, {"-nocerts", "-noattr", "-md", "sha256"}), kAct),
      Refuses("no signed attributes"));
}

TEST_F(CmsSignatureTest, IsRefusedWithContentInside) {
  EXPECT_THAT(
      VerifyDetached(office_.certificate,
                     SignedByOpenssl(office_, {"-nocerts", "-nodetach", "-md", "sha256"}), kAct),
      Refuses("must be detached"));
}

TEST_F(CmsSignatureTest, IsRefusedWithACertificateInside) {
  EXPECT_THAT(
      VerifyDetached(office_.certificate, SignedByOpenssl(office_, {"-md", "sha256"}), kAct),
      Refuses("certificates inside"));
}

TEST_F(CmsSignatureTest, IsRefusedWithARevocationListInside) {
  EXPECT_THAT(VerifyByHand(office_, {.before_signers = der::Encode(der::kContext1, {})}),
              Refuses("revocation lists inside"));
}

TEST_F(CmsSignatureTest, IsRefusedWithTwoSigners) {
  const std::string signature =
      SignedByOpenssl(office_, {"-nocerts", "-md", "sha256", "-signer",
                                folder_.Write("c2.pem", other_.certificate_pem), "-inkey",
                                folder_.Write("k2.pem", other_.key_pem)});
  EXPECT_THAT(VerifyDetached(office_.certificate, signature, kAct), Refuses("exactly one signer"));
  EXPECT_THAT(VerifyDetached(other_.certificate, signature, kAct), Refuses("exactly one signer"));
}

TEST_F(CmsSignatureTest, IsRefusedIfItNamesItsSignerByKey) {
  EXPECT_THAT(
      VerifyDetached(office_.certificate,
                     SignedByOpenssl(office_, {"-nocerts", "-keyid", "-md", "sha256"}), kAct),
      Refuses("SignedData version other than 1"));
}

TEST_F(CmsSignatureTest, IsRefusedWithOtherBytesAfterIt) {
  const std::string signature = Signed(office_);
  EXPECT_THAT(VerifyDetached(office_.certificate, signature + "x", kAct), Refuses("other bytes"));
  EXPECT_THAT(VerifyDetached(office_.certificate, signature + signature, kAct),
              Refuses("followed by other bytes"));
}

TEST_F(CmsSignatureTest, IsRefusedOver4KiB) {
  EXPECT_THAT(VerifyDetached(office_.certificate, std::string(kSignatureBytesMax + 1, '0'), kAct),
              Refuses("4097 bytes; at most 4096"));
  // Otherwise good, with an attribute that fills it.
  const auto filled = [this](size_t size) {
    return Sign(
        office_,
        {.attributes = InOrder({ContentType(), MessageDigest(),
                                Attribute(kIdUnknown, OctetString(std::string(size, 'x')))})});
  };
  EXPECT_THAT(VerifyDetached(office_.certificate, filled(3500), kAct), IsOk());
  EXPECT_THAT(VerifyDetached(office_.certificate, filled(4096), kAct), Refuses("at most 4096"));
}

TEST_F(CmsSignatureTest, IsRefusedWithADigestThatDoesNotFitTheCurve) {
  const Issued p384 = pki_.Issue("EE duty", {.key = TestKey::kP384});
  EXPECT_THAT(VerifyDetached(office_.certificate,
                             SignedByOpenssl(office_, {"-nocerts", "-md", "sha384"}), kAct),
              Refuses("SHA-256"));
  EXPECT_THAT(
      VerifyDetached(p384.certificate, SignedByOpenssl(p384, {"-nocerts", "-md", "sha256"}), kAct),
      Refuses("SHA-384"));
  EXPECT_THAT(VerifyDetached(office_.certificate,
                             SignedByOpenssl(office_, {"-nocerts", "-md", "sha1"}), kAct),
              Refuses("SHA-256"));
}

TEST_F(CmsSignatureTest, IsRefusedWithAnotherSignatureAlgorithm) {
  EXPECT_THAT(VerifyByHand(office_, {.signature_algorithm = kIdUnknown}),
              Refuses("is not ECDSA with SHA-256"));
}

TEST_F(CmsSignatureTest, IsRefusedWithAnotherContentType) {
  EXPECT_THAT(VerifyDetached(office_.certificate,
                             SignedByOpenssl(office_, {"-nocerts", "-econtent_type", "1.2.3.4",
                                                       "-md", "sha256"}),
                             kAct),
              Refuses("content type other than id-data"));
  EXPECT_THAT(
      VerifyByHand(office_,
                   {.attributes = InOrder(
                        {MessageDigest(), Attribute(kIdContentType, Object(kIdSignedData))})}),
      Refuses("no signed contentType that is id-data"));
}

TEST_F(CmsSignatureTest, IsRefusedWithoutARequiredAttribute) {
  EXPECT_THAT(VerifyByHand(office_, {.attributes = {ContentType()}}), Refuses("messageDigest"));
  EXPECT_THAT(VerifyByHand(office_, {.attributes = {MessageDigest()}}), Refuses("contentType"));
  EXPECT_THAT(VerifyByHand(office_, {.attributes = {}}), Refuses("contentType"));
}

TEST_F(CmsSignatureTest, IsRefusedWithARequiredAttributeTwice) {
  const std::string digest = OctetString(HashOf(Hash::kSha256, {kAct}));
  EXPECT_THAT(
      VerifyByHand(office_,
                   {.attributes = InOrder({ContentType(), MessageDigest(), MessageDigest()})}),
      Refuses("more or less than one value"));
  EXPECT_THAT(
      VerifyByHand(office_, {.attributes = InOrder(
                                 {ContentType(), Attribute(kIdMessageDigest, digest + digest)})}),
      Refuses("more or less than one value"));
  EXPECT_THAT(
      VerifyByHand(office_,
                   {.attributes = InOrder({ContentType(), Attribute(kIdMessageDigest, "")})}),
      Refuses("more or less than one value"));
}

TEST_F(CmsSignatureTest, IsRefusedIfItNamesAnotherSigningCertificate) {
  EXPECT_THAT(
      VerifyByHand(office_, {.attributes = InOrder(
                                 {ContentType(), MessageDigest(),
                                  SigningCertificate(other_.certificate, "", Hash::kSha256)})}),
      Refuses("as signing certificate, another than certificate CN=EE duty"));
  const std::string sha1 = der::Encode(der::kSequence, {Object("\x2b\x0e\x03\x02\x1a")});
  EXPECT_THAT(
      VerifyByHand(office_, {.attributes = InOrder(
                                 {ContentType(), MessageDigest(),
                                  SigningCertificate(office_.certificate, sha1, Hash::kSha256)})}),
      Refuses("as signing certificate"));
}

TEST_F(CmsSignatureTest, IsRefusedWithUnsignedAttributes) {
  const std::string attribute = Attribute(kIdUnknown, der::Encode(der::kNull, {}));
  EXPECT_THAT(
      VerifyByHand(office_, {.unsigned_attributes = der::Encode(der::kContext1, {attribute})}),
      Refuses("unsigned attributes"));
}

TEST_F(CmsSignatureTest, IsRefusedIfItsAttributesAreNotInOrder) {
  std::vector<std::string> attributes = InOrder({ContentType(), MessageDigest()});
  std::reverse(attributes.begin(), attributes.end());
  EXPECT_THAT(VerifyByHand(office_, {.attributes = attributes}), Refuses("not in order"));
}

TEST_F(CmsSignatureTest, IsRefusedInBer) {
  EXPECT_THAT(
      VerifyDetached(office_.certificate,
                     SignedByOpenssl(office_, {"-nocerts", "-stream", "-md", "sha256"}), kAct),
      Refuses("in DER"));
  // The outer length with a byte more than it needs.
  const std::string signature = Signed(office_);
  ASSERT_EQ(static_cast<unsigned char>(signature[1]), 0x82);
  const std::string longer =
      signature.substr(0, 1) + std::string("\x83\x00", 2) + signature.substr(2);
  EXPECT_THAT(VerifyDetached(office_.certificate, longer, kAct), Refuses("in DER"));
}

TEST_F(CmsSignatureTest, IsRefusedIfAnAttributeThatMeansNothingIsNotDer) {
  const std::string not_der = "\x01\x01\x01";  // A BOOLEAN that is neither 00 nor ff.
  const std::string unsorted = OctetString("b") + OctetString("a");
  for (const std::string& values : {not_der, unsorted, std::string("\x04\x7f")}) {
    const ByHand parts{
        .attributes = InOrder({ContentType(), MessageDigest(), Attribute(kIdUnknown, values)})};
    const absl::Status status = VerifyByHand(office_, parts);
    EXPECT_TRUE(!status.ok() || OpensslAccepts(office_.certificate, Sign(office_, parts)))
        << status;
  }
  EXPECT_THAT(VerifyByHand(office_, {.attributes = InOrder({ContentType(), MessageDigest(),
                                                            Attribute(kIdUnknown, unsorted)})}),
              Refuses("not DER inside its signed attributes"));
}

TEST_F(CmsSignatureTest, IsRefusedWhereverItIsCut) {
  const std::string signature = Signed(office_);
  for (size_t size = 0; size < signature.size(); ++size) {
    const std::string cut = signature.substr(0, size);
    EXPECT_THAT(VerifyDetached(office_.certificate, cut, kAct), Refuses("")) << size;
  }
}

TEST_F(CmsSignatureTest, IsRefusedOnceAnyBitOfItIsAltered) {
  const std::string signature = Signed(office_);
  for (size_t bit = 0; bit < signature.size() * 8; ++bit) {
    std::string altered = signature;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_THAT(VerifyDetached(office_.certificate, altered, kAct), Refuses("")) << bit;
  }
}

}  // namespace
}  // namespace cbm::test
