#ifndef CBM_SERVER_SERVICE_REQUEST_H_
#define CBM_SERVER_SERVICE_REQUEST_H_

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"

namespace cbm {

// Reads a request from its bytes, which it takes: if it has no more than kMessageFieldsMax fields,
// as CountFields says.
//
// INVALID_ARGUMENT if it has more, or cannot be read.
absl::Status ReadRequest(grpc::ByteBuffer& bytes, google::protobuf::Message& request);

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_REQUEST_H_
