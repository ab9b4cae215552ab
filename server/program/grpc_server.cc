#include "server/program/grpc_server.h"

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "server/program/read_blocks.h"

namespace cbm {
namespace {

constexpr int kMessageBytesMax = 2 * 1024 * 1024;  // An act with all its contents.
constexpr size_t kMemoryBytesMax = size_t{256} << 20;

// Of a message that is being received, before its reader asks for more.
constexpr int kLookaheadBytes = 256 * 1024;

void Bound(const LimitsConfig& limits, const GateConfig& gate, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  // A compressed message grows before its size is looked at.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetResourceQuota(grpc::ResourceQuota("cbmd").Resize(kMemoryBytesMax));
  builder.AddChannelArgument("grpc.max_metadata_size", static_cast<int>(limits.metadata_bytes_max));
  builder.AddChannelArgument("grpc.max_connection_idle_ms",
                             static_cast<int>(limits.connection_idle_seconds) * 1000);
  builder.AddChannelArgument("grpc.max_concurrent_streams", 64);
  builder.AddChannelArgument("grpc.server_handshake_timeout_ms", 10'000);
  builder.AddChannelArgument("grpc.keepalive_time_ms", 60'000);
  builder.AddChannelArgument("grpc.keepalive_timeout_ms", 20'000);
  builder.AddChannelArgument("grpc.http2.min_ping_interval_without_data_ms", 30'000);
  builder.AddChannelArgument("grpc.http2.max_ping_strikes", 2);
  builder.AddChannelArgument("grpc.max_connection_age_ms",
                             static_cast<int>(gate.session_seconds_max) * 1000);
  builder.AddChannelArgument("grpc.max_connection_age_grace_ms", 60'000);
  // Without its own estimate of the bandwidth gRPC offers no frame of more than 16 KiB, which the
  // gate counts on.
  builder.AddChannelArgument("grpc.http2.bdp_probe", 0);
  builder.AddChannelArgument("grpc.http2.lookahead_bytes", kLookaheadBytes);
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
