#ifndef CBM_SERVER_SERVICE_DIRECTORY_SERVICE_H_
#define CBM_SERVER_SERVICE_DIRECTORY_SERVICE_H_

#include "absl/status/status.h"
#include "cbm/v1/directory_service.grpc.pb.h"
#include "server/service/call.h"
#include "server/service/call_queue.h"
#include "server/service/context.h"

namespace cbm {

// gRPC's part of it, which gives and takes bytes.
using RawDirectoryService =
    v1::DirectoryService::WithRawMethod_ListStates<v1::DirectoryService::WithRawMethod_ListOffices<
        v1::DirectoryService::WithRawMethod_GetOffice<v1::DirectoryService::Service>>>;

// Shows who takes part (proto/cbm/v1/directory_service.proto). Thread-safe.
class DirectoryService final : public RawDirectoryService {
 public:
  // Both must outlive it.
  DirectoryService(const ServiceContext& context, CallPolicy& policy)
      : context_(context), policy_(policy) {}

  // Takes the calls that `queue` tells of. It must outlive the queue.
  void Serve(CallQueue& queue);

 private:
  absl::Status ReadStates(const LedgerId& own, const v1::ListStatesRequest& request,
                          v1::ListStatesResponse& response) const;
  absl::Status ReadOffices(const LedgerId& own, const v1::ListOfficesRequest& request,
                           v1::ListOfficesResponse& response) const;
  absl::Status ReadOffice(const LedgerId& own, const v1::GetOfficeRequest& request,
                          v1::GetOfficeResponse& response) const;

  const ServiceContext& context_;
  CallPolicy& policy_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_DIRECTORY_SERVICE_H_
