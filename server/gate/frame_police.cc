#include "server/gate/frame_police.h"

#include <algorithm>
#include <utility>

#include "server/gate/http2.h"

namespace cbm {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// Before a request: whether it is compressed, and its length in four bytes.
constexpr uint32_t kRequestHeadBytes = 5;

constexpr uint32_t kSettingBytes = 6;
constexpr uint32_t kSettingsBytesMax = 64 * kSettingBytes;  // An honest client sends about six.

Violation Protocol(std::string_view what) {
  return {.error = Http2Error::kProtocolError, .what = what};
}
Violation FrameSize(std::string_view what) {
  return {.error = Http2Error::kFrameSizeError, .what = what};
}
Violation TooMuch(std::string_view what) {
  return {.error = Http2Error::kEnhanceYourCalm, .what = what};
}

bool OfStream(uint8_t type) {
  return type == http2::kData || type == http2::kHeaders || type == http2::kPriority ||
         type == http2::kRstStream || type == http2::kContinuation;
}

bool OfConnection(uint8_t type) {
  return type == http2::kSettings || type == http2::kPing || type == http2::kGoaway;
}

// DATA that brings the stream no further. A padded one may be nothing but padding; gRPC pads none.
bool SaysNothing(const FrameHeader& frame) {
  return (frame.length == 0 && (frame.flags & http2::kEndStream) == 0) ||
         (frame.flags & http2::kPadded) != 0;
}

// What can be said of a frame without knowing any other.
std::optional<Violation> InspectShape(const FrameHeader& frame) {
  if (OfStream(frame.type) && frame.stream == 0) {
    return Protocol("a frame of a stream without a stream");
  }
  if (OfConnection(frame.type) && frame.stream != 0) {
    return Protocol("a frame of the connection in a stream");
  }
  const bool good =
      (frame.type != http2::kPriority || frame.length == 5) &&
      (frame.type != http2::kHeaders || (frame.flags & http2::kWithPriority) == 0 ||
       frame.length >= 5) &&
      (frame.type != http2::kRstStream || frame.length == 4) &&
      (frame.type != http2::kWindowUpdate || frame.length == 4) &&
      (frame.type != http2::kPing || frame.length == 8) &&
      (frame.type != http2::kGoaway || frame.length >= 8) &&
      (frame.type != http2::kSettings || frame.length % kSettingBytes == 0) &&
      (frame.type != http2::kSettings || (frame.flags & http2::kAck) == 0 || frame.length == 0);
  if (!good) {
    return FrameSize("a frame of a length that its type does not have");
  }
  if (frame.type == http2::kHeaders && (frame.flags & http2::kPadded) != 0) {
    return Protocol("padded headers");  // gRPC takes the padding for fields, and sends none.
  }
  if (frame.type == http2::kSettings && frame.length > kSettingsBytesMax) {
    return TooMuch("too many settings in a frame");
  }
  if (frame.type == http2::kPushPromise) {
    return Protocol("a promise to push, from a client");
  }
  return std::nullopt;
}

}  // namespace

FramePolice::FramePolice(const FrameLimits& limits)
    : limits_(limits),
      new_calls_(limits.calls),
      resets_(limits.resets),
      controls_(limits.controls),
      priorities_(limits.priorities),
      window_updates_(limits.window_updates),
      empty_frames_(limits.empty_frames),
      late_frames_(limits.late_frames) {}

