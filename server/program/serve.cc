#include "server/program/serve.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "core/base/clock.h"
#include "core/base/status_macros.h"
#include "core/crypto/system_random.h"
#include "core/evidence/genesis.h"
#include "core/evidence/origin.h"
#include "fmt/format.h"
#include "grpc/support/log.h"
#include "server/ops/log.h"
#include "server/ops/version.h"
#include "server/program/errand.h"
#include "server/program/exchange_server.h"
#include "server/program/exit_code.h"
#include "server/program/files.h"
#include "server/program/gate_limits.h"
#include "server/program/gate_log.h"
#include "server/program/log_key.h"
#include "server/program/memory.h"
#include "server/program/session_ender.h"
#include "server/program/stall_watch.h"
#include "server/program/ticker.h"
#include "server/program/tls.h"
#include "server/program/tls_reload.h"
#include "server/program/transport_log.h"
#include "server/sequencer/checkpoint_keeper.h"
#include "server/store/sqlite_store.h"

namespace cbm {
namespace {

constexpr int64_t kStopSecondsMax = 5;    // After the calls in flight had theirs.
constexpr int64_t kCloseSecondsMax = 60;  // For the disk, which may be slow.
constexpr uint64_t kSessionsMin = 16;     // As in the configuration.
constexpr std::chrono::seconds kStallTickEvery{1};

absl::StatusOr<LogSink> SinkOf(const LogConfig& config) {
  return config.file.empty() ? absl::StatusOr<LogSink>(DescriptorSink(STDERR_FILENO))
                             : FileSink(config.file);
}

// How often files are looked at: what is in them is to count within a second.
constexpr timespec kTurn = {.tv_sec = 0, .tv_nsec = 500'000'000};
constexpr std::chrono::milliseconds kTurnLeast{450};
constexpr uint64_t kTurnsInASecond = 2;

// Waits for a signal that ends the service; calls `every_turn` meanwhile, and at once for SIGHUP,
// with whether it was that.
template <typename EveryTurn>
void WaitForEnd(const sigset_t& signals, EveryTurn every_turn) {
  for (int signal = -1; signal < 0 || signal == SIGHUP;
       signal = sigtimedwait(&signals, nullptr, &kTurn)) {
    every_turn(signal == SIGHUP);
  }
}

// What gRPC has to say goes into the log, as any other line. Where its lines come from stands in
// them.
void LogTransport(TransportLog& log) {
  static std::atomic<TransportLog*> target;
  target = &log;
  gpr_set_log_function([](gpr_log_func_args* line) {
    if (line->severity == GPR_LOG_SEVERITY_ERROR) {
      target.load()->Write(line->message, std::chrono::steady_clock::now());
    }
  });
}

// What was signed tells an old database from the newest: without it, none may be served unasked.
absl::Status RequireCheckpoints(const StoreConfig& config) {
  if (::access(config.checkpoints.c_str(), F_OK) == 0) {
    return absl::OkStatus();
  }
  return absl::DataLossError(
      fmt::format("{}, the file of last signed checkpoints, is not there, so that nobody can tell "
                  "whether this database is the newest. Put the file back; if it is lost, compare "
                  "with a checkpoint that a participant holds (cbm log checkpoint), then make an "
                  "empty file there",
                  config.checkpoints));
}

// What a start can find out in no time: that the secretariat signed what the exchange is founded
// on, and that each ledger has a name and a tree. `cbmd check` looks at all the rest.
absl::Status RequireWhole(const Store& store) {
  const absl::StatusOr<GenesisDocument> genesis = ReadGenesis(store.genesis());
  if (!genesis.ok() || !VerifyGenesisSignature(*genesis, store.genesis_signature()).ok()) {
    return absl::DataLossError("the genesis document is not the one that the secretariat signed");
  }
  return store.Heads().status();
}

absl::StatusOr<std::unique_ptr<SqliteStore>> OpenStore(const std::string& database) {
  absl::StatusOr<std::unique_ptr<SqliteStore>> store = SqliteStore::Open(database);
  if (store.ok()) {
    (*store)->LeaveLog(true);
  }
  const absl::Status whole = store.ok() ? RequireWhole(**store) : store.status();
  return whole.ok() ? std::move(store) : WithDatabase(database, whole);
}

// Whatever a library waits for as it stops, a thread that it was never given for one, the process
// ends within so many seconds.
void EndWithin(int64_t seconds) {
  signal(SIGALRM, [](int) {
    constexpr std::string_view kText =
        "cbmd: it did not come to an end and was ended: it may have too little memory, or too few "
        "threads, or a disk or a token does not answer. What was answered is kept.\n";
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kText.data(), kText.size());
    ::_exit(kExitFailed);
  });
  ::alarm(static_cast<unsigned>(seconds));
}

// As many sessions as there can be descriptors for. RESOURCE_EXHAUSTED if those are too few to
// serve.
absl::StatusOr<GateConfig> WithinDescriptors(GateConfig gate, Log& log) {
  const uint64_t fit = MakeRoomForSessions(gate);
  if (fit < kSessionsMin) {
    return absl::ResourceExhaustedError(
        "this process may open too few files: raise the limit (ulimit -n) to 1,024 or more");
  }
  if (fit < gate.sessions_max) {
    log.Warning("few_descriptors", {{"sessions_max", fit}, {"configured", gate.sessions_max}});
    gate.sessions_max = fit;
  }
  return gate;
}

[[noreturn]] void EndForDisk(Log& log, const absl::Status& status) {
  log.Error("disk_failed", {{"reason", std::string(status.message())}});
  fmt::print(
      stderr,
      "cbmd: the disk refused what had to be durable, or what it holds is damaged: {}. Nothing "
      "more is answered. Look at the disk, run cbmd check, then start again.\n",
      std::string(status.message()));
  _exit(kExitDiskFailed);
}

// Those that Serve waits for, from now on, for this thread and those that it makes.
sigset_t TakeSignals() {
  signal(SIGPIPE, SIG_IGN);  // A reader of the log who went away is no reason to end.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// Who signs checkpoints, and the key that they are verified with.
struct Signing {
  std::unique_ptr<CheckpointKeeper> checkpoints;
  std::string log_key;
};

absl::StatusOr<Signing> OpenSigning(const Config& config, const SqliteStore& store) {
  CBM_ASSIGN_OR_RETURN(NoteSigningKey key, ReadLogKey(config.log_key.seed_file));
  CBM_RETURN_IF_ERROR(RequireKeyOf(store.exchange().genesis(), key, config.log_key.seed_file));
  CBM_RETURN_IF_ERROR(RequireCheckpoints(config.store));
  std::string log_key = FormatVerifierKey(KeyOfAnchor({.exchange_id = store.exchange().id(),
                                                       .epoch = kFirstEpoch,
                                                       .public_key = key.public_key()}));
  CBM_ASSIGN_OR_RETURN(
      std::unique_ptr<CheckpointKeeper> checkpoints,
      CheckpointKeeper::Open(config.store.checkpoints, store, kFirstEpoch, std::move(key)));
  return Signing{.checkpoints = std::move(checkpoints), .log_key = std::move(log_key)};
}

// What looks at files, each on a thread of its own.
struct Refreshing {
  explicit Refreshing(TlsReload& reload)
      : all([&reload](bool told) { reload.Refresh(told); }),
        lists([&reload](bool /*told*/) { reload.RefreshLists(); }) {}

  void Ask(bool anew) {
    all.Ask(anew);
    lists.Ask(anew);
  }
  void Stop() {
    all.Stop();
    lists.Stop();
  }

  Errand all;
  Errand lists;  // Else nobody would be revoked while the other hangs.
};

// Has files looked at and disks synced until a signal ends the service.
void TakeTurns(const sigset_t& signals, Refreshing& refresh, CheckpointKeeper& checkpoints,
               Log& log) {
  uint64_t turns = 0;
  auto turned = std::chrono::steady_clock::now();
  WaitForEnd(signals, [&](bool told) {
    refresh.Ask(told);
    // A signal is no reason for a turn before its time: what is under way has that long.
    const auto now = std::chrono::steady_clock::now();
    if (now - turned < kTurnLeast) {
      return;
    }
    turned = now;
    if (++turns % kTurnsInASecond != 0) {
      return;
    }
    if (const absl::Status synced = checkpoints.Sync(); !synced.ok()) {
      EndForDisk(log, synced);
    }
  });
}

struct Serving {
  std::optional<Refreshing>& refresh;
  TlsReload& reload;
  ExchangeServer& server;
  CheckpointKeeper& checkpoints;
  GateLog& gate_log;
};

// Answers what is in flight, and makes durable what was signed of it. A reload that hangs, in a
// token or for a disk, keeps nobody's answer back: it is waited for at last, while all that it uses
// is there.
absl::Status DrainAndStop(int64_t drain_seconds, const Serving& serving, Log& log) {
  log.Info("drain");
  EndWithin(drain_seconds + kStopSecondsMax);
  serving.refresh->Stop();
  serving.reload.Decline();
  serving.server.Drain(absl::Seconds(drain_seconds));
  EndWithin(kCloseSecondsMax);
  serving.gate_log.Stop();
  const absl::Status synced = serving.checkpoints.Sync();
  log.Info("stop");
  EndWithin(kStopSecondsMax);
  serving.refresh.reset();
  EndWithin(kCloseSecondsMax);
  return synced;
}

// Says it if acts do not go on; on a thread that waits for no disk but the log's own.
struct StallTicks {
  StallTicks(const ExchangeServer& server, Log& log)
      : watch(log), ticker(kStallTickEvery, [this, &server] {
          watch.Look(server.ActsUnderWay(), std::chrono::steady_clock::now());
        }) {}

  StallWatch watch;
  Ticker ticker;
};

}  // namespace

absl::Status Serve(const Config& config) {
  const sigset_t signals = TakeSignals();
  CBM_RETURN_IF_ERROR(RequireMemory());
  BeginGivingMemoryBack();
  CBM_ASSIGN_OR_RETURN(ServerIdentity identity, LoadServerIdentity(config.server));
  CBM_ASSIGN_OR_RETURN(LogSink sink, SinkOf(config.log));
  Log log(Clock::System(), FindLogLevel(config.log.level).value_or(LogLevel::kInfo),
          std::move(sink));
  TransportLog transport_log(log);
  LogTransport(transport_log);
  const absl::Cleanup stop_logging = [] { gpr_set_log_function(nullptr); };
  CBM_ASSIGN_OR_RETURN(const FileLock database, LockFile(config.store.database));
  CBM_ASSIGN_OR_RETURN(const FileLock signed_last, LockFile(config.store.checkpoints));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<SqliteStore> store, OpenStore(config.store.database));
  CBM_ASSIGN_OR_RETURN(const Signing signing, OpenSigning(config, *store));
  store->LeaveLog(false);
  CheckpointKeeper& checkpoints = *signing.checkpoints;
  SystemRandom random;
  GateLog gate_log(log, *store);
  CBM_ASSIGN_OR_RETURN(const GateConfig gate, WithinDescriptors(config.gate, log));
  ExchangeServer server({.store = *store,
                         .checkpoints = checkpoints,
                         .clock = Clock::System(),
                         .random = random,
                         .log = log,
                         .log_key = signing.log_key},
                        config.limits, [&log](const absl::Status& s) { EndForDisk(log, s); });
  TlsReload reload(config, identity, server, Clock::System(), log);
  CBM_RETURN_IF_ERROR(reload.Begin());
  std::optional<Refreshing> refresh;
  server.SetReload([&](TlsReload::Then then) {
    reload.AskForReport(std::move(then));
    refresh->all.Ask(/*anew=*/false);
  });
  // Whoever is out of use loses his sessions within a second, however long the turns below wait for
  // the disk, and whatever signals come. Its thread, as all others, is had before anybody is
  // served.
  std::optional<Ticker> ticks(std::in_place, absl::ToChronoNanoseconds(kSessionTickEvery),
                              [&server] { server.Tick(); });
  const StallTicks stall_ticks(server, log);
  // Many lists or a slow token may take long: the disk is to be synced meanwhile.
  refresh.emplace(reload);
  CBM_ASSIGN_OR_RETURN(const std::string address,
                       server.Listen({.listen = config.server.listen,
                                      .identity = std::move(identity),
                                      .gate = gate,
                                      .observer = [&gate_log](const GateEvent& event) {
                                        gate_log.Write(event, std::chrono::steady_clock::now());
                                      }}));
  if (!config.server.address_file.empty()) {
    const absl::Status written = ReplaceFile(config.server.address_file, address + "\n", 0644);
    if (!written.ok()) {
      ticks.reset();
      refresh->Stop();
      reload.Decline();
      server.Drain(absl::ZeroDuration());  // It serves already, and calls what ends before it.
      return written;
    }
  }
  log.Info("start", {{"address", address}, {"version", kVersion}});
  TakeTurns(signals, *refresh, checkpoints, log);
  ticks.reset();
  return DrainAndStop(static_cast<int64_t>(config.server.drain_seconds),
                      {.refresh = refresh,
                       .reload = reload,
                       .server = server,
                       .checkpoints = checkpoints,
                       .gate_log = gate_log},
                      log);
}

}  // namespace cbm
