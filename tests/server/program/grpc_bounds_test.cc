// What gRPC is told to hold its clients to, where the gate before it does not do the same. A client
// that speaks HTTP/2 by hand sees what gRPC itself offers, asks and ends.

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/mutex.h"
#include "grpcpp/create_channel_posix.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "server/gate/frame_cursor.h"
#include "server/gate/frame_police.h"
#include "server/program/grpc_server.h"
#include "server/service/health_service.h"
#include "server/service/unary_call.h"
#include "tests/support/raw_calls.h"
#include "tests/support/tls_client.h"

namespace cbm {
namespace {

using ::cbm::test::CallOf;
using ::cbm::test::FrameOn;

namespace health = ::grpc::health::v1;

constexpr std::string_view kCheck = "/grpc.health.v1.Health/Check";

constexpr uint8_t kSettingsType = 4;
constexpr uint8_t kPingType = 6;
constexpr uint8_t kGoawayType = 7;
constexpr uint8_t kAck = 1;

// RFC 9113, section 6.5.2.
constexpr uint16_t kConcurrentStreamsMax = 3;
constexpr uint16_t kWindowBytes = 4;
constexpr uint16_t kFrameBytesMax = 5;

struct Frame {
  FrameHeader head;
  std::string payload;
};

std::array<Descriptor, 2> MakePair(int flags) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0, ends.data()), 0);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// Its waits end after 30 s.
class RawClient {
 public:
  explicit RawClient(GrpcServer& server) {
    std::array<Descriptor, 2> ends = MakePair(0);
    EXPECT_EQ(::fcntl(ends[0].get(), F_SETFL, O_NONBLOCK), 0);
    server.Take(std::move(ends[0]));
    end_ = std::move(ends[1]);
    const timeval most{.tv_sec = 30, .tv_usec = 0};
    EXPECT_EQ(::setsockopt(end_.get(), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most), 0);
    Write(std::string(test::kHttp2Preface) + std::string(test::kEmptySettings));
  }

