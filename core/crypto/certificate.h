#ifndef CBM_CORE_CRYPTO_CERTIFICATE_H_
#define CBM_CORE_CRYPTO_CERTIFICATE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/crypto/digest.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY.
struct x509_st;      // OpenSSL's X509.

namespace cbm {

inline constexpr size_t kCertificateBytesMax = 16'384;

// A certificate and those that lead from it to a root.
inline constexpr size_t kChainCertificatesMax = 8;

// What a certificate's key is. Acts are signed with the two curves alone.
enum class KeyKind { kOther, kP256, kP384 };

// An X.509 certificate: who an office is. It says what it holds; whether to trust it is for a
// TrustStore to say, and whom it speaks for is for the directory.
//
// A value that is cheap to copy. Thread-safe.
class Certificate {
 public:
  // INVALID_ARGUMENT if `der` has more than 16 KiB, is not one whole certificate in DER, or has
  // extensions that contradict one another.
  static absl::StatusOr<Certificate> FromDer(std::string_view der);

  // The one certificate in `pem`; text around it is ignored. INVALID_ARGUMENT also if there is
  // none, a second, or anything else, such as a private key.
  static absl::StatusOr<Certificate> FromPem(std::string_view pem);

  const std::string& der() const { return facts_->der; }
  std::string pem() const;

  // SHA-256 of the DER: what a credential is known by.
  const Digest& fingerprint() const { return facts_->fingerprint; }

  // Valid from the first until the second, which is no longer in it: so OpenSSL counts, against
  // RFC 5280 by one second.
  absl::Time not_before() const { return facts_->not_before; }
  absl::Time not_after() const { return facts_->not_after; }

  // As RFC 2253 writes names: `CN=EE duty,O=Ministry,C=EE`. ASCII, others escaped: safe to print.
  const std::string& subject() const { return facts_->subject; }
  const std::string& issuer() const { return facts_->issuer; }

  // In hexadecimal digits, as `openssl x509 -serial` prints it.
  const std::string& serial() const { return facts_->serial; }

  KeyKind key_kind() const { return facts_->key_kind; }

  // Such as `EC P-256` or `RSA 3072`.
  const std::string& key_description() const { return facts_->key_description; }

  // Whether anything in it says that it signs certificates. An office's does not.
  bool is_authority() const { return facts_->is_authority; }

  // OK if acts may be signed with it: a P-256 or P-384 key, not an authority's, and a key usage
  // that, if given, has digitalSignature. Otherwise INVALID_ARGUMENT, which says what is missing.
  absl::Status CheckFitToSign() const;

  // OK if a client may connect with it: not an authority's, and an extended key usage that, if
  // given, has clientAuth. Otherwise INVALID_ARGUMENT, which says what is missing.
  absl::Status CheckFitToConnect() const;

  // How messages name it: subject, issuer and serial.
  std::string Name() const;

  // For the sources of this folder and the gate. Both live as long as any copy of this does, and
  // must not be changed; OpenSSL's functions rarely say const.
  x509_st* handle() const { return facts_->x509.get(); }
  evp_pkey_st* public_key() const { return facts_->public_key; }
  std::string_view issuer_der() const { return facts_->issuer_der; }
  std::string_view serial_der() const { return facts_->serial_der; }

  friend bool operator==(const Certificate& a, const Certificate& b) { return a.der() == b.der(); }

 private:
  struct FreeX509 {
    void operator()(x509_st* x509) const;
  };
  struct Facts {
    std::unique_ptr<x509_st, FreeX509> x509;
    evp_pkey_st* public_key = nullptr;  // Part of x509, decoded once.
    std::string der;
    Digest fingerprint{};
    absl::Time not_before;
    absl::Time not_after;
    std::string subject;
    std::string issuer;
    std::string serial;
    std::string issuer_der;
    std::string serial_der;
    KeyKind key_kind = KeyKind::kOther;
    std::string key_description;
    bool is_authority = false;
    bool may_sign = false;
    bool may_connect = false;
  };

  explicit Certificate(std::shared_ptr<const Facts> facts);
  static absl::Status ReadFacts(Facts& facts);
  static void ReadKey(Facts& facts);

  // Shared, because certificates are passed about and kept by many, and never change.
  std::shared_ptr<const Facts> facts_;
};

// All certificates in `pem`, as they stand; text between them is ignored.
//
// INVALID_ARGUMENT if there is none, more than `count_max`, one that is not good, or anything else
// than certificates, such as a private key.
absl::StatusOr<std::vector<Certificate>> ParsePemCertificates(std::string_view pem,
                                                              size_t count_max);

// A certificate, then its issuer, and so on: at most 8, a root at the end or none.
//
// INVALID_ARGUMENT as ParsePemCertificates, and if one was not issued in the name of the next.
absl::StatusOr<std::vector<Certificate>> ParsePemChain(std::string_view pem);

}  // namespace cbm

#endif  // CBM_CORE_CRYPTO_CERTIFICATE_H_