std::optional<Violation> FramePolice::Inspect(std::string_view bytes, SteadyTime now) {
  const size_t size = bytes.size();
  long_requests_.clear();
  if (auto violation = InspectPreface(bytes); violation.has_value()) {
    return violation;
  }
  while (!bytes.empty()) {
    const std::string_view all = bytes;
    const bool is_block = cursor_.in_payload() && in_block_frame_;
    const bool is_data = cursor_.in_payload() && data_stream_ != 0;
    const std::optional<FrameHeader> frame = cursor_.Next(bytes);
    const std::string_view taken = all.substr(0, all.size() - bytes.size());
    if (last_stream_ == 0) {
      bytes_before_request_ += taken.size();
      if (bytes_before_request_ > limits_.bytes_before_request_max) {
        return TooMuch("too many bytes before the first request");
      }
    }
    auto violation = is_block            ? InspectPayload(taken)
                     : frame.has_value() ? InspectFrame(*frame, now)
                                         : std::nullopt;
    if (is_data) {
      ReadRequestLength(taken);
    }
    if (!violation.has_value() && cursor_.at_boundary()) {
      violation = RefuseLongRequest(size - bytes.size(), now);
    }
    if (violation.has_value()) {
      return violation;
    }
  }
  return std::nullopt;
}

std::optional<Violation> FramePolice::InspectPreface(std::string_view& bytes) {
  const size_t size = std::min(kPreface.size() - preface_size_, bytes.size());
  if (bytes.substr(0, size) != kPreface.substr(preface_size_, size)) {
    return Protocol("it does not begin as HTTP/2 does");
  }
  preface_size_ += size;
  bytes_before_request_ += size;
  bytes.remove_prefix(size);
  return std::nullopt;
}

std::optional<Violation> FramePolice::InspectFrame(const FrameHeader& frame, SteadyTime now) {
  if (!settings_came_ && (frame.type != http2::kSettings || (frame.flags & http2::kAck) != 0)) {
    return Protocol("its first frame is not of settings");
  }
  settings_came_ = true;
  if (frame.length > limits_.frame_bytes_max) {
    return FrameSize("a frame is too long");
  }
  if (auto violation = InspectShape(frame); violation.has_value()) {
    return violation;
  }
  if (auto violation = InspectHeaderBlock(frame); violation.has_value()) {
    return violation;
  }
  if (auto violation = InspectCall(frame, now); violation.has_value()) {
    return violation;
  }
  return InspectRate(frame, now);
}

std::optional<Violation> FramePolice::InspectPayload(std::string_view payload) {
  fields_.Take(payload);
  return fields_.fields() > limits_.header_fields_max
             ? std::optional(TooMuch("a header block has too many fields"))
             : std::nullopt;
}

// HEADERS of a stream that is not new are its trailers, which no client of gRPC sends.
std::optional<Violation> FramePolice::InspectCall(const FrameHeader& frame, SteadyTime now) {
  if (frame.type == http2::kRstStream) {
    EndCall(frame.stream);
  }
  if (frame.type == http2::kData) {
    return InspectData(frame, now);
  }
  if (frame.type != http2::kHeaders) {
    return std::nullopt;
  }
  if (frame.stream <= last_stream_) {
    return controls_.Take(now) ? std::nullopt : std::optional(TooMuch("too many trailers"));
  }
  last_stream_ = frame.stream;
  if (!new_calls_.Take(now)) {
    return TooMuch("too many calls a second");
  }
  if (calls_.size() >= limits_.calls_max) {
    return TooMuch("too many calls at once");
  }
  constexpr CallUse kOne{.calls = 1};
  calls_.emplace(frame.stream, OpenCall{.use = kOne});
  use_ += kOne;
  return std::nullopt;
}

// What comes for a call that was ended may have been under way.
std::optional<Violation> FramePolice::InspectData(const FrameHeader& frame, SteadyTime now) {
  if (frame.stream > last_stream_) {
    return Protocol("data of a call that was never begun");
  }
  const auto call = calls_.find(frame.stream);
  if (call == calls_.end()) {
    return late_frames_.Take(now)
               ? std::nullopt
               : std::optional(TooMuch("too much data of calls that have ended"));
  }
  const CallUse more{.request_frames = 1, .request_bytes = frame.length};
  call->second.use += more;
  use_ += more;
  // gRPC ends a call that has padded data.
  data_stream_ = (frame.flags & http2::kPadded) == 0 ? frame.stream : 0;
  return std::nullopt;
}

