#include "server/service/request.h"

#include <cstdint>

#include "fmt/format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/proto_buffer_reader.h"

namespace cbm {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// Whether there are at most `left` fields, from here to the limit; it takes them from there. What
// cannot be read counts as far as it can.
bool HasFewFields(CodedInputStream& in, const Descriptor& type, int& left) {
  while (const uint32_t tag = in.ReadTag()) {
    if (--left < 0 || WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_START_GROUP) {
      return false;  // What is in a group would count as one; there is none in what is ours.
    }
    const FieldDescriptor* const field =
        type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    if (field == nullptr || field->type() != FieldDescriptor::TYPE_MESSAGE ||
        WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&in, tag)) {
        return true;
      }
      continue;
    }
    int length = 0;
    if (!in.ReadVarintSizeAsInt(&length)) {
      return true;
    }
    const CodedInputStream::Limit before = in.PushLimit(length);
    if (!HasFewFields(in, *field->message_type(), left)) {
      return false;
    }
    if (in.BytesUntilLimit() != 0) {
      return true;
    }
    in.PopLimit(before);
  }
  return true;
}

bool HasFewFields(const grpc::ByteBuffer& bytes, const Descriptor& type) {
  grpc::ByteBuffer shared = bytes;  // Reading takes them from there.
  grpc::ProtoBufferReader reader(&shared);
  CodedInputStream in(&reader);
  int left = kRequestFieldsMax;
  return !reader.status().ok() || HasFewFields(in, type, left);
}

}  // namespace

absl::Status ReadRequest(grpc::ByteBuffer& bytes, google::protobuf::Message& request) {
  if (!HasFewFields(bytes, *request.GetDescriptor())) {
    bytes.Clear();
    return absl::InvalidArgumentError(
        fmt::format("the request has more than {} fields", kRequestFieldsMax));
  }
  const bool is_read =
      grpc::SerializationTraits<google::protobuf::Message>::Deserialize(&bytes, &request).ok();
  bytes.Clear();
  return is_read ? absl::OkStatus() : absl::InvalidArgumentError("the request cannot be read");
}

}  // namespace cbm
