#ifndef CBM_SERVER_SERVICE_EXCHANGE_SERVICE_H_
#define CBM_SERVER_SERVICE_EXCHANGE_SERVICE_H_

#include <functional>
#include <utility>

#include "cbm/v1/exchange_service.grpc.pb.h"
#include "server/service/call.h"
#include "server/service/context.h"

namespace cbm {

// Says what the exchange is (proto/cbm/v1/exchange_service.proto). Thread-safe.
class ExchangeService final : public v1::ExchangeService::CallbackService {
 public:
  // Has the server look at its files, and says what is served now. Called from any thread.
  using Reload = std::function<v1::ReloadTlsResponse()>;

  // Both must outlive it.
  ExchangeService(const ServiceContext& context, CallPolicy& policy)
      : context_(context), policy_(policy) {}

  grpc::ServerUnaryReactor* GetExchange(grpc::CallbackServerContext* context,
                                        const v1::GetExchangeRequest* request,
                                        v1::GetExchangeResponse* response) override;

  grpc::ServerUnaryReactor* ReloadTls(grpc::CallbackServerContext* context,
                                      const v1::ReloadTlsRequest* request,
                                      v1::ReloadTlsResponse* response) override;

  // What ReloadTls does; UNIMPLEMENTED without. Before the first call.
  void SetReload(Reload reload) { reload_ = std::move(reload); }

 private:
  const ServiceContext& context_;
  CallPolicy& policy_;
  Reload reload_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_EXCHANGE_SERVICE_H_
