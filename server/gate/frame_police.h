#ifndef CBM_SERVER_GATE_FRAME_POLICE_H_
#define CBM_SERVER_GATE_FRAME_POLICE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/gate/budget.h"
#include "server/gate/call_use.h"
#include "server/gate/field_counter.h"
#include "server/gate/frame_cursor.h"
#include "server/gate/http2.h"

namespace cbm {

// What a client may send. The defaults harm no honest client.
struct FrameLimits {
  uint32_t frame_bytes_max = 16'384;  // The least that HTTP/2 allows, and what gRPC offers.
  // HEADERS and its CONTINUATIONs together. More than gRPC takes, so that it can say so itself.
  uint32_t header_block_bytes_max = 32'768;
  uint32_t header_block_frames_max = 8;
  uint32_t header_fields_max = 64;  // An honest client sends about ten.
  // Calls at once. gRPC offers 64, but holds nobody to it who does not say that he has heard it;
  // HTTP/2 recommends that at least 100 are allowed, which some clients take for granted.
  uint32_t calls_max = 100;
  uint32_t bytes_before_request_max = 65'536;
  // Of a request, as gRPC writes its length before it: an act with all its contents.
  uint32_t request_bytes_max = 2 * 1024 * 1024;
  // New calls, twice what a State may ask by default: it is for calls that no service counts.
  Rate calls = {.burst = 10'000, .per_second = 2'000};
  Rate resets = {.burst = 200, .per_second = 100};  // And requests that are too long.
  // PING, SETTINGS, GOAWAY, unknown types, and HEADERS of streams that are not new.
  Rate controls = {.burst = 100, .per_second = 20};
  Rate priorities = {.burst = 100, .per_second = 20};
  Rate window_updates = {.burst = 20'000, .per_second = 10'000};
  Rate empty_frames = {.burst = 100, .per_second = 20};  // DATA without data, or padded.
  // DATA of calls that have ended. What was under way when one was refused may be some thirty.
  Rate late_frames = {.burst = 2'000, .per_second = 200};
};

// What a client did that it may not.
struct Violation {
  Http2Error error = Http2Error::kProtocolError;
  std::string_view what;  // For the log and the client; where it is kept, a literal.
};

// A call whose request says of itself that it is too long.
struct LongRequest {
  uint32_t stream = 0;
  uint32_t bytes = 0;  // So many it says that it has.
  size_t seen_at = 0;  // How many of the bytes that were inspected there are up to the frame's end.
};

// Reads along with what a client sends over one connection, and says when it is too much. Because
// gRPC does not bound it: resets, pings and settings without end cost gigabytes there, and a block
// of headers without end a processor. A request it refuses only when it has come, however long that
// is.
//
// It keeps the head of one frame, and of each call the length of its request: its size is bounded
// whatever comes. It does no I/O and has no clock. Not thread-safe.
class FramePolice {
 public:
  explicit FramePolice(const FrameLimits& limits);

  // Looks at the next bytes, that came by `now`. The first violation, if there is one: then none of
  // `bytes` may be passed on, and nothing more may be asked. It does not depend on the pieces that
  // the bytes come in.
  std::optional<Violation> Inspect(std::string_view bytes, SteadyTime now);

  // The calls that are to be refused, alone, for what the bytes last inspected say, in their order:
  // each as soon as the frame with its request's length has come whole. Nothing of them counts any
  // more: whoever passes the bytes on ends the call there, on both sides. What still comes for it
  // is data of a call that has ended.
  const std::vector<LongRequest>& long_requests() const { return long_requests_; }

  // A frame of this head is sent to the client, which may end a call.
  void Sent(const FrameHeader& frame);

  // Of the calls that the client has begun and neither side has ended.
  const CallUse& use() const { return use_; }

  // The highest stream that the client opened; 0 for none. What a GOAWAY names.
  uint32_t last_stream() const { return last_stream_; }

 private:
  // A call that the client has begun and neither side has ended.
  struct OpenCall {
    CallUse use;
    uint32_t head_bytes = 0;     // How much of what gRPC writes before a request has come.
    uint32_t request_bytes = 0;  // As that says, once it is whole.
  };

  std::optional<Violation> InspectPreface(std::string_view& bytes);
  std::optional<Violation> InspectFrame(const FrameHeader& frame, SteadyTime now);
  std::optional<Violation> InspectPayload(std::string_view payload);
  std::optional<Violation> InspectHeaderBlock(const FrameHeader& frame);
  std::optional<Violation> InspectCall(const FrameHeader& frame, SteadyTime now);
  std::optional<Violation> InspectData(const FrameHeader& frame, SteadyTime now);
  void ReadRequestLength(std::string_view payload);
  std::optional<Violation> RefuseLongRequest(size_t seen_at, SteadyTime now);
  void EndCall(uint32_t stream);
  std::optional<Violation> InspectRate(const FrameHeader& frame, SteadyTime now);

  const FrameLimits limits_;
  FrameCursor cursor_;
  size_t preface_size_ = 0;     // How much of the preface has come.
  bool settings_came_ = false;  // HTTP/2 begins with a frame of them.
  uint64_t bytes_before_request_ = 0;
  uint32_t last_stream_ = 0;
  uint32_t block_stream_ = 0;  // Of the header block that is under way; 0 for none.
  uint64_t block_bytes_ = 0;
  uint32_t block_frames_ = 0;
  bool in_block_frame_ = false;  // The payload that comes is a header block's.
  FieldCounter fields_;
  // Those that use_ counts, by their streams; at most calls_max. One of them counts as one call.
  std::unordered_map<uint32_t, OpenCall> calls_;
  uint32_t data_stream_ = 0;  // Of the call whose request the payload that comes is; 0 for none.
  std::vector<LongRequest> long_requests_;
  CallUse use_;
  Budget new_calls_;
  Budget resets_;
  Budget controls_;
  Budget priorities_;
  Budget window_updates_;
  Budget empty_frames_;
  Budget late_frames_;
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_FRAME_POLICE_H_
