// Why not OpenSSL's CMS functions: CMS_verify takes four times what the signature itself costs, and
// takes much that the exchange must refuse; CMS_sign always adds a signing time. A signature of
// ours has one shape, so reading and writing it are a page each. What this accepts, OpenSSL accepts
// too: the tests compare the two.

#include "core/crypto/cms_signature.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/base/status_macros.h"
#include "core/crypto/der.h"
#include "core/crypto/hash.h"
#include "core/crypto/openssl_handles.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// Contents of object identifiers.
constexpr std::string_view kData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
constexpr std::string_view kSignedData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
constexpr std::string_view kContentType = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
constexpr std::string_view kMessageDigest = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
constexpr std::string_view kSigningCertificateV2 = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f";
constexpr std::string_view kEcdsaWithSha256 = "\x2a\x86\x48\xce\x3d\x04\x03\x02";
constexpr std::string_view kEcdsaWithSha384 = "\x2a\x86\x48\xce\x3d\x04\x03\x03";

constexpr std::string_view kVersion1 = "\x01";
constexpr char kSetTag = static_cast<char>(der::kSet);

struct Suite {
  Hash hash;
  std::string_view signature_algorithm;
  std::string_view name;
};

// A weaker digest than the curve would be the weakest part; a stronger one buys nothing.
constexpr Suite kP256Suite = {Hash::kSha256, kEcdsaWithSha256, "EC P-256"};
constexpr Suite kP384Suite = {Hash::kSha384, kEcdsaWithSha384, "EC P-384"};

absl::StatusOr<Suite> SuiteOf(const Certificate& signer) {
  switch (signer.key_kind()) {
    case KeyKind::kP256:
      return kP256Suite;
    case KeyKind::kP384:
      return kP384Suite;
    case KeyKind::kOther:
      break;
  }
  return absl::InvalidArgumentError(
      fmt::format("{} has a key that is {}; acts are signed with EC P-256 or P-384", signer.Name(),
                  signer.key_description()));
}

absl::Status Wrong(std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("the signature {}", what));
}

absl::Status NotDer(std::string_view where) {
  return absl::InvalidArgumentError(
      fmt::format("the signature is not a CMS SignedData in DER: {} is damaged or missing", where));
}

// The object identifier of an AlgorithmIdentifier without parameters, or with NULL for them: for
// digests both are in use (RFC 5754, section 2).
std::optional<std::string_view> AlgorithmIn(std::string_view identifier) {
  der::Reader reader(identifier);
  const auto name = reader.Next(der::kObjectIdentifier);
  if (!name.has_value()) {
    return std::nullopt;
  }
  if (const auto null = reader.Next(der::kNull); null.has_value() && !null->content.empty()) {
    return std::nullopt;
  }
  return reader.AtEnd() ? std::optional(name->content) : std::nullopt;
}

// The object identifier of an AlgorithmIdentifier without parameters: ECDSA has none (RFC 5758,
// section 3.2).
std::optional<std::string_view> AlgorithmAloneIn(std::string_view identifier) {
  der::Reader reader(identifier);
  const auto name = reader.Next(der::kObjectIdentifier);
  return name.has_value() && reader.AtEnd() ? std::optional(name->content) : std::nullopt;
}

// What a SignerInfo holds. Points into the signature.
struct SignerInfo {
  std::string_view issuer;  // With tag, as the next.
  std::string_view serial;
  std::string_view digest_algorithm;
  der::Element attributes;
  std::string_view signature_algorithm;
  std::string_view signature;
};

