#include "client/local_receipt.h"

#include <optional>
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

absl::StatusOr<v1::Receipt> MakeLocalReceipt(Workplace& workplace, const FoundEntry& found) {
  const Replica& replica = workplace.replica();
  std::vector<v1::Evidence> evidence;
  CBM_ASSIGN_OR_RETURN(v1::Evidence first, MakeEvidence(replica, found));
  evidence.push_back(std::move(first));
  std::optional<v1::CredentialRecord> signer;
  std::string wanted = found.record().act->act.signing_credential();
  std::vector<Certificate> chain;
  while (evidence.size() <= kRegistrationsMax) {
    CBM_ASSIGN_OR_RETURN(const Digest credential, DigestFrom(wanted));
    CBM_ASSIGN_OR_RETURN(signer, rules::FindCredential(replica, credential));
    if (!signer.has_value()) {
      return absl::DataLossError("the signer's registration is not in the replica");
    }
    if (chain.empty()) {
      CBM_ASSIGN_OR_RETURN(chain, ChainOf(workplace, *signer));
    }
    if (signer->registered_by().empty()) {
      break;  // The genesis document's.
    }
    CBM_ASSIGN_OR_RETURN(const FoundEntry enrolment,
                         FindAct(replica, ToHex(signer->registered_by())));
    CBM_ASSIGN_OR_RETURN(v1::Evidence registration, MakeEvidence(replica, enrolment));
    evidence.push_back(std::move(registration));
    wanted = enrolment.record().act->act.signing_credential();
  }
  v1::Receipt receipt = BuildReceipt(std::move(evidence), chain);
  CBM_RETURN_IF_ERROR(VerifyReceipt(receipt, workplace.trust(), {}).status());
  return receipt;
}

}  // namespace cbm
