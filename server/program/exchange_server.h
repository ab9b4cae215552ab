#ifndef CBM_SERVER_PROGRAM_EXCHANGE_SERVER_H_
#define CBM_SERVER_PROGRAM_EXCHANGE_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/crypto/system_random.h"
#include "core/crypto/trust_store.h"
#include "server/config/config.h"
#include "server/gate/client_trust.h"
#include "server/gate/gate.h"
#include "server/gate/session_table.h"
#include "server/gate/tls_context.h"
#include "server/identity/identity.h"
#include "server/ops/log.h"
#include "server/program/grpc_server.h"
#include "server/program/session_ender.h"
#include "server/sequencer/checkpoint_keeper.h"
#include "server/sequencer/sequencer.h"
#include "server/service/act_service.h"
#include "server/service/consultation_service.h"
#include "server/service/directory_service.h"
#include "server/service/exchange_service.h"
#include "server/service/follow_hub.h"
#include "server/service/health_service.h"
#include "server/service/ledger_reader.h"
#include "server/service/ledger_service.h"
#include "server/service/log_service.h"
#include "server/service/notification_service.h"
#include "server/store/store.h"

namespace cbm {

// The epoch of a log that was never restored behind a signed checkpoint.
inline constexpr uint32_t kFirstEpoch = 1;

// What an exchange is served from. All of it outlives the server.
struct ExchangeParts {
  Store& store;
  CheckpointKeeper& checkpoints;
  Clock& clock;
  Random& random;
  Log& log;
  std::string log_key;  // Verifier key of the anchor.
};

// How the exchange is reached.
struct FrontDoor {
  std::string listen;  // host:port, port 0 for a free one.
  ServerIdentity identity;
  GateConfig gate = {};
  GateObserver observer = nullptr;  // Outlives the server. Null: nothing is reported.
};

// What connections are to be made with, made and found good: nobody goes by it yet.
struct NextIdentity {
  std::shared_ptr<const TlsContext> tls;  // Shared, as the gate's.
  TrustStore authorities;
};

// Serves an exchange by gRPC: every service, put together in the order in which it must be.
//
// Its methods are for the thread that made it, but Tick, which is for one other too, and
// PrepareIdentity, SetIdentity, trust and EndUntrusted, which are for any once it listens, while it
// drains and afterwards too.
class ExchangeServer {
 public:
  // `on_disk_failure` is called, from another thread, when it cannot be told what is on disk.
  ExchangeServer(const ExchangeParts& parts, const LimitsConfig& limits,
                 std::function<void(const absl::Status&)> on_disk_failure);

  // Drain must have been called if Listen has succeeded.
  ~ExchangeServer() = default;

  // Takes calls at `door`, through the gate and in no other way; returns where, as host:port.
  //
  // UNAVAILABLE if the address cannot be had; INVALID_ARGUMENT if TLS cannot be spoken so.
  absl::StatusOr<std::string> Listen(const FrontDoor& door);

  // All of SetIdentity that may fail or take long; nothing changes by it.
  //
  // INVALID_ARGUMENT if TLS cannot be spoken so.
  absl::StatusOr<NextIdentity> PrepareIdentity(const ServerIdentity& identity);

  // What connections from now on are made with. Those that are open go on, but for those by an
  // authority that it does not name any more, which end. After Listen.
  void SetIdentity(NextIdentity next);

  // Which clients' certificates are believed. To be added to at any time, also before Listen; then
  // EndUntrusted.
  ClientTrust& trust() { return trust_; }

  // What the call ReloadTls does. Before Listen, and to be good until Drain has ended.
  void SetReload(ExchangeService::Reload reload) { exchange_.SetReload(std::move(reload)); }

  // Ends the sessions of certificates that are not believed any more, and says so in the log.
  void EndUntrusted();

  // To be called kSessionTickEvery after the last call has ended, also before Listen, always from
  // the same thread, and not any more once Drain has begun. Slow readers are cut, and who is not
  // active or not believed any more: streams at once, sessions at the call after it. Nothing that
  // it does waits for a disk to keep something.
  void Tick();

  // What acts wait for, at about this time. For any thread.
  SequencerWork ActsUnderWay() const { return sequencer_.work(); }

  // Takes no new calls, tells streams to come again, answers acts in flight, and cuts what is left
  // after `within`.
  void Drain(absl::Duration within);

 private:
  absl::StatusOr<std::shared_ptr<const TlsContext>> MakeTls(const ServerIdentity& identity);

  const LimitsConfig limits_;
  SystemRandom names_;  // Of sessions: nobody may foretell one, not even who gives the other salts.
  SessionTable sessions_{names_};
  SessionEnder ender_;
  ClientTrust trust_;
  Identity identity_;
  const ServiceContext context_;
  CallPolicy policy_;
  LedgerReader reader_;
  FollowHub hub_;
  Sequencer sequencer_;
  ExchangeService exchange_{context_, policy_};
  ActService acts_{context_, policy_, sequencer_};
  LedgerService ledgers_{context_, policy_, reader_, hub_};
  NotificationService notifications_{context_, policy_};
  ConsultationService consultations_{context_, policy_};
  DirectoryService directory_{context_, policy_};
  LogService log_{context_, policy_};
  HealthService health_;
  GrpcServer grpc_;
  std::unique_ptr<Gate> gate_;  // Destroyed first: it hands connections to the others.
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_EXCHANGE_SERVER_H_
