#include "core/crypto/certificate.h"

#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <optional>
#include <utility>

#include "core/base/status_macros.h"
#include "core/crypto/openssl_handles.h"
#include "core/crypto/pem.h"
#include "core/crypto/x509_text.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// PEM is a third longer than DER, and may carry text around it.
constexpr size_t kPemBytesPerCertificate = 2 * kCertificateBytesMax;

// What `encode`, one of OpenSSL's i2d functions, makes of `value`.
template <typename Value, typename Encode>
std::string DerOf(Value* value, Encode encode) {
  unsigned char* bytes = nullptr;
  const int size = encode(value, &bytes);
  const OpenSslBytes owner(bytes);
  return size > 0 ? std::string(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size))
                  : std::string();
}

// The curve is taken from its name in the certificate: a curve that is spelled out by parameters
// is none of ours, even where they are those of P-256.
KeyKind CurveOf(const X509* x509) {
  X509_ALGOR* algorithm = nullptr;
  X509_PUBKEY_get0_param(nullptr, nullptr, nullptr, &algorithm, X509_get_X509_PUBKEY(x509));
  const ASN1_OBJECT* object = nullptr;
  const void* parameter = nullptr;
  int parameter_type = 0;
  X509_ALGOR_get0(&object, &parameter_type, &parameter, algorithm);
  if (OBJ_obj2nid(object) != NID_X9_62_id_ecPublicKey || parameter_type != V_ASN1_OBJECT) {
    return KeyKind::kOther;
  }
  switch (OBJ_obj2nid(static_cast<const ASN1_OBJECT*>(parameter))) {
    case NID_X9_62_prime256v1:
      return KeyKind::kP256;
    case NID_secp384r1:
      return KeyKind::kP384;
    default:
      return KeyKind::kOther;
  }
}

}  // namespace

void Certificate::FreeX509::operator()(x509_st* x509) const { X509_free(x509); }

Certificate::Certificate(std::shared_ptr<const Facts> facts) : facts_(std::move(facts)) {}

absl::StatusOr<Certificate> Certificate::FromDer(std::string_view der) {
  if (der.size() > kCertificateBytesMax) {
    return absl::InvalidArgumentError(fmt::format(
        "the certificate has {} bytes; at most {} are allowed", der.size(), kCertificateBytesMax));
  }
  const auto* next = reinterpret_cast<const unsigned char*>(der.data());
  auto facts = std::make_shared<Facts>();
  facts->x509.reset(d2i_X509(nullptr, &next, static_cast<long>(der.size())));
  if (facts->x509 == nullptr) {
    ERR_clear_error();
    return absl::InvalidArgumentError("the bytes are not an X.509 certificate in DER");
  }
  facts->der = DerOf(facts->x509.get(), i2d_X509);
  if (facts->der != der) {
    // Trailing bytes, or an encoding other than DER: one certificate would have many fingerprints.
    return absl::InvalidArgumentError("the bytes are not exactly one certificate in DER");
  }
  CBM_RETURN_IF_ERROR(ReadFacts(*facts));
  return Certificate(std::move(facts));
}

absl::Status Certificate::ReadFacts(Facts& facts) {
  X509* const x509 = facts.x509.get();
  facts.fingerprint = Sha256(facts.der);
  facts.subject = TextOf(X509_get_subject_name(x509));
  facts.issuer = TextOf(X509_get_issuer_name(x509));
  facts.serial = TextOf(X509_get0_serialNumber(x509));
  facts.issuer_der = DerOf(X509_get_issuer_name(x509), i2d_X509_NAME);
  facts.serial_der = DerOf(X509_get0_serialNumber(x509), i2d_ASN1_INTEGER);
  const auto not_before = TimeOf(X509_get0_notBefore(x509));
  const auto not_after = TimeOf(X509_get0_notAfter(x509));
  if (!not_before.has_value() || !not_after.has_value()) {
    return absl::InvalidArgumentError("the certificate's validity cannot be read");
  }
  facts.not_before = *not_before;
  facts.not_after = *not_after;
  // OpenSSL reads the extensions once and keeps what they say; from here on x509 does not change.
  if (X509_check_purpose(x509, -1, -1) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError("the certificate has an extension that is not valid");
  }
  // The second knows the old ways to say it, but is silent where the key usage contradicts.
  facts.is_authority =
      (X509_get_extension_flags(x509) & EXFLAG_CA) != 0 || X509_check_ca(x509) != 0;
  // Both functions answer with all bits where there is no such extension.
  facts.may_sign = (X509_get_key_usage(x509) & KU_DIGITAL_SIGNATURE) != 0;
  facts.may_connect = (X509_get_extended_key_usage(x509) & (XKU_SSL_CLIENT | XKU_ANYEKU)) != 0;
  ReadKey(facts);
  ERR_clear_error();
  return absl::OkStatus();
}