absl::StatusOr<SignerInfo> ReadSignerInfo(std::string_view content) {
  der::Reader reader(content);
  const auto version = reader.Next(der::kInteger);
  if (!version.has_value() || version->content != kVersion1) {
    return Wrong("does not name its signer by issuer and serial");
  }
  SignerInfo info{};
  const auto signer = reader.Next(der::kSequence);
  der::Reader signer_reader(signer.has_value() ? signer->content : std::string_view());
  const auto issuer = signer_reader.Next(der::kSequence);
  const auto serial = signer_reader.Next(der::kInteger);
  if (!issuer.has_value() || !serial.has_value() || !signer_reader.AtEnd()) {
    return NotDer("the name of the signer");
  }
  info.issuer = issuer->whole;
  info.serial = serial->whole;
  const auto digest_algorithm = reader.Next(der::kSequence);
  if (!digest_algorithm.has_value()) {
    return NotDer("the digest algorithm");
  }
  info.digest_algorithm = digest_algorithm->content;
  if (!reader.NextIs(der::kContext0)) {
    // Such a signature over the encoding of some attributes would pass as one with attributes.
    return Wrong("has no signed attributes, which are required");
  }
  const auto attributes = reader.Next();
  const auto signature_algorithm = reader.Next(der::kSequence);
  const auto signature = reader.Next(der::kOctetString);
  if (!attributes.has_value() || !signature_algorithm.has_value() || !signature.has_value()) {
    return NotDer("the value of the signer");
  }
  info.attributes = *attributes;
  info.signature_algorithm = signature_algorithm->content;
  info.signature = signature->content;
  if (reader.NextIs(der::kContext1)) {
    // No signature covers them: anyone on the way could add some, and the bytes that the log keeps
    // would not be the signer's own.
    return Wrong("has unsigned attributes");
  }
  return reader.AtEnd() ? absl::StatusOr<SignerInfo>(info) : NotDer("the end of the signer");
}

// The signer of a detached SignedData, and that there is nothing else in it.
absl::StatusOr<SignerInfo> ReadSignedData(std::string_view content, const Suite& suite) {
  der::Reader reader(content);
  const auto version = reader.Next(der::kInteger);
  const auto algorithms = reader.Next(der::kSet);
  const auto encapsulated = reader.Next(der::kSequence);
  if (!version.has_value() || !algorithms.has_value() || !encapsulated.has_value()) {
    return NotDer("the beginning of SignedData");
  }
  der::Reader content_reader(encapsulated->content);
  const auto content_type = content_reader.Next(der::kObjectIdentifier);
  if (!content_type.has_value() || content_type->content != kData) {
    return Wrong("is of a content type other than id-data");
  }
  if (!content_reader.AtEnd()) {
    return Wrong("has its content inside; it must be detached");
  }
  if (reader.NextIs(der::kContext0)) {
    return Wrong("has certificates inside");
  }
  if (reader.NextIs(der::kContext1)) {
    return Wrong("has revocation lists inside");
  }
  if (version->content != kVersion1) {
    return Wrong("has a SignedData version other than 1");
  }
  der::Reader algorithm_reader(algorithms->content);
  const auto algorithm = algorithm_reader.Next(der::kSequence);
  if (!algorithm.has_value() || !algorithm_reader.AtEnd() ||
      AlgorithmIn(algorithm->content) != ObjectIdentifierOf(suite.hash)) {
    return Wrong(fmt::format("has not {} as its one digest algorithm, as a key that is {} needs",
                             NameOf(suite.hash), suite.name));
  }
  const auto signers = reader.Next(der::kSet);
  if (!signers.has_value() || !reader.AtEnd()) {
    return NotDer("the set of signers");
  }
  der::Reader signer_reader(signers->content);
  const auto signer = signer_reader.Next(der::kSequence);
  if (!signer.has_value() || !signer_reader.AtEnd()) {
    return Wrong("has not exactly one signer");
  }
  return ReadSignerInfo(signer->content);
}

absl::StatusOr<SignerInfo> ReadSignature(std::string_view signature, const Suite& suite) {
  der::Reader reader(signature);
  const auto outer = reader.Next(der::kSequence);
  if (!outer.has_value()) {
    return NotDer("ContentInfo");
  }
  if (!reader.AtEnd()) {
    return Wrong("is followed by other bytes");
  }
  der::Reader outer_reader(outer->content);
  const auto type = outer_reader.Next(der::kObjectIdentifier);
  const auto wrapped = outer_reader.Next(der::kContext0);
  if (!type.has_value() || type->content != kSignedData || !wrapped.has_value() ||
      !outer_reader.AtEnd()) {
    return NotDer("ContentInfo");
  }
  der::Reader wrapped_reader(wrapped->content);
  const auto signed_data = wrapped_reader.Next(der::kSequence);
  if (!signed_data.has_value() || !wrapped_reader.AtEnd()) {
    return NotDer("SignedData");
  }
  return ReadSignedData(signed_data->content, suite);
}

// The values of the signed attributes that mean something, each with its tag.
struct SignedAttributes {
  std::optional<std::string_view> content_type;
  std::optional<std::string_view> message_digest;
  std::optional<std::string_view> signing_certificate;
  bool has_others = false;
};

