#include "server/gate/refusal.h"

#include <string_view>

#include "fmt/format.h"
#include "server/gate/frame_writer.h"
#include "server/gate/http2.h"

namespace cbm {
namespace {

// RFC 7541: the field 8 of the static table, and literals that are not to be indexed.
constexpr std::string_view kStatus200("\x88", 1);
constexpr std::string_view kContentType("\x0f\x10", 2);
constexpr std::string_view kNewName("\0", 1);

constexpr std::string_view kInvalidArgument = "3";

// A string of less than 127 bytes, as HPACK writes it.
std::string Text(std::string_view text) {
  return std::string(1, static_cast<char>(text.size())).append(text);
}

std::string Field(std::string_view name, std::string_view value) {
  return std::string(kNewName) + Text(name) + Text(value);
}

std::string Reset(uint32_t stream, Http2Error error) {
  return WriteFrame(http2::kRstStream, /*flags=*/0, stream,
                    BigEndian(static_cast<uint32_t>(error)));
}

}  // namespace

std::string Refusal(const LongRequest& request, uint32_t request_bytes_max) {
  // At most 85 bytes, of which gRPC encodes none.
  const std::string why = fmt::format("the request has {} bytes; at most {} are taken: shorten it",
                                      request.bytes, request_bytes_max);
  const std::string block = std::string(kStatus200) + std::string(kContentType) +
                            Text("application/grpc") + Field("grpc-status", kInvalidArgument) +
                            Field("grpc-message", why);
  return WriteFrame(http2::kHeaders, http2::kEndStream | http2::kEndHeaders, request.stream,
                    block) +
         Reset(request.stream, Http2Error::kNoError);
}

std::string Cancellation(const LongRequest& request) {
  return Reset(request.stream, Http2Error::kCancel);
}

}  // namespace cbm