void FramePolice::ReadRequestLength(std::string_view payload) {
  const auto found = calls_.find(data_stream_);
  if (found == calls_.end()) {
    return;  // Ended meanwhile.
  }
  OpenCall& call = found->second;
  for (size_t i = 0; i < payload.size() && call.head_bytes < kRequestHeadBytes; ++i) {
    // The first byte, whether it is compressed, is pushed out by the last.
    call.request_bytes = call.request_bytes << 8U | static_cast<uint8_t>(payload[i]);
    ++call.head_bytes;
  }
}

std::optional<Violation> FramePolice::RefuseLongRequest(size_t seen_at, SteadyTime now) {
  const auto found = calls_.find(std::exchange(data_stream_, 0));
  if (found == calls_.end() || found->second.head_bytes < kRequestHeadBytes ||
      found->second.request_bytes <= limits_.request_bytes_max) {
    return std::nullopt;
  }
  long_requests_.push_back(
      {.stream = found->first, .bytes = found->second.request_bytes, .seen_at = seen_at});
  EndCall(found->first);
  return resets_.Take(now) ? std::nullopt
                           : std::optional(TooMuch("too many requests that are too long"));
}

void FramePolice::EndCall(uint32_t stream) {
  const auto call = calls_.find(stream);
  if (call != calls_.end()) {
    use_ -= call->second.use;
    calls_.erase(call);
  }
}

void FramePolice::Sent(const FrameHeader& frame) {
  const bool may_end = frame.type == http2::kData || frame.type == http2::kHeaders;
  if (frame.type == http2::kRstStream || (may_end && (frame.flags & http2::kEndStream) != 0)) {
    EndCall(frame.stream);
  }
}

std::optional<Violation> FramePolice::InspectHeaderBlock(const FrameHeader& frame) {
  const bool goes_on = frame.type == http2::kContinuation && frame.stream == block_stream_;
  if (block_stream_ != 0 && !goes_on) {
    return Protocol("another frame within a header block");
  }
  if (block_stream_ == 0 && frame.type == http2::kContinuation) {
    return Protocol("a continuation of nothing");
  }
  in_block_frame_ = frame.type == http2::kHeaders || frame.type == http2::kContinuation;
  if (!in_block_frame_) {
    return std::nullopt;
  }
  fields_.Begin(frame);
  if (frame.type == http2::kHeaders) {
    block_bytes_ = 0;
    block_frames_ = 0;
  }
  block_bytes_ += frame.length;
  ++block_frames_;
  if (block_bytes_ > limits_.header_block_bytes_max) {
    return TooMuch("a header block has too many bytes");
  }
  if (block_frames_ > limits_.header_block_frames_max) {
    return TooMuch("a header block has too many frames");
  }
  block_stream_ = (frame.flags & http2::kEndHeaders) != 0 ? 0 : frame.stream;
  return std::nullopt;
}

std::optional<Violation> FramePolice::InspectRate(const FrameHeader& frame, SteadyTime now) {
  switch (frame.type) {
    case http2::kHeaders:
    case http2::kContinuation:
      return std::nullopt;  // A header block is bounded, and so are calls.
    case http2::kData:
      if (SaysNothing(frame) && !empty_frames_.Take(now)) {
        return TooMuch("too many empty frames");
      }
      return std::nullopt;
    case http2::kRstStream:
      return resets_.Take(now) ? std::nullopt : std::optional(TooMuch("too many resets"));
    case http2::kPriority:
      return priorities_.Take(now) ? std::nullopt : std::optional(TooMuch("too many priorities"));
    case http2::kWindowUpdate:
      return window_updates_.Take(now) ? std::nullopt
                                       : std::optional(TooMuch("too many window updates"));
    default:
      return controls_.Take(now) ? std::nullopt
                                 : std::optional(TooMuch("too many pings or settings"));
  }
}

}  // namespace cbm
