#ifndef CBM_SERVER_SERVICE_REQUEST_H_
#define CBM_SERVER_SERVICE_REQUEST_H_

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"

namespace cbm {

// The most fields that a request may have, those of the messages in it counted too. The most that
// one of ours has is some 300: an act with 64 openings and 17 contents.
inline constexpr int kRequestFieldsMax = 4'096;

// Reads a request from its bytes, which it takes.
//
// Its fields are counted before. Because: a field that nobody knows may have two bytes, and takes
// 64 and more once it is read, so that a request of 1 MiB took 60 MiB, and 20 ms.
//
// INVALID_ARGUMENT if it has too many fields, or cannot be read.
absl::Status ReadRequest(grpc::ByteBuffer& bytes, google::protobuf::Message& request);

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_REQUEST_H_