void Certificate::ReadKey(Facts& facts) {
  facts.public_key = X509_get0_pubkey(facts.x509.get());
  if (facts.public_key == nullptr) {
    facts.key_description = "of an unknown kind";
    return;
  }
  facts.key_kind = CurveOf(facts.x509.get());
  if (facts.key_kind == KeyKind::kP256) {
    facts.key_description = "EC P-256";
  } else if (facts.key_kind == KeyKind::kP384) {
    facts.key_description = "EC P-384";
  } else {
    const char* const name = EVP_PKEY_get0_type_name(facts.public_key);
    facts.key_description = fmt::format("{} {}", name == nullptr ? "unknown" : name,
                                        EVP_PKEY_get_bits(facts.public_key));
  }
}

absl::StatusOr<Certificate> Certificate::FromPem(std::string_view pem) {
  CBM_ASSIGN_OR_RETURN(const std::vector<Certificate> certificates, ParsePemCertificates(pem, 1));
  return certificates.front();
}

std::string Certificate::pem() const {
  const BioPtr bio = NewBuffer();
  PEM_write_bio_X509(bio.get(), handle());
  return TextIn(bio.get());
}

absl::Status Certificate::CheckFitToSign() const {
  if (is_authority()) {
    return absl::InvalidArgumentError(
        fmt::format("{} is an authority's, and cannot sign acts", Name()));
  }
  if (key_kind() == KeyKind::kOther) {
    return absl::InvalidArgumentError(
        fmt::format("{} has a key that is {}; acts are signed with EC P-256 or P-384", Name(),
                    key_description()));
  }
  if (!facts_->may_sign) {
    return absl::InvalidArgumentError(
        fmt::format("{} has a key usage without digitalSignature", Name()));
  }
  return absl::OkStatus();
}

absl::Status Certificate::CheckFitToConnect() const {
  if (is_authority()) {
    return absl::InvalidArgumentError(
        fmt::format("{} is an authority's, and cannot connect", Name()));
  }
  if (public_key() == nullptr) {
    return absl::InvalidArgumentError(fmt::format("{} has a key {}", Name(), key_description()));
  }
  if (!facts_->may_connect) {
    return absl::InvalidArgumentError(
        fmt::format("{} has an extended key usage without clientAuth", Name()));
  }
  return absl::OkStatus();
}

std::string Certificate::Name() const {
  return fmt::format("certificate {} (issuer {}, serial {})", subject(), issuer(), serial());
}

absl::StatusOr<std::vector<Certificate>> ParsePemCertificates(std::string_view pem,
                                                              size_t count_max) {
  if (pem.size() > count_max * kPemBytesPerCertificate) {
    return absl::InvalidArgumentError(fmt::format("the PEM has {} bytes; at most {} are allowed",
                                                  pem.size(), count_max * kPemBytesPerCertificate));
  }
  std::vector<Certificate> certificates;
  const auto take = [&](std::string_view block, std::string_view bytes) -> absl::Status {
    if (block != PEM_STRING_X509) {
      return absl::InvalidArgumentError(
          fmt::format("the PEM holds '{}' where only certificates belong", block.substr(0, 40)));
    }
    if (certificates.size() == count_max) {
      return absl::InvalidArgumentError(
          fmt::format("the PEM holds more than {} certificate(s)", count_max));
    }
    CBM_ASSIGN_OR_RETURN(Certificate certificate, Certificate::FromDer(bytes));
    certificates.push_back(std::move(certificate));
    return absl::OkStatus();
  };
  CBM_RETURN_IF_ERROR(ForEachPemBlock(pem, take));
  if (certificates.empty()) {
    return absl::InvalidArgumentError("the PEM holds no certificate");
  }
  return certificates;
}

absl::StatusOr<std::vector<Certificate>> ParsePemChain(std::string_view pem) {
  CBM_ASSIGN_OR_RETURN(std::vector<Certificate> chain,
                       ParsePemCertificates(pem, kChainCertificatesMax));
  for (size_t index = 1; index < chain.size(); ++index) {
    if (X509_NAME_cmp(X509_get_issuer_name(chain[index - 1].handle()),
                      X509_get_subject_name(chain[index].handle())) != 0) {
      return absl::InvalidArgumentError(
          fmt::format("{} is followed by {}, which did not issue it: each certificate comes "
                      "before its issuer",
                      chain[index - 1].Name(), chain[index].Name()));
    }
  }
  return chain;
}

}  // namespace cbm
