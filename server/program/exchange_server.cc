#include "server/program/exchange_server.h"

#include <chrono>
#include <span>
#include <thread>
#include <utility>

#include "core/base/status_macros.h"
#include "server/ops/version.h"
#include "server/program/gate_limits.h"
#include "server/program/holder.h"
#include "server/program/service_limits.h"

namespace cbm {
namespace {

// How long clients may take to read what gRPC said last.
constexpr std::chrono::milliseconds kLastWordsMax{1'000};

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
      policy_(context_, GrpcServer::QueuesFor(std::thread::hardware_concurrency())),
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
  CBM_RETURN_IF_ERROR(grpc_.Start(
      limits_, door.gate,
      {GrpcServer::Served(exchange_), GrpcServer::Served(acts_), GrpcServer::Served(ledgers_),
       GrpcServer::Served(notifications_), GrpcServer::Served(consultations_),
       GrpcServer::Served(directory_), GrpcServer::Served(log_), GrpcServer::Served(health_)}));
  gate_ = std::make_unique<Gate>(
      GateLimitsOf(door.gate, limits_),
      GateParts{.table = sessions_,
                .clock = context_.clock,
                .deliver = [this](Descriptor connection) { grpc_.Take(std::move(connection)); },
                .observer = door.observer},
      std::move(first.tls));
  return gate_->Listen(door.listen);
}

void ExchangeServer::Drain(absl::Duration within) {
  if (gate_ != nullptr) {
    gate_->StopAccepting();
  }
  hub_.Shutdown();
  grpc_.Shutdown(within);
  if (gate_ != nullptr) {
    gate_->Stop(kLastWordsMax);  // gRPC has hung up; what it said last is passed on.
  }
  sequencer_.Stop();
  grpc_.Stop();
}

}  // namespace cbm
