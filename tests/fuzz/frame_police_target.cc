// What a client sends before anything else reads it: what the police lets through is HTTP/2 within
// its bounds, however the bytes come in pieces.

#include "server/gate/frame_police.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>

#include "fmt/format.h"
#include "tests/fuzz/fuzz_target.h"

namespace cbm::fuzz {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr uint8_t kData = 0;
constexpr uint8_t kHeaders = 1;
constexpr uint8_t kReset = 3;
constexpr uint8_t kSettings = 4;
constexpr uint8_t kPing = 6;
constexpr uint8_t kContinuation = 9;
constexpr uint8_t kEndHeaders = 4;
constexpr uint8_t kPadded = 8;

// Low, so that a short input reaches each bound.
FrameLimits Limits() {
  return {.frame_bytes_max = 512,
          .header_block_bytes_max = 600,
          .header_block_frames_max = 3,
          .bytes_before_request_max = 2'000,
          .request_bytes_max = 300,
          .resets = {.burst = 4, .per_second = 1},
          .controls = {.burst = 6, .per_second = 1},
          .priorities = {.burst = 4, .per_second = 1},
          .window_updates = {.burst = 8, .per_second = 1},
          .empty_frames = {.burst = 4, .per_second = 1},
          .late_frames = {.burst = 4, .per_second = 1}};
}

std::string Frame(uint8_t type, uint8_t flags, uint8_t stream, std::string_view payload) {
  std::string frame = {'\0',
                       static_cast<char>(payload.size() >> 8U),
                       static_cast<char>(payload.size()),
                       static_cast<char>(type),
                       static_cast<char>(flags),
                       '\0',
                       '\0',
                       '\0',
                       static_cast<char>(stream)};
  frame += payload;
  return frame;
}

struct Verdict {
  std::string violation;  // The first; empty for none.
  std::string refused;    // The calls with too long a request, and where; without a violation.

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

// What becomes of bytes that come in pieces of `size`, all at one instant.
Verdict VerdictOf(std::string_view bytes, size_t size) {
  FramePolice police(Limits());
  Verdict verdict;
  size_t before = 0;
  const SteadyTime now{std::chrono::hours(1)};
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, size);
    bytes.remove_prefix(piece.size());
    if (const auto violation = police.Inspect(piece, now); violation.has_value()) {
      return {.violation = std::string(violation->what), .refused = {}};
    }
    for (const LongRequest& request : police.long_requests()) {
      verdict.refused += fmt::format("{} with {} at {}; ", request.stream, request.bytes,
                                     before + request.seen_at);
    }
    before += piece.size();
  }
  return verdict;
}

// The calls whose requests are too long, and where that is seen: read here in the plainest way.
class LongRequests {
 public:
  // A whole frame, and how many bytes there are up to its end.
  void Take(uint32_t type, uint32_t flags, uint32_t stream, std::string_view payload, size_t end) {
    if (type == kHeaders && stream > last_stream_) {
      last_stream_ = stream;
      heads_[stream] = "";
    } else if (type == kReset) {
      heads_.erase(stream);
    }
    const auto call = heads_.find(stream);
    if (type != kData || (flags & kPadded) != 0 || call == heads_.end()) {
      return;
    }
    std::string& head = call->second;
    head += payload.substr(0, kHeadBytes - head.size());
    uint32_t length = 0;
    for (const char byte : head.substr(std::min<size_t>(head.size(), 1))) {
      length = length << 8U | static_cast<uint8_t>(byte);
    }
    if (head.size() == kHeadBytes && length > Limits().request_bytes_max) {
      found_ += fmt::format("{} with {} at {}; ", stream, length, end);
      ++count_;
      heads_.erase(call);
    }
  }

  const std::string& found() const { return found_; }
  uint32_t count() const { return count_; }

 private:
  static constexpr size_t kHeadBytes = 5;
  std::map<uint32_t, std::string> heads_;  // Of the requests of the calls that are open.
  uint32_t last_stream_ = 0;
  std::string found_;
  uint32_t count_ = 0;
};

// What holds of bytes that were let through, of which these calls were to be refused.
void ExpectWithinBounds(std::string_view bytes, const std::string& refused) {
  const FrameLimits limits = Limits();
  const std::string_view preface = bytes.substr(0, kPreface.size());
  Expect(preface == kPreface.substr(0, preface.size()), "it begins as HTTP/2 does");
  bytes.remove_prefix(preface.size());
  const size_t size = bytes.size() + preface.size();
  LongRequests long_requests;
  uint32_t block = 0;
  uint32_t resets = 0;
  bool first = true;
  while (bytes.size() >= kFrameHeaderBytes) {
    const auto at = [&](size_t i) { return uint32_t{static_cast<uint8_t>(bytes[i])}; };
    const uint32_t length = at(0) << 16U | at(1) << 8U | at(2);
    const uint32_t type = at(3);
    const uint32_t flags = at(4);
    const uint32_t stream = (at(5) & 0x7fU) << 24U | at(6) << 16U | at(7) << 8U | at(8);
    Expect(!first || type == kSettings, "its first frame is of settings");
    Expect(length <= limits.frame_bytes_max, "no frame is too long");
    Expect(block == 0 || (type == kContinuation && stream == block), "nothing cuts a header block");
    resets += type == kReset ? 1U : 0U;
    if (type == kHeaders || type == kContinuation) {
      block = (flags & kEndHeaders) != 0 ? 0 : stream;
    }
    first = false;
    const bool is_whole = bytes.size() >= kFrameHeaderBytes + length;
    const std::string_view payload = bytes.substr(kFrameHeaderBytes, length);
    bytes.remove_prefix(kFrameHeaderBytes + payload.size());
    if (is_whole) {
      long_requests.Take(type, flags, stream, payload, size - bytes.size());
    }
  }
  Expect(refused == long_requests.found(), "what is too long is refused, and nothing else");
  Expect(resets + long_requests.count() <= limits.resets.burst, "resets are counted");
}

}  // namespace

std::vector<std::string> Seeds() {
  const std::string begin = std::string(kPreface) + Frame(kSettings, 0, 0, "\0\x04\0\0\x10\0");
  const std::string block(300, 'h');
  return {begin + Frame(kHeaders, kEndHeaders, 1, block) + Frame(0, 1, 1, "five!"),
          begin + Frame(kHeaders, 0, 1, block) + Frame(kContinuation, kEndHeaders, 1, "more"),
          begin + Frame(kHeaders, kEndHeaders, 1, block) +
              Frame(0, 0, 1, std::string_view("\0\0\0\2\0long", 9)),
          begin + Frame(kPing, 0, 0, "12345678") + Frame(kReset, 0, 1, std::string(4, '\0')),
          begin + Frame(kHeaders, 0, 3, block) + Frame(kContinuation, 0, 3, block) +
              Frame(kContinuation, 0, 3, block)};
}

void TestOne(std::string_view input) {
  const Verdict verdict = VerdictOf(input, input.size());
  Expect(VerdictOf(input, 1) == verdict, "pieces of one byte make no difference");
  Expect(VerdictOf(input, 7) == verdict, "pieces of seven bytes make no difference");
  if (verdict.violation.empty()) {
    ExpectWithinBounds(input, verdict.refused);
  }
}

int Mutations() { return 100'000; }

}  // namespace cbm::fuzz
