#include "core/evidence/field_count.h"

#include <cstdint>
#include <limits>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"

namespace cbm {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// Takes the fields from here to the limit from `left`.
FieldCount Count(CodedInputStream& in, const Descriptor& type, int& left) {
  while (in.BytesUntilLimit() > 0) {
    const uint32_t tag = in.ReadTag();
    if (tag == 0 || WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_START_GROUP) {
      return FieldCount::kUnreadable;
    }
    if (--left < 0) {
      return FieldCount::kMany;
    }
    const FieldDescriptor* const field =
        type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    if (field == nullptr || field->type() != FieldDescriptor::TYPE_MESSAGE ||
        WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&in, tag)) {
        return FieldCount::kUnreadable;
      }
      continue;
    }
    int length = 0;
    // A limit beyond the one that holds is no limit: what is in it would be counted otherwise than
    // it is read.
    if (!in.ReadVarintSizeAsInt(&length) || length > in.BytesUntilLimit()) {
      return FieldCount::kUnreadable;
    }
    const CodedInputStream::Limit outer = in.PushLimit(length);
    const FieldCount inner = Count(in, *field->message_type(), left);
    if (inner != FieldCount::kFew) {
      return inner;
    }
    in.PopLimit(outer);
  }
  return FieldCount::kFew;
}

}  // namespace

FieldCount CountFields(google::protobuf::io::ZeroCopyInputStream& in, size_t bytes,
                       const google::protobuf::Descriptor& type) {
  if (bytes > static_cast<size_t>(std::numeric_limits<int>::max())) {
    return FieldCount::kMany;
  }
  CodedInputStream coded(&in);
  coded.PushLimit(static_cast<int>(bytes));
  int left = kMessageFieldsMax;
  return Count(coded, type, left);
}

}  // namespace cbm
