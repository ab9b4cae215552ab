#include "server/program/exchange_server.h"

#include <chrono>
#include <cstddef>
#include <span>
#include <utility>

#include "core/base/status_macros.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "server/ops/version.h"
#include "server/program/gate_limits.h"
#include "server/program/holder.h"
#include "server/program/read_blocks.h"
#include "server/program/service_limits.h"

namespace cbm {
namespace {

constexpr int kMessageBytesMax = 2 * 1024 * 1024;  // An act with all its contents.
constexpr size_t kMemoryBytesMax = size_t{256} << 20;

// How long clients may take to read what gRPC said last.
constexpr std::chrono::milliseconds kLastWordsMax{1'000};

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

ExchangeServer::ExchangeServer(const ExchangeParts& parts, const LimitsConfig& limits,
                               std::function<void(const absl::Status&)> on_disk_failure)
    : limits_(limits),
      ender_(parts.store, sessions_, parts.clock),
      trust_(parts.clock),
      identity_(parts.store, sessions_, trust_, parts.clock),
      context_{.store = parts.store,
               .identity = identity_,
               .checkpoints = parts.checkpoints,
               .clock = parts.clock,
               .log = parts.log,
               .limits = ServiceLimitsOf(limits),
               .epoch = kFirstEpoch,
               .log_key = parts.log_key,
               .server_version = std::string(kVersion)},
      policy_(context_),
      reader_(context_),
      hub_(reader_, parts.clock,
           {.streams_per_office_max = limits.streams_per_office_max,
            .streams_per_state_max = limits.streams_per_state_max}),
      sequencer_(
          parts.store, parts.clock, parts.random,
          {.queue_acts_max = limits.queue_acts_max,
           .emergency_acts_max = limits.queue_emergency_acts_max,
           .batch_acts_max = SequencerOptions().batch_acts_max,
           .limits = context_.limits.ForRules(),
           .on_commit = [this](const LedgerHeads& heads) { hub_.Notify(heads); },
           .on_clock_behind =
               [&log = parts.log](absl::Duration behind) {
                 log.Error("clock_behind", {{"milliseconds", absl::ToInt64Milliseconds(behind)}});
               },
           .on_disk_failure = std::move(on_disk_failure)}) {
  hub_.Start();
}

absl::Status ExchangeServer::StartServer(const GateConfig& gate) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  Bound(limits_, gate, builder);
  // No port: what there is to connect to is the gate's, and only it has descriptors to hand over.
  connections_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      grpc::InsecureServerCredentials());
  for (grpc::Service* service :
       {static_cast<grpc::Service*>(&exchange_), static_cast<grpc::Service*>(&acts_),
        static_cast<grpc::Service*>(&ledgers_), static_cast<grpc::Service*>(&notifications_),
        static_cast<grpc::Service*>(&consultations_), static_cast<grpc::Service*>(&directory_),
        static_cast<grpc::Service*>(&log_)}) {
    builder.RegisterService(service);
  }
  server_ = builder.BuildAndStart();
  return server_ == nullptr ? absl::UnavailableError("gRPC does not start") : absl::OkStatus();
}

// The threads of the gate's handshakes ask.
absl::StatusOr<std::shared_ptr<const TlsContext>> ExchangeServer::MakeTls(
    const ServerIdentity& identity) {
  return TlsContext::Make(
      identity, context_.clock,
      {.check_revoked = [this](std::span<const Certificate> chain) { return trust_.Check(chain); },
       .find_holder =
           [this](const Digest& certificate) {
             return FindHolder(context_.store, certificate, context_.clock.Now());
           },
       .let_in = [this](std::span<const Certificate> chain) { return trust_.Accept(chain); }});
}

absl::StatusOr<NextIdentity> ExchangeServer::PrepareIdentity(const ServerIdentity& identity) {
  CBM_ASSIGN_OR_RETURN(std::shared_ptr<const TlsContext> tls, MakeTls(identity));
  CBM_ASSIGN_OR_RETURN(TrustStore authorities, TrustStore::FromPem(identity.client_ca));
  return NextIdentity{.tls = std::move(tls), .authorities = std::move(authorities)};
}

void ExchangeServer::SetIdentity(NextIdentity next) {
  trust_.SetAuthorities(std::move(next.authorities));
  gate_->SetTls(std::move(next.tls));
  EndUntrusted();
}

void ExchangeServer::EndUntrusted() {
  for (const auto& [name, why] : trust_.EndUntrusted(sessions_)) {
    context_.log.Warning("sessions_ended", {{"certificate", name}, {"reason", why}});
  }
}

void ExchangeServer::Tick() {
  hub_.Tick();
  ender_.Tick();
  EndUntrusted();
}

absl::StatusOr<std::string> ExchangeServer::Listen(const FrontDoor& door) {
  CBM_ASSIGN_OR_RETURN(NextIdentity first, PrepareIdentity(door.identity));
  trust_.SetAuthorities(std::move(first.authorities));
  CBM_RETURN_IF_ERROR(StartServer(door.gate));
  gate_ = std::make_unique<Gate>(
      GateLimitsOf(door.gate, limits_),
      GateParts{.table = sessions_,
                .clock = context_.clock,
                .deliver =
                    [this](Descriptor connection) {
                      grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters given;
                      given.fd = connection.Release();
                      connections_->HandleNewConnection(&given);
                    },
                .observer = door.observer},
      std::move(first.tls));
  return gate_->Listen(door.listen);
}

void ExchangeServer::Drain(absl::Duration within) {
  if (gate_ != nullptr) {
    gate_->StopAccepting();
  }
  hub_.Shutdown();
  if (server_ != nullptr) {
    server_->Shutdown(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(within));
  }
  if (gate_ != nullptr) {
    gate_->Stop(kLastWordsMax);  // gRPC has hung up; what it said last is passed on.
  }
  sequencer_.Stop();
}

}  // namespace cbm
