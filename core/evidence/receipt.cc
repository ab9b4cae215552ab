#include "core/evidence/receipt.h"

#include <utility>

#include "absl/status/status.h"
#include "fmt/format.h"

namespace cbm {

v1::Evidence BuildEvidence(const EvidenceParts& parts, const TlogProof& proof) {
  v1::Evidence evidence;
  evidence.set_act(parts.act.data(), parts.act.size());
  evidence.set_signature(parts.signature.data(), parts.signature.size());
  evidence.set_entry(parts.entry.data(), parts.entry.size());
  evidence.set_tlog_proof(FormatTlogProof(proof));
  return evidence;
}

v1::Receipt BuildReceipt(std::vector<v1::Evidence> evidence, std::span<const Certificate> chain) {
  v1::Receipt receipt;
  receipt.set_purpose(kReceiptPurpose.data(), kReceiptPurpose.size());
  receipt.set_version(kReceiptVersion);
  for (v1::Evidence& part : evidence) {
    *receipt.add_evidence() = std::move(part);
  }
  for (const Certificate& certificate : chain) {
    receipt.add_certificate_chain(certificate.der());
  }
  return receipt;
}

absl::StatusOr<v1::Receipt> ReadReceipt(std::string_view bytes) {
  if (bytes.size() > kReceiptBytesMax) {
    return absl::DataLossError(fmt::format("receipt has {} bytes; at most {} are allowed",
                                           bytes.size(), kReceiptBytesMax));
  }
  v1::Receipt receipt;
  if (!receipt.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError("receipt does not parse as cbm.v1.Receipt");
  }
  return receipt;
}

}  // namespace cbm
