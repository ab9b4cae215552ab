#ifndef CBM_SERVER_SERVICE_ACT_SERVICE_H_
#define CBM_SERVER_SERVICE_ACT_SERVICE_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cbm/v1/act_service.grpc.pb.h"
#include "cbm/v1/receipt.pb.h"
#include "core/crypto/certificate.h"
#include "server/sequencer/sequencer.h"
#include "server/service/call.h"
#include "server/service/call_queue.h"
#include "server/service/context.h"
#include "server/service/kept_certificates.h"
#include "server/service/unary_call.h"

namespace cbm {

// gRPC's part of it, which gives and takes bytes.
using RawActService = v1::ActService::WithRawMethod_PerformAct<
    v1::ActService::WithRawMethod_GetReceipt<v1::ActService::Service>>;

// Takes acts (proto/cbm/v1/act_service.proto). Thread-safe.
class ActService final : public RawActService {
 public:
  // Both must outlive it.
  ActService(const ServiceContext& context, CallPolicy& policy, Sequencer& sequencer);

  // Takes the calls that `queue` tells of. It must outlive the queue.
  void Serve(CallQueue& queue);

 private:
  void Perform(UnaryCall<v1::PerformActRequest, v1::PerformActResponse>& open);
  absl::Status ReadReceipt(const Caller& caller, const v1::GetReceiptRequest& request,
                           v1::GetReceiptResponse& response) const;

  // The act, if the caller may hand it in: one that is not active, a renewal by itself alone.
  absl::StatusOr<EncodedAct> Accept(const Caller& caller, const v1::SignedAct& signed_act) const;

  // What is checked on the calling thread: size, form, signature, contents, openings, and what a
  // notification says against the form of its kind.
  // Gives back the certificate that signed. Moves the contents out of the request.
  absl::StatusOr<HandedIn> Check(const Caller& caller, v1::PerformActRequest& request,
                                 std::optional<Certificate>& signer);

  // The act's own evidence. An act that was taken before and now came under another signature of
  // its signer has the first one in its ledger, and so in its receipt.
  absl::StatusOr<v1::Receipt> ReceiptFor(const Caller& caller, const v1::SignedAct& signed_act,
                                         Taken taken, const Certificate& signer) const;

  const ServiceContext& context_;
  CallPolicy& policy_;
  Sequencer& sequencer_;
  KeptCertificates certificates_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_ACT_SERVICE_H_
