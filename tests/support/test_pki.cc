#include "tests/support/test_pki.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/status/statusor.h"
#include "core/crypto/openssl_handles.h"
#include "core/crypto/secret.h"

namespace cbm::test {
namespace {

constexpr int kSerialBytes = 16;

// Stops the test where OpenSSL, or our own code, cannot do what every test needs.
void Require(bool good) {
  if (!good) {
    ERR_print_errors_fp(stderr);
    std::abort();
  }
}

template <typename T>
T Required(absl::StatusOr<T> result) {
  if (!result.ok()) {
    static_cast<void>(std::fputs(result.status().ToString().c_str(), stderr));
    std::abort();
  }
  return *std::move(result);
}

EvpPkeyPtr NewKey(TestKey kind) {
  EvpPkeyPtr key;
  switch (kind) {
    case TestKey::kP256:
      key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
      break;
    case TestKey::kP384:
      key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"));
      break;
    case TestKey::kRsa2048:
      key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t{2048}));
      break;
  }
  Require(key != nullptr);
  return key;
}

std::string PemOf(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  Require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) ==
          1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<size_t>(size)};
}

void AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  if (value.empty()) {
    return;
  }
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>> extension(
      X509V3_EXT_nconf_nid(nullptr, &context, nid, value.c_str()));
  Require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void SetName(X509* certificate, std::string_view common_name) {
  X509_NAME* const name = X509_get_subject_name(certificate);
  const auto add = [name](const char* field, std::string_view value) {
    Require(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>(value.data()),
                                       static_cast<int>(value.size()), -1, 0) == 1);
  };
  add("O", "Test");
  add("CN", common_name);
}

void SetSerial(X509* certificate) {
  std::array<unsigned char, kSerialBytes> bytes{};
  Require(RAND_bytes(bytes.data(), kSerialBytes) == 1);
  bytes[0] =
      static_cast<unsigned char>((bytes[0] & 0x3fU) | 0x40U);  // Positive, and of full length.
  const BignumPtr number(BN_bin2bn(bytes.data(), kSerialBytes, nullptr));
  Require(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

// Whoever signs a certificate: null handles mean that it signs itself.
struct Signer {
  X509* certificate = nullptr;
  EVP_PKEY* key = nullptr;
};

X509Ptr NewCertificate(std::string_view common_name, const IssueOptions& options, absl::Time now,
                       EVP_PKEY* key, Signer signer) {
  X509Ptr certificate(X509_new());
  X509* const x509 = certificate.get();
  Require(x509 != nullptr && X509_set_version(x509, X509_VERSION_3) == 1);
  SetSerial(x509);
  SetName(x509, common_name);
  X509* const issuer = signer.certificate == nullptr ? x509 : signer.certificate;
  Require(X509_set_issuer_name(x509, X509_get_subject_name(issuer)) == 1);
  const absl::Time not_before = options.not_before.value_or(now - absl::Hours(24));
  const absl::Time not_after = options.not_after.value_or(now + absl::Hours(24 * 365));
  Require(ASN1_TIME_set(X509_getm_notBefore(x509), absl::ToTimeT(not_before)) != nullptr);
  Require(ASN1_TIME_set(X509_getm_notAfter(x509), absl::ToTimeT(not_after)) != nullptr);
  Require(X509_set_pubkey(x509, key) == 1);
  AddExtension(x509, issuer, NID_basic_constraints,
               options.is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  AddExtension(x509, issuer, NID_key_usage, options.key_usage);
  AddExtension(x509, issuer, NID_ext_key_usage, options.extended_key_usage);
  AddExtension(x509, issuer, NID_subject_alt_name, options.alternative_name);
  AddExtension(x509, issuer, NID_subject_key_identifier, "hash");
  AddExtension(x509, issuer, NID_authority_key_identifier, "keyid");
  Require(X509_sign(x509, signer.key == nullptr ? key : signer.key, EVP_sha256()) > 0);
  return certificate;
}

using CrlPtr = std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>>;

void SetTime(absl::Time time, X509_CRL* list, int (*set)(X509_CRL* list, const ASN1_TIME* time)) {
  const std::unique_ptr<ASN1_TIME, FreeWith<ASN1_TIME_free>> value(
      ASN1_TIME_set(nullptr, absl::ToTimeT(time)));
  Require(value != nullptr && set(list, value.get()) == 1);
}

void AddEntry(const Certificate& certificate, int reason, absl::Time time, X509_CRL* list) {
  std::unique_ptr<X509_REVOKED, FreeWith<X509_REVOKED_free>> entry(X509_REVOKED_new());
  const std::unique_ptr<ASN1_TIME, FreeWith<ASN1_TIME_free>> date(
      ASN1_TIME_set(nullptr, absl::ToTimeT(time)));
  Require(X509_REVOKED_set_serialNumber(entry.get(), X509_get_serialNumber(certificate.handle())) ==
              1 &&
          X509_REVOKED_set_revocationDate(entry.get(), date.get()) == 1);
  if (reason >= 0) {
    const std::unique_ptr<ASN1_ENUMERATED, FreeWith<ASN1_ENUMERATED_free>> value(
        ASN1_ENUMERATED_new());
    Require(ASN1_ENUMERATED_set(value.get(), reason) == 1 &&
            X509_REVOKED_add1_ext_i2d(entry.get(), NID_crl_reason, value.get(), 0, 0) == 1);
  }
  Require(X509_CRL_add0_revoked(list, entry.release()) == 1);
}

void AddListExtensions(const ListOptions& options, X509* issuer, X509_CRL* list) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, nullptr, nullptr, list, 0);
  const std::unique_ptr<ASN1_INTEGER, FreeWith<ASN1_INTEGER_free>> number(ASN1_INTEGER_new());
  Require(ASN1_INTEGER_set(number.get(), options.number) == 1 &&
          X509_CRL_add1_ext_i2d(list, NID_crl_number, number.get(), 0, 0) == 1);
  if (!options.distribution_point.empty()) {
    const std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>> extension(
        X509V3_EXT_nconf_nid(nullptr, &context, NID_issuing_distribution_point,
                             options.distribution_point.c_str()));
    Require(extension != nullptr && X509_CRL_add_ext(list, extension.get(), -1) == 1);
  }
}

Certificate CertificateOf(X509* x509) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(x509, &bytes);
  Require(size > 0);
  const OpenSslBytes owner(bytes);
  return Required(
      Certificate::FromDer({reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)}));
}

