#include "server/program/grpc_server.h"

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "grpcpp/create_channel_posix.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "server/service/health_service.h"
#include "server/service/unary_call.h"

namespace cbm {
namespace {

namespace health = ::grpc::health::v1;

// A client of the server, over a connection of its own.
std::unique_ptr<health::Health::Stub> Connect(GrpcServer& server) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
  server.Take(Descriptor(ends[0]));
  return health::Health::NewStub(grpc::CreateInsecureChannelFromFd("test", ends[1]));
}

grpc::Status Check(health::Health::Stub& stub) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  health::HealthCheckResponse response;
  const grpc::Status status = stub.Check(&context, {}, &response);
  EXPECT_TRUE(!status.ok() || response.status() == health::HealthCheckResponse::SERVING);
  return status;
}

TEST(GrpcServer, HasHalfOfTheProcessorsAndOneAtLeast) {
  EXPECT_EQ(GrpcServer::QueuesFor(0), 1U);  // Nobody can tell how many there are.
  EXPECT_EQ(GrpcServer::QueuesFor(1), 1U);
  EXPECT_EQ(GrpcServer::QueuesFor(2), 1U);
  EXPECT_EQ(GrpcServer::QueuesFor(9), 4U);
  EXPECT_EQ(GrpcServer::QueuesFor(64), 8U);
}

TEST(GrpcServer, AnswersOverManyConnectionsByManyQueues) {
  constexpr int kClients = 8;
  constexpr int kCalls = 50;  // More than are waited for at once.
  HealthService service;
  GrpcServer server;
  ASSERT_TRUE(server.Start({}, {}, {GrpcServer::Served(service)}, /*queues=*/4).ok());
  std::vector<std::future<int>> answered;
  for (int client = 0; client < kClients; ++client) {
    answered.push_back(std::async(std::launch::async, [&server] {
      const auto stub = Connect(server);
      int ok = 0;
      for (int call = 0; call < kCalls; ++call) {
        ok += Check(*stub).ok() ? 1 : 0;
      }
      return ok;
    }));
  }
  for (std::future<int>& of_client : answered) {
    EXPECT_EQ(of_client.get(), kCalls);
  }
}

// Keeps the calls that have come, until it is asked for them.
class LateService final : public RawHealth {
 public:
  using Call = UnaryCall<health::HealthCheckRequest, health::HealthCheckResponse>;

  void Serve(CallQueue& queue) {
    Call::Serve(queue, {.ask = [this](auto*... asked) { RequestCheck(asked...); },
                        .take = [this](Call& call) { come_.set_value(&call); }});
  }
  Call& AwaitOne() { return *come_.get_future().get(); }

 private:
  std::promise<Call*> come_;
};

TEST(GrpcServer, StopsWhenTheLastCallIsAnsweredThoughItsClientWasCutOff) {
  LateService service;
  GrpcServer server;
  ASSERT_TRUE(server.Start({}, {}, {GrpcServer::Served(service)}).ok());
  auto told = std::async(std::launch::async, [&] { return Check(*Connect(server)); });
  LateService::Call& call = service.AwaitOne();
  bool is_over = false;
  call.AtEnd([&is_over] { is_over = true; });
  server.Shutdown(absl::ZeroDuration());
  EXPECT_FALSE(told.get().ok());
  EXPECT_FALSE(is_over);
  std::promise<void> begins;
  std::atomic<bool> has_stopped = false;
  std::thread stopper([&] {
    begins.set_value();
    server.Stop();
    has_stopped = true;
  });
  begins.get_future().wait();
  for (int i = 0; i < 1'000; ++i) {
    std::this_thread::yield();  // A Stop that does not wait has time to end.
  }
  EXPECT_FALSE(has_stopped);
  call.Finish(grpc::Status::OK);
  stopper.join();
  EXPECT_TRUE(is_over);
}

// A request of many fields that nobody knows.
grpc::ByteBuffer Bloated(size_t bytes) {
  std::string fields;
  while (fields.size() + 3 < bytes) {
    fields += std::string("\x12\0", 2);
  }
  const grpc::Slice slice(fields);
  return grpc::ByteBuffer(&slice, 1);
}

TEST(GrpcServer, ReadsNoRequestBeforeItIsAskedTo) {
  LateService service;
  GrpcServer server;
  ASSERT_TRUE(server.Start({}, {}, {GrpcServer::Served(service)}).ok());
  auto told = std::async(std::launch::async, [&] {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    server.Take(Descriptor(ends[0]));
    grpc::GenericStub stub(grpc::CreateInsecureChannelFromFd("test", ends[1]));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    const grpc::ByteBuffer request = Bloated(100'000);
    grpc::ByteBuffer response;
    std::promise<grpc::Status> ended;
    stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &request, &response,
                   [&ended](grpc::Status status) { ended.set_value(std::move(status)); });
    return ended.get_future().get();
  });
  LateService::Call& call = service.AwaitOne();
  EXPECT_GT(call.request_bytes(), 99'000U);
  EXPECT_LT(call.request().SpaceUsedLong(), 1'000U);
  EXPECT_EQ(call.ReadRequest().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(call.ReadRequest().code(), absl::StatusCode::kInvalidArgument);
  call.Finish({grpc::StatusCode::INVALID_ARGUMENT, "it cannot be read"});
  EXPECT_EQ(told.get().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(GrpcServer, EndsByItselfAlsoWhereNobodyCame) {
  HealthService service;
  GrpcServer never_started;
  GrpcServer server;
  EXPECT_TRUE(server.Start({}, {}, {GrpcServer::Served(service)}).ok());
}

}  // namespace
}  // namespace cbm
