#include "server/service/health_service.h"

#include "server/service/unary_call.h"

namespace cbm {
namespace {

constexpr size_t kRequestBytesMax = 1024;

}  // namespace

void HealthService::Serve(CallQueue& queue) {
  using Check =
      UnaryCall<grpc::health::v1::HealthCheckRequest, grpc::health::v1::HealthCheckResponse>;
  Check::Serve(
      queue,
      {.ask = [this](auto*... asked) { RequestCheck(asked...); },
       .take =
           [](Check& call) {
             if (call.request_bytes() > kRequestBytesMax || !call.ReadRequest().ok()) {
               call.Finish({grpc::StatusCode::INVALID_ARGUMENT,
                            "the request cannot be read, or has more than a name"});
               return;
             }
             if (!call.request().service().empty()) {
               call.Finish(
                   {grpc::StatusCode::NOT_FOUND,
                    "no service is watched by itself: ask without a name how the server is"});
               return;
             }
             call.response().set_status(grpc::health::v1::HealthCheckResponse::SERVING);
             call.Finish(grpc::Status::OK);
           }});
}

}  // namespace cbm
