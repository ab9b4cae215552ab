#ifndef CBM_SERVER_SERVICE_CONSULTATION_SERVICE_H_
#define CBM_SERVER_SERVICE_CONSULTATION_SERVICE_H_

#include "absl/status/status.h"
#include "cbm/v1/consultation_service.grpc.pb.h"
#include "server/service/call.h"
#include "server/service/call_queue.h"
#include "server/service/context.h"

namespace cbm {

// gRPC's part of it, which gives and takes bytes.
using RawConsultationService = v1::ConsultationService::WithRawMethod_Get<
    v1::ConsultationService::WithRawMethod_List<v1::ConsultationService::Service>>;

// Shows consultations as the caller's own ledger has them
// (proto/cbm/v1/consultation_service.proto). Thread-safe.
class ConsultationService final : public RawConsultationService {
 public:
  // Both must outlive it.
  ConsultationService(const ServiceContext& context, CallPolicy& policy)
      : context_(context), policy_(policy) {}

  // Takes the calls that `queue` tells of. It must outlive the queue.
  void Serve(CallQueue& queue);

 private:
  absl::Status ReadOne(const Caller& caller, const v1::GetConsultationRequest& request,
                       v1::GetConsultationResponse& response) const;
  absl::Status ReadPage(const Caller& caller, const v1::ListConsultationsRequest& request,
                        v1::ListConsultationsResponse& response) const;

  const ServiceContext& context_;
  CallPolicy& policy_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_CONSULTATION_SERVICE_H_