absl::StatusOr<SignedAttributes> ReadAttributes(std::string_view content) {
  SignedAttributes attributes;
  der::Reader reader(content);
  std::string_view previous;
  while (!reader.AtEnd()) {
    const auto attribute = reader.Next(der::kSequence);
    der::Reader parts(attribute.has_value() ? attribute->content : std::string_view());
    const auto type = parts.Next(der::kObjectIdentifier);
    const auto values = parts.Next(der::kSet);
    if (!type.has_value() || !values.has_value() || !parts.AtEnd()) {
      return NotDer("a signed attribute");
    }
    if (!der::InSetOrder(previous, attribute->whole)) {
      return Wrong("is not DER: its signed attributes are not in order");
    }
    previous = attribute->whole;
    std::optional<std::string_view>* known = nullptr;
    if (type->content == kContentType) {
      known = &attributes.content_type;
    } else if (type->content == kMessageDigest) {
      known = &attributes.message_digest;
    } else if (type->content == kSigningCertificateV2) {
      known = &attributes.signing_certificate;
    } else {
      attributes.has_others = true;
      continue;
    }
    der::Reader value_reader(values->content);
    const auto value = value_reader.Next();
    if (known->has_value() || !value.has_value() || !value_reader.AtEnd()) {
      return Wrong("has more or less than one value of a signed attribute that has one");
    }
    *known = value->whole;
  }
  return attributes;
}

// Whether the SigningCertificateV2 (RFC 5035) in `value` begins with the hash of `signer`. Its
// policies, further certificates, and issuer and serial add nothing to that.
bool NamesCertificate(std::string_view value, const Certificate& signer) {
  der::Reader reader(value);
  const auto outer = reader.Next(der::kSequence);
  der::Reader outer_reader(outer.has_value() ? outer->content : std::string_view());
  const auto list = outer_reader.Next(der::kSequence);
  der::Reader list_reader(list.has_value() ? list->content : std::string_view());
  const auto first = list_reader.Next(der::kSequence);
  der::Reader parts(first.has_value() ? first->content : std::string_view());
  Hash hash = Hash::kSha256;
  if (const auto algorithm = parts.Next(der::kSequence); algorithm.has_value()) {
    const auto named = HashNamed(AlgorithmIn(algorithm->content).value_or(std::string_view()));
    if (!named.has_value()) {
      return false;
    }
    hash = *named;
  }
  const auto digest = parts.Next(der::kOctetString);
  return digest.has_value() && digest->content == HashOf(hash, {signer.der()});
}

absl::Status CheckAttributes(const SignedAttributes& attributes, const Certificate& signer,
                             std::string_view bytes, const Suite& suite) {
  if (!attributes.content_type.has_value() ||
      *attributes.content_type != der::Encode(der::kObjectIdentifier, {kData})) {
    return Wrong("has no signed contentType that is id-data");
  }
  if (!attributes.message_digest.has_value()) {
    return Wrong("has no signed messageDigest");
  }
  if (*attributes.message_digest != der::Encode(der::kOctetString, {HashOf(suite.hash, {bytes})})) {
    return Wrong("is of other bytes than these");
  }
  if (attributes.signing_certificate.has_value() &&
      !NamesCertificate(*attributes.signing_certificate, signer)) {
    return Wrong(fmt::format("names, as signing certificate, another than {}", signer.Name()));
  }
  return absl::OkStatus();
}

// The inside of attributes that mean nothing to us is not read here. So that nothing is accepted
// that a stock tool cannot read, OpenSSL reads it, and must find it to be DER.
bool IsDerToOpenSsl(std::string_view signature) {
  const auto* next = reinterpret_cast<const unsigned char*>(signature.data());
  const CmsPtr cms(d2i_CMS_ContentInfo(nullptr, &next, static_cast<long>(signature.size())));
  unsigned char* bytes = nullptr;
  const int size = cms == nullptr ? 0 : i2d_CMS_ContentInfo(cms.get(), &bytes);
  const OpenSslBytes owner(bytes);
  ERR_clear_error();
  return size > 0 && signature == std::string_view(reinterpret_cast<const char*>(bytes),
                                                   static_cast<size_t>(size));
}

bool IsSignatureOf(const Certificate& signer, std::string_view signature, std::string_view digest) {
  const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new(signer.public_key(), nullptr));
  const bool good =
      context != nullptr && EVP_PKEY_verify_init(context.get()) == 1 &&
      EVP_PKEY_verify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                      signature.size(), reinterpret_cast<const unsigned char*>(digest.data()),
                      digest.size()) == 1;
  if (!good) {
    ERR_clear_error();
  }
  return good;
}

}  // namespace

