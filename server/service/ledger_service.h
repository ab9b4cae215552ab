#ifndef CBM_SERVER_SERVICE_LEDGER_SERVICE_H_
#define CBM_SERVER_SERVICE_LEDGER_SERVICE_H_

#include "absl/status/status.h"
#include "cbm/v1/ledger_service.grpc.pb.h"
#include "server/service/call.h"
#include "server/service/call_queue.h"
#include "server/service/context.h"
#include "server/service/follow_hub.h"
#include "server/service/ledger_reader.h"

namespace cbm {

// gRPC's part of it, which gives and takes bytes.
using RawLedgerService =
    v1::LedgerService::WithRawMethod_Follow<v1::LedgerService::WithRawMethod_ListEntries<
        v1::LedgerService::WithRawMethod_GetContent<v1::LedgerService::Service>>>;

// Reads ledgers (proto/cbm/v1/ledger_service.proto). Thread-safe.
class LedgerService final : public RawLedgerService {
 public:
  // All must outlive it, and the hub its streams. The hub is fed by `reader`.
  LedgerService(const ServiceContext& context, CallPolicy& policy, const LedgerReader& reader,
                FollowHub& hub)
      : context_(context), policy_(policy), reader_(reader), hub_(hub) {}

  // Takes the calls that `queue` tells of. It must outlive the queue.
  void Serve(CallQueue& queue);

 private:
  absl::Status StartToFollow(const Caller& caller, const v1::FollowRequest& request,
                             FollowSink& sink);
  absl::Status ReadPage(const Caller& caller, const v1::ListEntriesRequest& request,
                        v1::ListEntriesResponse& response) const;
  absl::Status ReadContent(const Caller& caller, const v1::GetContentRequest& request,
                           v1::GetContentResponse& response) const;

  const ServiceContext& context_;
  CallPolicy& policy_;
  const LedgerReader& reader_;
  FollowHub& hub_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_LEDGER_SERVICE_H_