IssueOptions AuthorityOptions(absl::Time now) {
  IssueOptions options;
  options.is_authority = true;
  options.key_usage = "critical,keyCertSign,cRLSign";
  options.extended_key_usage.clear();
  // Outlives what it issues, so that a test of an expired leaf is about the leaf.
  options.not_before = now - absl::Hours(24 * 3650);
  options.not_after = now + absl::Hours(24 * 365 * 60);
  return options;
}

Issued NewIssued(std::string_view common_name, const IssueOptions& options, absl::Time now,
                 Signer signer) {
  const EvpPkeyPtr key = NewKey(options.key);
  const X509Ptr x509 = NewCertificate(common_name, options, now, key.get(), signer);
  Issued issued{.certificate = CertificateOf(x509.get()),
                .key = std::nullopt,
                .certificate_pem = {},
                .chain_pem = {},
                .key_pem = PemOf(key.get())};
  if (options.key != TestKey::kRsa2048) {
    issued.key = Required(SigningKey::FromPem(SecretBytes(issued.key_pem)));
  }
  issued.certificate_pem = issued.certificate.pem();
  issued.chain_pem = issued.certificate_pem;
  return issued;
}

}  // namespace

struct TestPki::Authority {
  EvpPkeyPtr key;
  X509Ptr x509;
  Certificate certificate;

  static std::unique_ptr<Authority> New(const std::string& name, absl::Time now, Signer signer) {
    EvpPkeyPtr key = NewKey(TestKey::kP256);
    X509Ptr x509 = NewCertificate(name, AuthorityOptions(now), now, key.get(), signer);
    Certificate certificate = CertificateOf(x509.get());
    return std::make_unique<Authority>(
        Authority{std::move(key), std::move(x509), std::move(certificate)});
  }
};

TestPki::TestPki(std::string_view name, absl::Time now, Shape shape)
    : now_(now), root_(Authority::New(std::string(name), now, {})) {
  if (shape == Shape::kWithIntermediate) {
    intermediate_ = Authority::New(std::string(name) + " Intermediate", now,
                                   {.certificate = root_->x509.get(), .key = root_->key.get()});
    intermediates_.push_back(intermediate_->certificate);
  }
}

TestPki::TestPki(TestPki&&) noexcept = default;
TestPki& TestPki::operator=(TestPki&&) noexcept = default;
TestPki::~TestPki() = default;

Issued TestPki::Issue(std::string_view common_name, const IssueOptions& options) {
  const Authority& authority = intermediate_ == nullptr ? *root_ : *intermediate_;
  Issued issued = NewIssued(common_name, options, now_,
                            {.certificate = authority.x509.get(), .key = authority.key.get()});
  for (const Certificate& intermediate : intermediates_) {
    issued.chain_pem += intermediate.pem();
  }
  return issued;
}

std::string TestPki::IssueList(const std::vector<Certificate>& revoked,
                               const ListOptions& options) const {
  const Authority& authority =
      intermediate_ == nullptr || options.is_by_root ? *root_ : *intermediate_;
  const CrlPtr list(X509_CRL_new());
  Require(list != nullptr && X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) == 1);
  Require(X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(authority.x509.get())) == 1);
  SetTime(options.this_update.value_or(now_ - absl::Hours(1)), list.get(),
          X509_CRL_set1_lastUpdate);
  SetTime(options.next_update.value_or(now_ + absl::Hours(24 * 7)), list.get(),
          X509_CRL_set1_nextUpdate);
  for (const Certificate& certificate : revoked) {
    AddEntry(certificate, options.reason, now_ - absl::Hours(1), list.get());
  }
  AddListExtensions(options, authority.x509.get(), list.get());
  Require(X509_CRL_sign(list.get(), authority.key.get(),
                        options.is_sha1 ? EVP_sha1() : EVP_sha256()) > 0);
  const BioPtr bio(BIO_new(BIO_s_mem()));
  Require(PEM_write_bio_X509_CRL(bio.get(), list.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<size_t>(size)};
}

Issued TestPki::SelfSigned(std::string_view common_name, const IssueOptions& options,
                           absl::Time now) {
  return NewIssued(common_name, options, now, {});
}

const Certificate& TestPki::root() const { return root_->certificate; }

const std::vector<Certificate>& TestPki::intermediates() const { return intermediates_; }

std::string TestPki::ca_pem() const {
  std::string pem = root().pem();
  for (const Certificate& intermediate : intermediates_) {
    pem += intermediate.pem();
  }
  return pem;
}

}  // namespace cbm::test
