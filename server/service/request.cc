#include "server/service/request.h"

#include "core/evidence/field_count.h"
#include "fmt/format.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/proto_buffer_reader.h"

namespace cbm {
namespace {

FieldCount CountFieldsOf(const grpc::ByteBuffer& bytes, const google::protobuf::Message& request) {
  grpc::ByteBuffer shared = bytes;  // Reading takes them from there.
  grpc::ProtoBufferReader reader(&shared);
  return reader.status().ok() ? CountFields(reader, bytes.Length(), *request.GetDescriptor())
                              : FieldCount::kUnreadable;
}

}  // namespace

absl::Status ReadRequest(grpc::ByteBuffer& bytes, google::protobuf::Message& request) {
  const FieldCount count = CountFieldsOf(bytes, request);
  const bool is_read =
      count == FieldCount::kFew &&
      grpc::SerializationTraits<google::protobuf::Message>::Deserialize(&bytes, &request).ok();
  bytes.Clear();
  if (count == FieldCount::kMany) {
    return absl::InvalidArgumentError(
        fmt::format("the request has more than {} fields", kMessageFieldsMax));
  }
  return is_read ? absl::OkStatus() : absl::InvalidArgumentError("the request cannot be read");
}

}  // namespace cbm
