#ifndef CBM_SERVER_SERVICE_EXCHANGE_SERVICE_H_
#define CBM_SERVER_SERVICE_EXCHANGE_SERVICE_H_

#include <functional>
#include <utility>

#include "absl/status/statusor.h"
#include "cbm/v1/exchange_service.grpc.pb.h"
#include "server/service/call.h"
#include "server/service/call_queue.h"
#include "server/service/context.h"
#include "server/service/unary_call.h"

namespace cbm {

// gRPC's part of it, which gives and takes bytes.
using RawExchangeService = v1::ExchangeService::WithRawMethod_GetExchange<
    v1::ExchangeService::WithRawMethod_ReloadTls<v1::ExchangeService::Service>>;

// Says what the exchange is (proto/cbm/v1/exchange_service.proto). Thread-safe.
class ExchangeService final : public RawExchangeService {
 public:
  // Has the server look at its files, and then says what is served now, from whatever thread, or
  // why not. Called from any thread, and must not take long.
  using Reload =
      std::function<void(std::function<void(absl::StatusOr<v1::ReloadTlsResponse>)> then)>;

  // Both must outlive it.
  ExchangeService(const ServiceContext& context, CallPolicy& policy)
      : context_(context), policy_(policy) {}

  // Takes the calls that `queue` tells of. It must outlive the queue.
  void Serve(CallQueue& queue);

  // What ReloadTls does; UNIMPLEMENTED without. Before the first call.
  void SetReload(Reload reload) { reload_ = std::move(reload); }

 private:
  void Describe(const Caller& caller, v1::GetExchangeResponse& response) const;
  void AnswerReload(UnaryCall<v1::ReloadTlsRequest, v1::ReloadTlsResponse>& open);

  const ServiceContext& context_;
  CallPolicy& policy_;
  Reload reload_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_EXCHANGE_SERVICE_H_
