#ifndef CBM_TESTS_CORE_CRYPTO_CMS_BY_HAND_H_
#define CBM_TESTS_CORE_CRYPTO_CMS_BY_HAND_H_

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/crypto/certificate.h"
#include "core/crypto/cms_signature.h"
#include "core/crypto/der.h"
#include "core/crypto/hash.h"
#include "core/crypto/openssl_handles.h"
#include "gtest/gtest.h"
#include "tests/support/run_command.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_pki.h"

// Signatures of acts that are made by the openssl program, and by hand in any shape.
namespace cbm::test {

// A line feed and a zero byte: what a tool in text mode would change.
inline constexpr std::string_view kAct("an act\nwith a \0 in it\r\n", 23);

inline constexpr std::string_view kIdData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
inline constexpr std::string_view kIdSignedData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
inline constexpr std::string_view kIdContentType = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
inline constexpr std::string_view kIdMessageDigest = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
inline constexpr std::string_view kIdSigningCertificateV2 =
    "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f";
inline constexpr std::string_view kIdEcdsaWithSha256 = "\x2a\x86\x48\xce\x3d\x04\x03\x02";
inline constexpr std::string_view kIdUnknown = "\x2a\x03\x04";

// An office that signs, and another.
class CmsCase : public ::testing::Test {
 protected:
  TestPki pki_{"Test CA", kTestStart, TestPki::Shape::kWithIntermediate};
  Issued office_ = pki_.Issue("EE duty");
  Issued other_ = pki_.Issue("FI duty");
  TemporaryFolder folder_;

  std::string Signed(const Issued& signer) {
    return SignDetached(signer.certificate, *signer.key, kAct).value();
  }

  // What `openssl cms -sign` makes with these options beside those that are always given.
  std::string SignedByOpenssl(const Issued& signer, const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {
        "openssl",  "cms",
        "-sign",    "-binary",
        "-outform", "DER",
        "-in",      folder_.Write("act.bin", kAct),
        "-signer",  folder_.Write("c.pem", signer.certificate_pem),
        "-inkey",   folder_.Write("k.pem", signer.key_pem)};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const CommandResult result = RunCommand(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return result.output;
  }

  CommandResult VerifiedByOpenssl(const Issued& signer, const std::string& signature,
                                  std::vector<std::string> options = {}) {
    std::vector<std::string> arguments = {"openssl",   "cms",
                                          "-verify",   "-binary",
                                          "-inform",   "DER",
                                          "-in",       folder_.Write("act.p7s", signature),
                                          "-content",  folder_.Write("act.bin", kAct),
                                          "-certfile", folder_.Write("chain.pem", signer.chain_pem),
                                          "-CAfile",   folder_.Write("ca.pem", pki_.ca_pem()),
                                          "-purpose",  "any",
                                          "-attime",   "1773180000"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return RunCommand(arguments);
  }
};

inline std::string Object(std::string_view name) {
  return der::Encode(der::kObjectIdentifier, {name});
}

inline std::string Attribute(std::string_view type, std::string_view values) {
  return der::Encode(der::kSequence, {Object(type), der::Encode(der::kSet, {values})});
}

inline std::string ContentType() { return Attribute(kIdContentType, Object(kIdData)); }

inline std::string OctetString(std::string_view bytes) {
  return der::Encode(der::kOctetString, {bytes});
}

inline std::string MessageDigest() {
  return Attribute(kIdMessageDigest, OctetString(HashOf(Hash::kSha256, {kAct})));
}

inline std::string SigningCertificate(const Certificate& certificate, std::string_view algorithm,
                                      Hash hash) {
  const std::string id =
      der::Encode(der::kSequence, {algorithm, OctetString(HashOf(hash, {certificate.der()}))});
  return Attribute(kIdSigningCertificateV2,
                   der::Encode(der::kSequence, {der::Encode(der::kSequence, {id})}));
}

inline std::vector<std::string> InOrder(std::vector<std::string> attributes) {
  std::sort(attributes.begin(), attributes.end());
  return attributes;
}

// A signature with any signed attributes, in the order given.
struct ByHand {
  std::vector<std::string> attributes = InOrder({ContentType(), MessageDigest()});
  std::string unsigned_attributes = {};
  std::string before_signers = {};  // Where certificates and revocation lists stand.
  std::string_view signature_algorithm = kIdEcdsaWithSha256;
  std::string_view algorithm_parameters = {};  // Of the digest.
  std::string_view signature_parameters = {};
};

inline std::string Sign(const Issued& signer, const ByHand& parts) {
  std::string attributes;
  for (const std::string& attribute : parts.attributes) {
    attributes += attribute;
  }
  const std::string version = der::Encode(der::kInteger, {"\x01"});
  const std::string digest_algorithm = der::Encode(
      der::kSequence, {Object(ObjectIdentifierOf(Hash::kSha256)), parts.algorithm_parameters});
  const std::string signer_info = der::Encode(
      der::kSequence,
      {version,
       der::Encode(der::kSequence,
                   {signer.certificate.issuer_der(), signer.certificate.serial_der()}),
       digest_algorithm, der::Encode(der::kContext0, {attributes}),
       der::Encode(der::kSequence, {Object(parts.signature_algorithm), parts.signature_parameters}),
       OctetString(signer.key->Sign(der::Encode(der::kSet, {attributes})).value()),
       parts.unsigned_attributes});
  const std::string signed_data =
      der::Encode(der::kSequence, {version, der::Encode(der::kSet, {digest_algorithm}),
                                   der::Encode(der::kSequence, {Object(kIdData)}),
                                   parts.before_signers, der::Encode(der::kSet, {signer_info})});
  return der::Encode(der::kSequence,
                     {Object(kIdSignedData), der::Encode(der::kContext0, {signed_data})});
}

// Whether OpenSSL's own CMS accepts it, without asking about the chain.
inline bool OpensslAccepts(const Certificate& signer, std::string_view signature) {
  const auto* next = reinterpret_cast<const unsigned char*>(signature.data());
  const CmsPtr cms(d2i_CMS_ContentInfo(nullptr, &next, static_cast<long>(signature.size())));
  const BioPtr content(BIO_new_mem_buf(kAct.data(), static_cast<int>(kAct.size())));
  STACK_OF(X509)* const certificates = sk_X509_new_null();
  sk_X509_push(certificates, signer.handle());
  const bool good =
      cms != nullptr && CMS_verify(cms.get(), certificates, nullptr, content.get(), nullptr,
                                   CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1;
  sk_X509_free(certificates);
  ERR_clear_error();
  return good;
}

}  // namespace cbm::test

#endif  // CBM_TESTS_CORE_CRYPTO_CMS_BY_HAND_H_
