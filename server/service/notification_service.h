#ifndef CBM_SERVER_SERVICE_NOTIFICATION_SERVICE_H_
#define CBM_SERVER_SERVICE_NOTIFICATION_SERVICE_H_

#include "absl/status/status.h"
#include "cbm/v1/notification_service.grpc.pb.h"
#include "server/service/call.h"
#include "server/service/call_queue.h"
#include "server/service/context.h"

namespace cbm {

// gRPC's part of it, which gives and takes bytes.
using RawNotificationService = v1::NotificationService::WithRawMethod_Get<
    v1::NotificationService::WithRawMethod_List<v1::NotificationService::Service>>;

// Shows notifications as the caller's ledgers have them (proto/cbm/v1/notification_service.proto).
// Thread-safe.
class NotificationService final : public RawNotificationService {
 public:
  // Both must outlive it.
  NotificationService(const ServiceContext& context, CallPolicy& policy)
      : context_(context), policy_(policy) {}

  // Takes the calls that `queue` tells of. It must outlive the queue.
  void Serve(CallQueue& queue);

 private:
  absl::Status ReadOne(const Caller& caller, const v1::GetNotificationRequest& request,
                       v1::GetNotificationResponse& response) const;
  absl::Status ReadPage(const Caller& caller, const v1::ListNotificationsRequest& request,
                        v1::ListNotificationsResponse& response) const;

  const ServiceContext& context_;
  CallPolicy& policy_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_NOTIFICATION_SERVICE_H_
