#include "server/service/status.h"

#include <string>

#include "core/base/hex.h"
#include "core/crypto/system_random.h"
#include "fmt/format.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/wire_format_lite.h"

namespace cbm {
namespace {

using ::google::protobuf::internal::WireFormatLite;
using ::google::protobuf::io::CodedOutputStream;
using ::google::protobuf::io::StringOutputStream;

constexpr int64_t kRetrySeconds = 1;
constexpr size_t kReferenceBytes = 4;

// It travels in a header.
constexpr size_t kMessageBytesMax = 2'048;

// One field of a message that has no generated code here, since Debian ships neither the protos nor
// the headers of google.rpc.
std::string TextField(int number, const std::string& bytes) {
  std::string field;
  StringOutputStream stream(&field);
  CodedOutputStream out(&stream);
  WireFormatLite::WriteBytes(number, bytes, &out);
  out.Trim();
  return field;
}

std::string NumberField(int number, int32_t value) {
  std::string field;
  StringOutputStream stream(&field);
  CodedOutputStream out(&stream);
  WireFormatLite::WriteInt32(number, value, &out);
  out.Trim();
  return field;
}

// A google.rpc.Status {code = 1, message = 2, details = 3} with a google.rpc.RetryInfo
// {retry_delay = 1}.
std::string RetryDetails(grpc::StatusCode code, const std::string& message) {
  google::protobuf::Duration delay;
  delay.set_seconds(kRetrySeconds);
  google::protobuf::Any info;
  info.set_type_url("type.googleapis.com/google.rpc.RetryInfo");
  info.set_value(TextField(1, delay.SerializeAsString()));
  return NumberField(1, code) + TextField(2, message) + TextField(3, info.SerializeAsString());
}

std::string Text(const absl::Status& status) {
  const absl::string_view message = status.message();
  size_t size = message.size();
  if (size > kMessageBytesMax) {
    size = kMessageBytesMax;
    while (size > 0 && (static_cast<unsigned char>(message[size]) & 0xC0U) == 0x80U) {
      --size;  // Not within a character.
    }
  }
  return {message.data(), size};
}

std::string NewReference() {
  std::string reference = ToHex(SystemRandom().Bytes(kReferenceBytes));
  for (char& c : reference) {
    c = static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c);
  }
  return reference;
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status, std::string_view method, Log& log) {
  const auto code = static_cast<grpc::StatusCode>(status.code());
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return grpc::Status::OK;
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown: {
      const std::string reference = NewReference();
      log.Error("internal_error",
                {{"reference", reference}, {"method", method}, {"reason", Text(status)}});
      return {code, fmt::format("internal error, reference {}", reference)};
    }
    case absl::StatusCode::kDataLoss:
      log.Error("data_loss", {{"method", method}, {"reason", Text(status)}});
      return {code, fmt::format("what the exchange keeps is damaged: {}; tell its operator, who "
                                "finds more in its log",
                                Text(status))};
    // Details also tell what we say from what gRPC says when a connection breaks.
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted: {
      const std::string text = Text(status);
      return {code, text, RetryDetails(code, text)};
    }
    default:
      return {code, Text(status)};
  }
}

}  // namespace cbm
