#ifndef CBM_SERVER_SERVICE_EXCHANGE_SERVICE_H_
#define CBM_SERVER_SERVICE_EXCHANGE_SERVICE_H_

#include "cbm/v1/exchange_service.grpc.pb.h"
#include "server/service/call.h"
#include "server/service/context.h"

namespace cbm {

// Says what the exchange is (proto/cbm/v1/exchange_service.proto). Thread-safe.
class ExchangeService final : public v1::ExchangeService::CallbackService {
 public:
  // Both must outlive it.
  ExchangeService(const ServiceContext& context, CallPolicy& policy)
      : context_(context), policy_(policy) {}

  grpc::ServerUnaryReactor* GetExchange(grpc::CallbackServerContext* context,
                                        const v1::GetExchangeRequest* request,
                                        v1::GetExchangeResponse* response) override;

 private:
  const ServiceContext& context_;
  CallPolicy& policy_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_EXCHANGE_SERVICE_H_
