#ifndef CBM_SERVER_SERVICE_HEALTH_SERVICE_H_
#define CBM_SERVER_SERVICE_HEALTH_SERVICE_H_

#include "server/service/call_queue.h"
#include "server/service/health.grpc.pb.h"

namespace cbm {

// gRPC's part of it, which gives and takes bytes.
using RawHealth = grpc::health::v1::Health::WithRawMethod_Check<grpc::health::v1::Health::Service>;

// Tells whatever watches the server that it serves (server/service/health.proto): whoever has
// passed the gate may ask. Thread-safe.
class HealthService final : public RawHealth {
 public:
  // Takes the calls that `queue` tells of. It must outlive the queue.
  void Serve(CallQueue& queue);
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_HEALTH_SERVICE_H_
