#include "server/service/receipts.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/evidence/receipt.h"
#include "core/log/tlog_proof.h"
#include "core/rules/facts.h"

namespace cbm {
namespace {

constexpr size_t kRecordBytesMax = size_t{1} << 20;

struct Place {
  LedgerId ledger;
  uint64_t ordinal = 0;
};

// What stands at a place, proved under the ledger's newest checkpoint.
absl::StatusOr<v1::Evidence> EvidenceAt(const ServiceContext& context, const Snapshot& snapshot,
                                        const Place& place) {
  CBM_ASSIGN_OR_RETURN(const std::vector<v1::LedgerRecord> records,
                       snapshot.Records(place.ledger, place.ordinal, 1, kRecordBytesMax));
  if (records.empty()) {
    return absl::DataLossError("an entry that a receipt needs is missing");
  }
  CBM_ASSIGN_OR_RETURN(const TreeHead head, snapshot.Head(place.ledger));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<TileSource> tiles, snapshot.Tiles(place.ledger));
  TlogProof proof;
  proof.index = place.ordinal;
  CBM_ASSIGN_OR_RETURN(proof.path,
                       ProveInclusion(*tiles, {.index = place.ordinal, .tree_size = head.size}));
  CBM_ASSIGN_OR_RETURN(proof.checkpoint, context.checkpoints.Sign(place.ledger, head));
  const v1::LedgerRecord& record = records.front();
  return BuildEvidence(
      {.act = record.act(), .signature = record.signature(), .entry = record.entry()}, proof);
}

// Where the reader has the act that registered a credential: in ALL, where everybody sees it, else
// in its own ledger.
absl::StatusOr<Place> FindRegistration(const Snapshot& snapshot, const Digest& act) {
  for (const LedgerId& all : snapshot.exchange().AllLedgersOf(snapshot.own_id())) {
    if (const rules::LedgerView* const view = snapshot.All(all.name()); view != nullptr) {
      CBM_ASSIGN_OR_RETURN(const std::optional<uint64_t> ordinal, view->FindEntry(act));
      if (ordinal.has_value()) {
        return Place{.ledger = all, .ordinal = *ordinal};
      }
    }
  }
  CBM_ASSIGN_OR_RETURN(const std::optional<uint64_t> ordinal, snapshot.own().FindEntry(act));
  if (!ordinal.has_value()) {
    return absl::DataLossError("the registration of a credential is missing");
  }
  return Place{.ledger = snapshot.own_id(), .ordinal = *ordinal};
}

absl::StatusOr<v1::CredentialRecord> FindSigner(const Snapshot& snapshot,
                                                const v1::Evidence& evidence) {
  v1::Act act;
  if (!act.ParseFromString(evidence.act())) {
    return absl::DataLossError("a stored act cannot be read");
  }
  CBM_ASSIGN_OR_RETURN(const Digest credential, DigestFrom(act.signing_credential()));
  CBM_ASSIGN_OR_RETURN(std::optional<v1::CredentialRecord> record,
                       rules::FindCredential(snapshot, credential));
  if (record.has_value()) {
    return *std::move(record);
  }
  // The secretariat's first credential stands in the genesis document, and for those who read no
  // ALL ledger nowhere else.
  v1::CredentialRecord genesis;
  genesis.set_certificate(snapshot.exchange().genesis().secretariat_certificate());
  if (Sha256(genesis.certificate()) != credential) {
    return absl::DataLossError("the credential of a stored act is missing");
  }
  return genesis;
}

}  // namespace

absl::StatusOr<v1::Receipt> ReceiptOf(const v1::SignedAct& act, Taken taken,
                                      const Certificate& signer, CheckpointKeeper& checkpoints) {
  TlogProof proof;
  proof.index = taken.entry.entry.ordinal();
  proof.path = std::move(taken.inclusion_proof);
  CBM_ASSIGN_OR_RETURN(proof.checkpoint, checkpoints.Sign(taken.ledger, taken.head));
  std::vector<v1::Evidence> evidence;
  evidence.push_back(BuildEvidence(
      {.act = act.act(), .signature = act.signature(), .entry = taken.entry.bytes}, proof));
  return BuildReceipt(std::move(evidence), std::vector<Certificate>{signer});
}

absl::StatusOr<v1::Receipt> FindReceipt(const ServiceContext& context, const Caller& caller,
                                        const ActName& name) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<const Snapshot> snapshot,
                       context.store.Read(caller.ledger));
  CBM_ASSIGN_OR_RETURN(const std::optional<ActPlace> place, snapshot->FindAct(name));
  if (!place.has_value()) {
    return absl::NotFoundError("there is no such act of that office");
  }
  std::vector<v1::Evidence> evidence;
  CBM_ASSIGN_OR_RETURN(
      v1::Evidence own,
      EvidenceAt(context, *snapshot, {.ledger = place->ledger, .ordinal = place->ordinal}));
  evidence.push_back(std::move(own));
  CBM_ASSIGN_OR_RETURN(v1::CredentialRecord signer, FindSigner(*snapshot, evidence.front()));
  CBM_ASSIGN_OR_RETURN(const Certificate leaf, Certificate::FromDer(signer.certificate()));
  while (!signer.registered_by().empty() && evidence.size() <= kRegistrationsMax) {
    CBM_ASSIGN_OR_RETURN(const Digest registered_by, DigestFrom(signer.registered_by()));
    CBM_ASSIGN_OR_RETURN(const Place at, FindRegistration(*snapshot, registered_by));
    CBM_ASSIGN_OR_RETURN(v1::Evidence registration, EvidenceAt(context, *snapshot, at));
    CBM_ASSIGN_OR_RETURN(signer, FindSigner(*snapshot, registration));
    evidence.push_back(std::move(registration));
  }
  return BuildReceipt(std::move(evidence), std::vector<Certificate>{leaf});
}

}  // namespace cbm
