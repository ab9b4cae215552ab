#include "client/local_receipt.h"

#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/evidence/receipt.h"
#include "core/evidence/verify.h"
#include "core/rules/facts.h"

namespace cbm {
namespace {

absl::StatusOr<v1::Evidence> MakeEvidence(const Replica& replica, const FoundEntry& found) {
  const ReplicaRecord& record = found.record();
  if (!record.act.has_value()) {
    return absl::FailedPreconditionError(
        "you were not given this act, only told of it: it has no receipt");
  }
  CBM_ASSIGN_OR_RETURN(const TlogProof proof, ProveEntry(replica, found));
  return BuildEvidence({.act = record.act->bytes,
                        .signature = record.act->signature,
                        .entry = record.record.entry()},
                       proof);
}

// The certificate that signed, and the intermediates that are known here.
absl::StatusOr<std::vector<Certificate>> ChainOf(const Workplace& workplace,
                                                 const v1::CredentialRecord& signer) {
  const Profile& profile = workplace.profile();
  if (signer.certificate() == profile.certificate().der()) {
    return profile.chain;
  }
  CBM_ASSIGN_OR_RETURN(Certificate leaf, Certificate::FromDer(signer.certificate()));
  return std::vector<Certificate>{std::move(leaf)};
}

absl::StatusOr<v1::CredentialRecord> FindRegistered(const Replica& replica,
                                                    std::string_view credential) {
  CBM_ASSIGN_OR_RETURN(const Digest digest, DigestFrom(credential));
  CBM_ASSIGN_OR_RETURN(std::optional<v1::CredentialRecord> record,
                       rules::FindCredential(replica, digest));
  if (!record.has_value()) {
    return absl::DataLossError("the signer's registration is not in the replica");
  }
  return *std::move(record);
}

}  // namespace

absl::StatusOr<TlogProof> ProveEntry(const Replica& replica, const FoundEntry& found) {
  const KeptCheckpoint* const checkpoint = replica.CheckpointOf(found.ledger->id());
  if (checkpoint == nullptr) {
    return absl::DataLossError("the ledger has no checkpoint");
  }
  TlogProof proof;
  proof.index = found.ordinal;
  CBM_ASSIGN_OR_RETURN(
      proof.path, found.ledger->tree().ProveInclusion(
                      LeafPosition{.index = found.ordinal, .tree_size = checkpoint->head.size}));
  proof.checkpoint = checkpoint->note;
  return proof;
}

absl::StatusOr<std::vector<v1::Evidence>> ListRegistrations(const Replica& replica,
                                                            std::string_view credential) {
  std::vector<v1::Evidence> registrations;
  std::string wanted(credential);
  while (registrations.size() < kRegistrationsMax) {
    CBM_ASSIGN_OR_RETURN(const v1::CredentialRecord record, FindRegistered(replica, wanted));
    if (record.registered_by().empty()) {
      break;  // The genesis document's.
    }
    CBM_ASSIGN_OR_RETURN(const FoundEntry found, FindAct(replica, ToHex(record.registered_by())));
    CBM_ASSIGN_OR_RETURN(v1::Evidence registration, MakeEvidence(replica, found));
    registrations.push_back(std::move(registration));
    wanted = found.record().act->act.signing_credential();
  }
  return registrations;
}

absl::StatusOr<v1::Receipt> MakeLocalReceipt(Workplace& workplace, const FoundEntry& found) {
  const Replica& replica = workplace.replica();
  std::vector<v1::Evidence> evidence;
  CBM_ASSIGN_OR_RETURN(v1::Evidence first, MakeEvidence(replica, found));
  evidence.push_back(std::move(first));
  const std::string& signing = found.record().act->act.signing_credential();
  CBM_ASSIGN_OR_RETURN(const v1::CredentialRecord signer, FindRegistered(replica, signing));
  CBM_ASSIGN_OR_RETURN(std::vector<v1::Evidence> registrations,
                       ListRegistrations(replica, signing));
  std::move(registrations.begin(), registrations.end(), std::back_inserter(evidence));
  CBM_ASSIGN_OR_RETURN(const std::vector<Certificate> chain, ChainOf(workplace, signer));
  v1::Receipt receipt = BuildReceipt(std::move(evidence), chain);
  CBM_RETURN_IF_ERROR(VerifyReceipt(receipt, workplace.trust(), {}).status());
  return receipt;
}

}  // namespace cbm
