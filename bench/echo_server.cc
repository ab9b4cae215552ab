// bench_echo: a plain gRPC echo with mutual TLS, to compare with; by gRPC's own TLS or behind the
// gate.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iostream>
#include <span>
#include <sstream>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/synchronization/mutex.h"
#include "bench/echo.grpc.pb.h"
#include "bench/require.h"
#include "core/crypto/system_random.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "server/gate/gate.h"
#include "server/program/grpc_server.h"
#include "server/program/read_blocks.h"
#include "server/program/scheduling.h"
#include "server/service/unary_call.h"

namespace cbm::bench {
namespace {

constexpr size_t kSyncedBytes = 4096;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  Require(file.good(), path + " cannot be read");
  return bytes.str();
}

// As gRPC's callback interface serves it.
class EchoServer final : public EchoService::CallbackService {
 public:
  // Syncs to `file` before each answer; -1: to none.
  explicit EchoServer(int file) : file_(file) {}

  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const EchoRequest* request,
                                 EchoResponse* response) override {
    static const std::array<char, kSyncedBytes> kBlock{};
    if (file_ >= 0) {
      Require(::write(file_, kBlock.data(), kBlock.size()) == static_cast<ssize_t>(kBlock.size()) &&
                  ::fdatasync(file_) == 0,
              "the file cannot be written");
    }
    response->mutable_payload()->resize(request->answer_bytes());
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const int file_;
};

// As cbmd serves what it has.
class QueuedEchoServer final : public EchoService::WithRawMethod_Echo<EchoService::Service> {
 public:
  void Serve(CallQueue& queue) {
    using EchoCall = UnaryCall<EchoRequest, EchoResponse>;
    EchoCall::Serve(queue,
                    {.ask = [this](auto*... asked) { RequestEcho(asked...); },
                     .take =
                         [](EchoCall& call) {
                           Require(call.ReadRequest().ok(), "the request cannot be read");
                           call.response().mutable_payload()->resize(call.request().answer_bytes());
                           call.Finish(grpc::Status::OK);
                         }});
  }
};

void WriteAddress(const std::string& folder, const std::string& address) {
  std::ofstream(folder + "/address.new") << address << '\n';
  Require(::rename((folder + "/address.new").c_str(), (folder + "/address").c_str()) == 0,
          "the address cannot be written");
}

void AwaitEnd() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  int signal = 0;
  sigwait(&ending, &signal);
}

void ServeByGrpc(const std::string& folder, grpc::Service& service) {
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = ReadAll(folder + "/ca.pem");
  options.pem_key_cert_pairs.push_back(
      {ReadAll(folder + "/server.key"), ReadAll(folder + "/server.pem")});
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  Require(server != nullptr && port != 0, "cannot listen");
  WriteAddress(folder, "127.0.0.1:" + std::to_string(port));
  AwaitEnd();
  server->Shutdown();
}

// As the exchange is served, with limits that the load does not reach.
void ServeByGate(const std::string& folder) {
  ReadInSmallBlocks();
  QueuedEchoServer service;
  GrpcServer server;
  Require(server.Start(LimitsConfig(), GateConfig(), {GrpcServer::Served(service)}).ok(),
          "gRPC does not start");
  const auto tls = TlsContext::Make({.certificate = ReadAll(folder + "/server.pem"),
                                     .key = ReadAll(folder + "/server.key"),
                                     .client_ca = ReadAll(folder + "/ca.pem")},
                                    Clock::System(), {});
  Require(tls.ok(), "TLS cannot be spoken");
  SystemRandom names;
  SessionTable sessions(names);
  GateLimits limits;
  limits.session.sessions_per_state_max = 1'000;
  limits.session.sessions_per_office_max = 1'000;  // All clients have one certificate.
  limits.session.calls_per_office_max.calls = 1'000;
  limits.session.calls_per_state_max.calls = 1'000;
  limits.session.frames.calls = {.burst = 1'000'000'000, .per_second = 1'000'000'000};
  limits.session.frames.window_updates = {.burst = 1'000'000'000, .per_second = 1'000'000'000};
  Gate gate(limits,
            {.table = sessions,
             .clock = Clock::System(),
             .deliver = [&](Descriptor connection) { server.Take(std::move(connection)); }},
            *tls);
  const absl::StatusOr<std::string> address = gate.Listen("127.0.0.1:0");
  Require(address.ok(), "cannot listen");
  WriteAddress(folder, *address);
  AwaitEnd();
  gate.StopAccepting();
  server.Shutdown(absl::ZeroDuration());
  gate.Stop(std::chrono::milliseconds(1'000));
}

struct Options {
  std::string folder;
  std::string sync_to;
  bool in_batches = false;
  bool gate = false;
};

void Serve(const Options& options) {
  const std::string& to = options.sync_to;
  const int file =
      to.empty() ? -1 : ::open(to.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  Require(to.empty() || file >= 0, to + " cannot be opened");
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);  // Before there are other threads.
  Require(!options.in_batches || RunInBatches(), "it cannot be scheduled in batches");
  if (options.gate) {
    ServeByGate(options.folder);
  } else {
    EchoServer service(file);
    ServeByGrpc(options.folder, service);
  }
}

}  // namespace
}  // namespace cbm::bench

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // As cbmd has it.
  CLI::App app("A gRPC echo with mutual TLS");
  cbm::bench::Options options;
  app.add_option("--folder", options.folder, "With ca.pem, server.pem and server.key; gets address")
      ->required();
  app.add_option("--sync-to", options.sync_to,
                 "A file that gets 4 KiB, synced, before each answer");
  app.add_flag("--in-batches", options.in_batches, "Schedule its threads as cbmd does");
  app.add_flag("--gate", options.gate, "Behind the gate");
  CLI11_PARSE(app, argc, argv);
  cbm::bench::Serve(options);
  return 0;
}
