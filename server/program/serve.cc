#include "server/program/serve.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <string>
#include <utility>

#include "core/base/clock.h"
#include "core/base/status_macros.h"
#include "core/crypto/system_random.h"
#include "core/evidence/origin.h"
#include "fmt/format.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "server/identity/identity.h"
#include "server/ops/log.h"
#include "server/ops/version.h"
#include "server/program/exit_code.h"
#include "server/program/files.h"
#include "server/program/log_key.h"
#include "server/program/tls.h"
#include "server/sequencer/checkpoint_keeper.h"
#include "server/sequencer/sequencer.h"
#include "server/service/act_service.h"
#include "server/service/directory_service.h"
#include "server/service/exchange_service.h"
#include "server/service/follow_hub.h"
#include "server/service/ledger_reader.h"
#include "server/service/ledger_service.h"
#include "server/service/log_service.h"
#include "server/service/notification_service.h"
#include "server/store/sqlite_store.h"

namespace cbm {
namespace {

constexpr uint32_t kEpoch = 1;
constexpr int kMessageBytesMax = 2 * 1024 * 1024;  // An act with all its contents.
constexpr size_t kMemoryBytesMax = size_t{256} << 20;

ServiceLimits LimitsOf(const LimitsConfig& config) {
  ServiceLimits limits;
  limits.act_bytes_max = config.act_bytes_max;
  limits.content_bytes_max = config.content_bytes_max;
  limits.addressees_max = static_cast<uint32_t>(config.addressees_max);
  limits.page_size_default = static_cast<uint32_t>(config.page_size_default);
  limits.page_size_max = static_cast<uint32_t>(config.page_size_max);
  limits.streams_per_office_max = static_cast<uint32_t>(config.streams_per_office_max);
  limits.state_acts_per_second = static_cast<double>(config.state_acts_per_second);
  limits.state_acts_burst = static_cast<double>(config.state_acts_burst);
  limits.author_time_ahead_max =
      absl::Seconds(static_cast<int64_t>(config.author_time_ahead_seconds_max));
  limits.call_deadline_max = absl::Seconds(static_cast<int64_t>(config.call_deadline_seconds_max));
  return limits;
}

absl::StatusOr<LogSink> SinkOf(const LogConfig& config) {
  return config.file.empty() ? absl::StatusOr<LogSink>(DescriptorSink(STDERR_FILENO))
                             : FileSink(config.file);
}

void Bound(const Config& config, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  // A compressed message grows before its size is looked at.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetResourceQuota(grpc::ResourceQuota("cbmd").Resize(kMemoryBytesMax));
  builder.AddChannelArgument("grpc.max_metadata_size",
                             static_cast<int>(config.limits.metadata_bytes_max));
  builder.AddChannelArgument("grpc.max_connection_idle_ms",
                             static_cast<int>(config.limits.connection_idle_seconds) * 1000);
  builder.AddChannelArgument("grpc.max_concurrent_streams", 64);
  builder.AddChannelArgument("grpc.server_handshake_timeout_ms", 10'000);
  builder.AddChannelArgument("grpc.keepalive_time_ms", 60'000);
  builder.AddChannelArgument("grpc.keepalive_timeout_ms", 20'000);
  builder.AddChannelArgument("grpc.http2.min_ping_interval_without_data_ms", 30'000);
  builder.AddChannelArgument("grpc.http2.max_ping_strikes", 2);
  builder.AddChannelArgument("grpc.so_reuseport", 0);
}

// Waits for a signal that ends the service; calls `every_second` meanwhile.
template <typename EverySecond>
void WaitForEnd(const sigset_t& signals, EverySecond every_second) {
  const timespec second{.tv_sec = 1, .tv_nsec = 0};
  while (sigtimedwait(&signals, nullptr, &second) < 0) {
    every_second();
  }
}

[[noreturn]] void EndForDisk(Log& log, const absl::Status& status) {
  log.Error("disk_failed", {{"reason", std::string(status.message())}});
  fmt::print(stderr,
             "cbmd: the disk refused what had to be durable: {}. Nothing more is answered. Look at "
             "the disk, run cbmd check, then start again.\n",
             std::string(status.message()));
  _exit(kExitDiskFailed);
}

std::string BoundAddress(const ServerConfig& config, int port) {
  return fmt::format("{}:{}", config.listen.substr(0, config.listen.rfind(':')), port);
}

// Everything that serves, in the order in which it is made.
class Service {
 public:
  Service(SqliteStore& store, CheckpointKeeper& checkpoints, Log& log, const Config& config,
          std::string log_key)
      : identity_(store, Clock::System()),
        context_{.store = store,
                 .identity = identity_,
                 .checkpoints = checkpoints,
                 .clock = Clock::System(),
                 .log = log,
                 .limits = LimitsOf(config.limits),
                 .epoch = kEpoch,
                 .log_key = std::move(log_key),
                 .server_version = std::string(kVersion)},
        policy_(context_),
        reader_(context_),
        hub_(reader_, Clock::System(),
             {.streams_per_office_max = config.limits.streams_per_office_max}),
        sequencer_(store, Clock::System(), random_,
                   {.queue_acts_max = config.limits.queue_acts_max,
                    .batch_acts_max = SequencerOptions().batch_acts_max,
                    .on_commit = [this](const LedgerHeads& heads) { hub_.Notify(heads); },
                    .on_disk_failure = [&log](const absl::Status& s) { EndForDisk(log, s); }}) {
    hub_.Start();
  }

  absl::StatusOr<std::string> Listen(const Config& config,
                                     const std::shared_ptr<grpc::ServerCredentials>& credentials) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    Bound(config, builder);
    int port = 0;
    builder.AddListeningPort(config.server.listen, credentials, &port);
    for (grpc::Service* service :
         {static_cast<grpc::Service*>(&exchange_), static_cast<grpc::Service*>(&acts_),
          static_cast<grpc::Service*>(&ledgers_), static_cast<grpc::Service*>(&notifications_),
          static_cast<grpc::Service*>(&directory_), static_cast<grpc::Service*>(&log_)}) {
      builder.RegisterService(service);
    }
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port == 0) {
      return absl::UnavailableError(
          fmt::format("cannot listen on {}: is something else there?", config.server.listen));
    }
    return BoundAddress(config.server, port);
  }

  void Tick() { hub_.Tick(); }

  void Drain(absl::Duration within) {
    hub_.Shutdown();
    server_->Shutdown(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(within));
    sequencer_.Stop();
  }

 private:
  SystemRandom random_;
  Identity identity_;
  ServiceContext context_;
  CallPolicy policy_;
  LedgerReader reader_;
  FollowHub hub_;
  Sequencer sequencer_;
  ExchangeService exchange_{context_, policy_};
  ActService acts_{context_, policy_, sequencer_};
  LedgerService ledgers_{context_, policy_, reader_, hub_};
  NotificationService notifications_{context_, policy_};
  DirectoryService directory_{context_, policy_};
  LogService log_{context_, policy_};
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

absl::Status Serve(const Config& config) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // Before any thread is made: all inherit it.

  CBM_RETURN_IF_ERROR(RequireTls13());
  CBM_ASSIGN_OR_RETURN(const auto credentials, LoadServerCredentials(config.server));
  CBM_ASSIGN_OR_RETURN(LogSink sink, SinkOf(config.log));
  Log log(Clock::System(), FindLogLevel(config.log.level).value_or(LogLevel::kInfo),
          std::move(sink));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteStore> store,
                       SqliteStore::Open(config.store.database));
  CBM_ASSIGN_OR_RETURN(NoteSigningKey key, ReadLogKey(config.log_key.seed_file));
  const std::string log_key = FormatVerifierKey(KeyOfAnchor(
      {.exchange_id = store->exchange().id(), .epoch = kEpoch, .public_key = key.public_key()}));
  CBM_ASSIGN_OR_RETURN(
      const std::unique_ptr<CheckpointKeeper> checkpoints,
      CheckpointKeeper::Open(config.store.checkpoints, *store, kEpoch, std::move(key)));
  Service service(*store, *checkpoints, log, config, log_key);
  CBM_ASSIGN_OR_RETURN(const std::string address, service.Listen(config, credentials));
  if (!config.server.address_file.empty()) {
    CBM_RETURN_IF_ERROR(ReplaceFile(config.server.address_file, address + "\n", 0644));
  }
  log.Info("start", {{"address", address}, {"version", kVersion}});
  WaitForEnd(signals, [&] {
    service.Tick();
    if (const absl::Status synced = checkpoints->Sync(); !synced.ok()) {
      EndForDisk(log, synced);
    }
  });
  log.Info("drain");
  service.Drain(absl::Seconds(static_cast<int64_t>(config.server.drain_seconds)));
  const absl::Status synced = checkpoints->Sync();
  log.Info("stop");
  return synced;
}

}  // namespace cbm