absl::Status VerifyDetached(const Certificate& signer, std::string_view signature,
                            std::string_view bytes) {
  if (signature.size() > kSignatureBytesMax) {
    return Wrong(
        fmt::format("has {} bytes; at most {} are allowed", signature.size(), kSignatureBytesMax));
  }
  CBM_ASSIGN_OR_RETURN(const Suite suite, SuiteOf(signer));
  CBM_ASSIGN_OR_RETURN(const SignerInfo info, ReadSignature(signature, suite));
  // Byte by byte: every signing program copies the name from the certificate.
  if (info.issuer != signer.issuer_der() || info.serial != signer.serial_der()) {
    return Wrong(fmt::format("is not by {}", signer.Name()));
  }
  if (AlgorithmIn(info.digest_algorithm) != ObjectIdentifierOf(suite.hash) ||
      AlgorithmAloneIn(info.signature_algorithm) != suite.signature_algorithm) {
    return Wrong(fmt::format("is not ECDSA with {}, as a key that is {} needs", NameOf(suite.hash),
                             suite.name));
  }
  CBM_ASSIGN_OR_RETURN(const SignedAttributes attributes, ReadAttributes(info.attributes.content));
  CBM_RETURN_IF_ERROR(CheckAttributes(attributes, signer, bytes, suite));
  if (attributes.has_others && !IsDerToOpenSsl(signature)) {
    return Wrong("is not DER inside its signed attributes");
  }
  // What is signed is the attributes as a SET OF, not as the [0] in which they travel (RFC 5652,
  // section 5.4).
  const std::string digest =
      HashOf(suite.hash, {std::string_view(&kSetTag, 1), info.attributes.whole.substr(1)});
  if (!IsSignatureOf(signer, info.signature, digest)) {
    return Wrong(fmt::format("does not verify with the key of {}", signer.Name()));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> SignDetached(const Certificate& signer, const SigningKey& key,
                                         std::string_view bytes) {
  CBM_RETURN_IF_ERROR(signer.CheckFitToSign());
  CBM_ASSIGN_OR_RETURN(const Suite suite, SuiteOf(signer));
  if (!key.Matches(signer)) {
    return absl::InvalidArgumentError(
        fmt::format("the private key is not that of {}", signer.Name()));
  }
  const auto object = [](std::string_view name) {
    return der::Encode(der::kObjectIdentifier, {name});
  };
  const auto attribute = [&object](std::string_view type, std::string_view value) {
    return der::Encode(der::kSequence, {object(type), der::Encode(der::kSet, {value})});
  };
  // The hash algorithm of the certificate's digest is left out: SHA-256 is the default.
  const std::string certificate_id = der::Encode(
      der::kSequence, {der::Encode(der::kOctetString, {BytesOf(signer.fingerprint())})});
  const std::string signing_certificate =
      der::Encode(der::kSequence, {der::Encode(der::kSequence, {certificate_id})});
  std::array<std::string, 3> attributes = {
      attribute(kContentType, object(kData)),
      attribute(kMessageDigest, der::Encode(der::kOctetString, {HashOf(suite.hash, {bytes})})),
      attribute(kSigningCertificateV2, signing_certificate)};
  std::sort(attributes.begin(), attributes.end());
  CBM_ASSIGN_OR_RETURN(
      const std::string signature,
      key.Sign(der::Encode(der::kSet, {attributes[0], attributes[1], attributes[2]})));

  const std::string version = der::Encode(der::kInteger, {kVersion1});
  const std::string digest_algorithm =
      der::Encode(der::kSequence, {object(ObjectIdentifierOf(suite.hash))});
  const std::string signer_info = der::Encode(
      der::kSequence,
      {version, der::Encode(der::kSequence, {signer.issuer_der(), signer.serial_der()}),
       digest_algorithm, der::Encode(der::kContext0, {attributes[0], attributes[1], attributes[2]}),
       der::Encode(der::kSequence, {object(suite.signature_algorithm)}),
       der::Encode(der::kOctetString, {signature})});
  const std::string signed_data =
      der::Encode(der::kSequence, {version, der::Encode(der::kSet, {digest_algorithm}),
                                   der::Encode(der::kSequence, {object(kData)}),
                                   der::Encode(der::kSet, {signer_info})});
  return der::Encode(der::kSequence,
                     {object(kSignedData), der::Encode(der::kContext0, {signed_data})});
}

}  // namespace cbm
