#ifndef CBM_SERVER_SERVICE_LOG_SERVICE_H_
#define CBM_SERVER_SERVICE_LOG_SERVICE_H_

#include "absl/status/status.h"
#include "cbm/v1/log_service.grpc.pb.h"
#include "server/service/call.h"
#include "server/service/call_queue.h"
#include "server/service/context.h"

namespace cbm {

// gRPC's part of it, which gives and takes bytes.
using RawLogService =
    v1::LogService::WithRawMethod_GetCheckpoint<v1::LogService::WithRawMethod_GetInclusionProof<
        v1::LogService::WithRawMethod_GetConsistencyProof<v1::LogService::Service>>>;

// Proves what ledgers hold (proto/cbm/v1/log_service.proto). Thread-safe.
class LogService final : public RawLogService {
 public:
  // Both must outlive it.
  LogService(const ServiceContext& context, CallPolicy& policy)
      : context_(context), policy_(policy) {}

  // Takes the calls that `queue` tells of. It must outlive the queue.
  void Serve(CallQueue& queue);

 private:
  absl::Status ReadCheckpoint(const LedgerId& own, const v1::GetCheckpointRequest& request,
                              v1::GetCheckpointResponse& response) const;
  absl::Status ReadInclusion(const LedgerId& own, const v1::GetInclusionProofRequest& request,
                             v1::GetInclusionProofResponse& response) const;
  absl::Status ReadConsistency(const LedgerId& own, const v1::GetConsistencyProofRequest& request,
                               v1::GetConsistencyProofResponse& response) const;

  const ServiceContext& context_;
  CallPolicy& policy_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_LOG_SERVICE_H_
