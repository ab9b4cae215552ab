#include "server/program/grpc_server.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "server/program/read_blocks.h"

namespace cbm {
namespace {

// Of all that gRPC keeps: the gate bounds what a State has there, and not all States together.
constexpr size_t kMemoryBytesMax = size_t{256} << 20;

// Of a message that is being received, before its reader asks for more.
constexpr int kLookaheadBytes = 256 * 1024;

// A client that has more to ask keeps the rest to itself until some are answered. The gate ends
// whoever has more at once than it takes.
constexpr uint64_t kCallsAtOnce = 64;

constexpr uint64_t kMinuteSeconds = 60;

int Milliseconds(uint64_t seconds) { return static_cast<int>(seconds) * 1000; }

// What the gate does not bound by itself: how long a request may be, it does.
void Bound(const LimitsConfig& limits, const GateConfig& gate, grpc::ServerBuilder& builder) {
  // A compressed message grows before its size is looked at.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetResourceQuota(grpc::ResourceQuota("cbmd").Resize(kMemoryBytesMax));
  builder.AddChannelArgument("grpc.max_metadata_size", static_cast<int>(limits.metadata_bytes_max));
  builder.AddChannelArgument("grpc.max_connection_idle_ms",
                             Milliseconds(limits.connection_idle_seconds));
  builder.AddChannelArgument("grpc.max_concurrent_streams",
                             static_cast<int>(std::min(gate.calls_per_session_max, kCallsAtOnce)));
  // Whoever has calls under way and says nothing is asked whether he is there: so who is lost is
  // noticed, and who only listens is not silent for so long that the gate ends him.
  builder.AddChannelArgument(
      "grpc.keepalive_time_ms",
      Milliseconds(std::min(limits.connection_idle_seconds, kMinuteSeconds)));
  // By itself gRPC ends who pings three times within five minutes. The gate counts pings.
  builder.AddChannelArgument("grpc.http2.max_ping_strikes", 0);
  builder.AddChannelArgument("grpc.max_connection_age_ms", Milliseconds(gate.session_seconds_max));
  builder.AddChannelArgument("grpc.max_connection_age_grace_ms",
                             Milliseconds(std::min(gate.session_seconds_max, kMinuteSeconds)));
  // Without its own estimate of the bandwidth gRPC offers no frame of more than 16 KiB, which the
  // gate counts on.
  builder.AddChannelArgument("grpc.http2.bdp_probe", 0);
  builder.AddChannelArgument("grpc.http2.lookahead_bytes", kLookaheadBytes);
  // What it is for, tests/fault/attack_test.py sees by the memory that crumbs take.
  builder.AddChannelArgument("grpc.experimental.tcp_max_read_chunk_size", kReadBlockBytes);
}

}  // namespace

GrpcServer::~GrpcServer() {
  Shutdown(absl::ZeroDuration());
  Stop();
}

unsigned GrpcServer::QueuesFor(unsigned processors) { return std::clamp(processors / 2, 1U, 8U); }

absl::Status GrpcServer::Start(const LimitsConfig& limits, const GateConfig& gate,
                               const std::vector<Served>& services, unsigned queues) {
  grpc::ServerBuilder builder;
  Bound(limits, gate, builder);
  for (unsigned i = 0; i < queues; ++i) {
    queues_.push_back(std::make_unique<CallQueue>(builder.AddCompletionQueue()));
  }
  // No port: what there is to connect to is the gate's, and only it has descriptors to hand over.
  connections_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      grpc::InsecureServerCredentials());
  for (const Served& served : services) {
    builder.RegisterService(&served.service);
  }
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    return absl::UnavailableError("gRPC does not start");
  }
  // First all threads: where one cannot be had, nothing is waited for yet.
  for (const std::unique_ptr<CallQueue>& queue : queues_) {
    queue->Start();
  }
  for (const std::unique_ptr<CallQueue>& queue : queues_) {
    for (const Served& served : services) {
      served.serve(*queue);
    }
  }
  return absl::OkStatus();
}

void GrpcServer::Take(Descriptor connection) {
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters given;
  given.fd = connection.Release();
  connections_->HandleNewConnection(&given);
}

void GrpcServer::Shutdown(absl::Duration within) {
  if (server_ != nullptr) {
    server_->Shutdown(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(within));
  }
}

void GrpcServer::Stop() {
  for (const std::unique_ptr<CallQueue>& queue : queues_) {
    queue->Stop();
  }
}

}  // namespace cbm
