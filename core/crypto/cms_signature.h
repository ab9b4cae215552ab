#ifndef CBM_CORE_CRYPTO_CMS_SIGNATURE_H_
#define CBM_CORE_CRYPTO_CMS_SIGNATURE_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/crypto/certificate.h"
#include "core/crypto/signing_key.h"

namespace cbm {

inline constexpr size_t kSignatureBytesMax = 4'096;

// Signatures of acts: CMS SignedData (RFC 5652), detached, in DER, over id-data, with one signer
// named by issuer and serial, without certificates. Whoever has act, signature and authorities
// checks it with stock tools:
//
//   openssl cms -verify -binary -inform DER -in act.p7s -content act.bin
//       -certfile chain.pem -CAfile ca.pem -purpose any

// Signs `bytes`: ECDSA P-256 with SHA-256, or P-384 with SHA-384, as `key` is. The signed
// attributes are contentType, messageDigest and signingCertificateV2 (CAdES-BES, RFC 5126).
//
// INVALID_ARGUMENT if `signer` is not fit to sign, or `key` is not its key.
// UNAVAILABLE if the key cannot be used now.
absl::StatusOr<std::string> SignDetached(const Certificate& signer, const SigningKey& key,
                                         std::string_view bytes);

// OK if `signature` is that of `bytes` by the key of `signer`. Whether the certificate is genuine,
// in force, or fit to sign is not asked here.
//
// INVALID_ARGUMENT, which says what is wrong, unless all of this holds: it has at most 4 KiB; it
// is DER, to the last byte; it holds no content, no certificate, no revocation list and no
// unsigned attribute; it has one signer, who is `signer`; its signed attributes have id-data as
// the one contentType and the digest of `bytes` as the one messageDigest; its digest is SHA-256
// for P-256 and SHA-384 for P-384; signingCertificateV2, if there, names `signer`. Other signed
// attributes, signingTime among them, mean nothing to us.
absl::Status VerifyDetached(const Certificate& signer, std::string_view signature,
                            std::string_view bytes);

}  // namespace cbm

#endif  // CBM_CORE_CRYPTO_CMS_SIGNATURE_H_
