#include "server/service/log_service.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/log/tiles.h"
#include "core/rules/ledger_access.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// A ledger, open for proofs.
struct OpenLedger {
  std::unique_ptr<const Snapshot> snapshot;
  LedgerId id;
  TreeHead head;
};

absl::StatusOr<OpenLedger> OpenReadable(const Store& store, const LedgerId& own,
                                        std::string_view name) {
  CBM_ASSIGN_OR_RETURN(std::unique_ptr<const Snapshot> snapshot, store.Read(own));
  CBM_ASSIGN_OR_RETURN(LedgerId id, rules::FindReadableLedger(store.exchange(), own, name));
  CBM_ASSIGN_OR_RETURN(const TreeHead head, snapshot->Head(id));
  return OpenLedger{.snapshot = std::move(snapshot), .id = std::move(id), .head = head};
}

// The size asked for, 0 being the newest.
absl::StatusOr<uint64_t> TreeSize(uint64_t asked, const TreeHead& head) {
  if (asked > head.size) {
    return absl::OutOfRangeError(fmt::format("the tree has {} entries, not {}", head.size, asked));
  }
  return asked == 0 ? head.size : asked;
}

template <typename Response>
void AddHashes(const std::vector<Digest>& proof, Response& response) {
  for (const Digest& hash : proof) {
    response.add_hashes(std::string(BytesOf(hash)));
  }
}

}  // namespace

void LogService::Serve(CallQueue& queue) {
  policy_.ServeReads<v1::GetCheckpointRequest, v1::GetCheckpointResponse>(
      queue, "GetCheckpoint", [this](auto*... asked) { RequestGetCheckpoint(asked...); },
      [this](const Caller& caller, const auto& request, auto& response) {
        return ReadCheckpoint(caller.ledger, request, response);
      });
  policy_.ServeReads<v1::GetInclusionProofRequest, v1::GetInclusionProofResponse>(
      queue, "GetInclusionProof", [this](auto*... asked) { RequestGetInclusionProof(asked...); },
      [this](const Caller& caller, const auto& request, auto& response) {
        return ReadInclusion(caller.ledger, request, response);
      });
  policy_.ServeReads<v1::GetConsistencyProofRequest, v1::GetConsistencyProofResponse>(
      queue, "GetConsistencyProof",
      [this](auto*... asked) { RequestGetConsistencyProof(asked...); },
      [this](const Caller& caller, const auto& request, auto& response) {
        return ReadConsistency(caller.ledger, request, response);
      });
}

absl::Status LogService::ReadCheckpoint(const LedgerId& own,
                                        const v1::GetCheckpointRequest& request,
                                        v1::GetCheckpointResponse& response) const {
  CBM_ASSIGN_OR_RETURN(const OpenLedger ledger,
                       OpenReadable(context_.store, own, request.ledger()));
  CBM_ASSIGN_OR_RETURN(*response.mutable_checkpoint(),
                       context_.checkpoints.Sign(ledger.id, ledger.head));
  return absl::OkStatus();
}

absl::Status LogService::ReadInclusion(const LedgerId& own,
                                       const v1::GetInclusionProofRequest& request,
                                       v1::GetInclusionProofResponse& response) const {
  CBM_ASSIGN_OR_RETURN(const OpenLedger ledger,
                       OpenReadable(context_.store, own, request.ledger()));
  CBM_ASSIGN_OR_RETURN(const uint64_t size, TreeSize(request.tree_size(), ledger.head));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<TileSource> tiles, ledger.snapshot->Tiles(ledger.id));
  CBM_ASSIGN_OR_RETURN(const std::vector<Digest> proof,
                       ProveInclusion(*tiles, {.index = request.ordinal(), .tree_size = size}));
  response.set_tree_size(size);
  AddHashes(proof, response);
  return absl::OkStatus();
}

absl::Status LogService::ReadConsistency(const LedgerId& own,
                                         const v1::GetConsistencyProofRequest& request,
                                         v1::GetConsistencyProofResponse& response) const {
  CBM_ASSIGN_OR_RETURN(const OpenLedger ledger,
                       OpenReadable(context_.store, own, request.ledger()));
  CBM_ASSIGN_OR_RETURN(const uint64_t second, TreeSize(request.second_size(), ledger.head));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<TileSource> tiles, ledger.snapshot->Tiles(ledger.id));
  CBM_ASSIGN_OR_RETURN(const std::vector<Digest> proof,
                       ProveConsistency(*tiles, {.from = request.first_size(), .to = second}));
  response.set_second_size(second);
  AddHashes(proof, response);
  return absl::OkStatus();
}

}  // namespace cbm