  void Write(std::string_view bytes) const {
    EXPECT_EQ(::send(end_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  // Nothing at the end, or if nothing comes.
  std::optional<Frame> Next() {
    Frame frame;
    std::string head = Read(kFrameHeaderBytes);
    std::string_view bytes = head;
    const auto header = FrameCursor().Next(bytes);
    if (!header.has_value()) {
      return std::nullopt;
    }
    return Frame{.head = *header, .payload = Read(header->length)};
  }

  // The next of this type; fails if there is none.
  Frame Await(uint8_t type, uint8_t flags = 0) {
    for (std::optional<Frame> frame = Next(); frame.has_value(); frame = Next()) {
      seen_.push_back(frame->head);
      if (frame->head.type == type && frame->head.flags == flags) {
        return *std::move(frame);
      }
    }
    ADD_FAILURE() << "no frame of type " << int{type};
    return {};
  }

  // Whether it has ended, and did not merely fall silent.
  bool IsAtEnd() const { return at_end_; }

  // The heads of the frames that were waited for, and of those before them.
  const std::vector<FrameHeader>& seen() const { return seen_; }

 private:
  std::string Read(size_t bytes) {
    std::string read(bytes, '\0');
    const ssize_t count = bytes == 0 ? 0 : ::recv(end_.get(), read.data(), bytes, MSG_WAITALL);
    at_end_ = bytes > 0 && count == 0;
    read.resize(count > 0 ? static_cast<size_t>(count) : 0);
    return read;
  }

  Descriptor end_;
  bool at_end_ = false;
  std::vector<FrameHeader> seen_;
};

// How many calls came to the service, and how many ended for their clients.
class Tally {
 public:
  void Came() {
    const MutexLock lock(mutex_);
    ++come_;
    changed_.NotifyAll();
  }
  void Ended(const grpc::Status& status) {
    const MutexLock lock(mutex_);
    refused_ += status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED ? 1U : 0U;
    ++ended_;
    changed_.NotifyAll();
  }

  // Waits until so many came or one was refused; whether one was.
  bool AwaitRefusalOr(size_t come) const {
    const MutexLock lock(mutex_);
    while (come_ < come && refused_ == 0) {
      changed_.Wait(mutex_);
    }
    return refused_ > 0;
  }
  void AwaitEnd(size_t ended) const {
    const MutexLock lock(mutex_);
    while (ended_ < ended) {
      changed_.Wait(mutex_);
    }
  }

 private:
  mutable Mutex mutex_;
  mutable Condition changed_;
  size_t come_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t ended_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Keeps the calls that come, and answers none before it is told to.
class HoldingService final : public RawHealth {
 public:
  using Call = UnaryCall<health::HealthCheckRequest, health::HealthCheckResponse>;

  explicit HoldingService(Tally& tally) : tally_(tally) {}

  void Serve(CallQueue& queue) {
    Call::Serve(queue, {.ask = [this](auto*... asked) { RequestCheck(asked...); },
                        .take = [this](Call& call) { Take(call); }});
  }

  // Answers all that have come, and that come from now on.
  void AnswerAll() {
    const MutexLock lock(mutex_);
    is_answering_ = true;
    for (Call* const call : std::exchange(held_, {})) {
      call->Finish(grpc::Status::OK);
    }
  }

 private:
  void Take(Call& call) {
    tally_.Came();
    const MutexLock lock(mutex_);
    if (is_answering_) {
      call.Finish(grpc::Status::OK);
    } else {
      held_.push_back(&call);
    }
  }

  Tally& tally_;
  Mutex mutex_;
  bool is_answering_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Call*> held_ ABSL_GUARDED_BY(mutex_);
};

class GrpcBounds : public testing::Test {
 protected:
  ~GrpcBounds() override { service_.AnswerAll(); }

  void Start(const LimitsConfig& limits = {}, const GateConfig& gate = {}) {
    ASSERT_TRUE(server_.Start(limits, gate, {GrpcServer::Served(service_)}).ok());
  }

  Tally tally_;
  HoldingService service_{tally_};
  GrpcServer server_;
};

std::map<uint16_t, uint32_t> SettingsIn(const Frame& frame) {
  std::map<uint16_t, uint32_t> settings;
  for (size_t at = 0; at + 6 <= frame.payload.size(); at += 6) {
    const auto byte = [&](size_t i) {
      return uint32_t{static_cast<uint8_t>(frame.payload[at + i])};
    };
    settings[static_cast<uint16_t>(byte(0) << 8U | byte(1))] =
        byte(2) << 24U | byte(3) << 16U | byte(4) << 8U | byte(5);
  }
  return settings;
}

// Who has more to ask waits, rather than be ended by the gate for it; and nobody sends frames that
// are too long for the gate.
TEST_F(GrpcBounds, OfferNoMoreCallsAndNoLongerFramesThanTheGateTakes) {
  Start();
  RawClient client(server_);
  std::map<uint16_t, uint32_t> offered = SettingsIn(client.Await(kSettingsType));
  EXPECT_EQ(offered[kConcurrentStreamsMax], 64U);
  EXPECT_LE(offered[kFrameBytesMax], FrameLimits().frame_bytes_max);  // 0: not said, 16 KiB.
}

TEST_F(GrpcBounds, OfferNoMoreCallsThanAGateTakesThatIsConfiguredToTakeFew) {
  GateConfig gate;
  gate.calls_per_session_max = 16;
  Start({}, gate);
  RawClient client(server_);
  EXPECT_EQ(SettingsIn(client.Await(kSettingsType))[kConcurrentStreamsMax], 16U);
}

// What a client may send of a request before anybody asks for more of it.
TEST_F(GrpcBounds, OfferAWindowOf256KiB) {
  Start();
  RawClient client(server_);
  EXPECT_EQ(SettingsIn(client.Await(kSettingsType))[kWindowBytes], 256U * 1024);
}

// Who has been asked is there. Who only listens is so heard by the gate, which ends the silent.
TEST_F(GrpcBounds, AskWhetherAClientThatWaitsIsThere) {
  LimitsConfig limits;
  limits.connection_idle_seconds = 1;
  Start(limits);
  RawClient client(server_);
  client.Write(CallOf(1, kCheck, ""));
  for (int i = 0; i < 3; ++i) {
    const Frame ping = client.Await(kPingType);
    client.Write(FrameOn(0, kPingType, kAck, ping.payload));
  }
}

// More are the gate's to forbid.
TEST_F(GrpcBounds, AnswerAsManyPingsAsTheGateTakes) {
  Start();
  RawClient client(server_);
  for (uint64_t i = 0; i < GateConfig().controls_burst; ++i) {
    client.Write(FrameOn(0, kPingType, 0, "whatever"));
    client.Await(kPingType, kAck);
  }
  for (const FrameHeader& frame : client.seen()) {
    EXPECT_NE(frame.type, kGoawayType);
  }
}

// Calls that are under way have a moment to end; then their connection does, before the gate ends
// it, which would say so in the log.
TEST_F(GrpcBounds, SayGoodbyeToWhoHasBeenThereForLongAndEndThemLater) {
  GateConfig gate;
  gate.session_seconds_max = 1;
  Start({}, gate);
  RawClient client(server_);
  client.Write(CallOf(1, kCheck, "", /*deadline=*/"99S"));
  client.Await(kGoawayType);
  for (auto frame = client.Next(); frame.has_value(); frame = client.Next()) {
    if (frame->head.type == kPingType && frame->head.flags == 0) {
      client.Write(FrameOn(0, kPingType, kAck, frame->payload));
    }
  }
  EXPECT_TRUE(client.IsAtEnd());
}

// A client with many calls at once, each with the same request.
class Crowd {
 public:
  Crowd(GrpcServer& server, Tally& tally, const grpc::ByteBuffer& request, size_t calls)
      : calls_(calls) {
    std::array<Descriptor, 2> ends = MakePair(SOCK_NONBLOCK);
    server.Take(std::move(ends[0]));
    grpc::GenericStub stub(grpc::CreateInsecureChannelFromFd("test", ends[1].Release()));
    for (OneCall& call : calls_) {
      call.context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
      stub.UnaryCall(&call.context, std::string(kCheck), {}, &request, &call.response,
                     [&tally](const grpc::Status& status) { tally.Ended(status); });
    }
  }

 private:
  struct OneCall {
    grpc::ClientContext context;
    grpc::ByteBuffer response;
  };

  std::vector<OneCall> calls_;  // Until all have ended.
};

// Of many States together, each of which is within the gate's bounds.
TEST_F(GrpcBounds, EndCallsWhoseRequestsTakeTooMuchTogether) {
  constexpr size_t kCallsOfEach = 50;
  const std::string text(size_t{2} << 20U, '\0');
  const grpc::Slice slice(text);
  const grpc::ByteBuffer request(&slice, 1);
  Start();
  std::deque<Crowd> crowds;
  crowds.emplace_back(server_, tally_, request, kCallsOfEach);
  EXPECT_FALSE(tally_.AwaitRefusalOr(kCallsOfEach)) << "100 MiB are not too much";
  for (int i = 0; i < 3; ++i) {
    crowds.emplace_back(server_, tally_, request, kCallsOfEach);
  }
  EXPECT_TRUE(tally_.AwaitRefusalOr(crowds.size() * kCallsOfEach)) << "400 MiB are";
  service_.AnswerAll();
  tally_.AwaitEnd(crowds.size() * kCallsOfEach);
}

}  // namespace
}  // namespace cbm
