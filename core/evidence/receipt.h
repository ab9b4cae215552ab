#ifndef CBM_CORE_EVIDENCE_RECEIPT_H_
#define CBM_CORE_EVIDENCE_RECEIPT_H_

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cbm/v1/receipt.pb.h"
#include "core/crypto/certificate.h"
#include "core/evidence/encoded.h"
#include "core/log/tlog_proof.h"

namespace cbm {

inline constexpr size_t kReceiptBytesMax = size_t{1} << 20;
inline constexpr size_t kRegistrationsMax = 64;

inline constexpr std::string_view kReceiptPurpose = "cbm.v1/receipt";
inline constexpr uint32_t kReceiptVersion = 1;

// The bytes that stand in a ledger: of the act as signed, of its signature, of the entry as hashed.
struct EvidenceParts {
  std::string_view act;
  std::string_view signature;
  std::string_view entry;
};

// An act in a ledger. `proof` leads from the entry to a signed checkpoint of its ledger.
v1::Evidence BuildEvidence(const EvidenceParts& parts, const TlogProof& proof);

// A receipt, made of evidence: the act's, then that of the registrations behind it; and of the
// signer's certificates, leaf first.
v1::Receipt BuildReceipt(std::vector<v1::Evidence> evidence, std::span<const Certificate> chain);

// The receipt in `bytes`. It proves nothing until VerifyReceipt said so.
//
// DATA_LOSS if it has more than 1 MiB or does not parse.
absl::StatusOr<v1::Receipt> ReadReceipt(std::string_view bytes);

}  // namespace cbm

#endif  // CBM_CORE_EVIDENCE_RECEIPT_H_
