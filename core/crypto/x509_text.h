#ifndef CBM_CORE_CRYPTO_X509_TEXT_H_
#define CBM_CORE_CRYPTO_X509_TEXT_H_

// What stands in a certificate or a revocation list, as text and as our own types; for the sources
// of this folder.

#include <openssl/asn1.h>
#include <openssl/x509.h>

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "core/crypto/openssl_handles.h"

namespace cbm {

// A buffer in memory to be written to, and what was written.
BioPtr NewBuffer();
std::string TextIn(BIO* bio);

// As RFC 2253 writes it: ASCII, others escaped.
std::string TextOf(const X509_NAME* name);

// In hexadecimal digits.
std::string TextOf(const ASN1_INTEGER* number);

// None if it is not a time.
std::optional<absl::Time> TimeOf(const ASN1_TIME* time);

}  // namespace cbm

#endif  // CBM_CORE_CRYPTO_X509_TEXT_H_
