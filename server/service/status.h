#ifndef CBM_SERVER_SERVICE_STATUS_H_
#define CBM_SERVER_SERVICE_STATUS_H_

#include <string_view>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"
#include "server/ops/log.h"

namespace cbm {

// How a method answers with `status`: the only place where ours becomes gRPC's.
//
// The text of INTERNAL and UNKNOWN, which nobody wrote for a caller, gives way to a reference; the
// log has both under "internal_error". DATA_LOSS is logged too, as "data_loss". RESOURCE_EXHAUSTED
// always carries google.rpc.RetryInfo of one second, whatever the reason and however long the
// queue: its length would tell of others.
grpc::Status ToGrpcStatus(const absl::Status& status, std::string_view method, Log& log);

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_STATUS_H_
