#ifndef CBM_SERVER_PROGRAM_EXCHANGE_SERVER_H_
#define CBM_SERVER_PROGRAM_EXCHANGE_SERVER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "server/config/config.h"
#include "server/identity/identity.h"
#include "server/ops/log.h"
#include "server/sequencer/checkpoint_keeper.h"
#include "server/sequencer/sequencer.h"
#include "server/service/act_service.h"
#include "server/service/consultation_service.h"
#include "server/service/directory_service.h"
#include "server/service/exchange_service.h"
#include "server/service/follow_hub.h"
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

// Serves an exchange by gRPC: every service, put together in the order in which it must be.
//
// Not thread-safe: its methods are for the thread that made it.
class ExchangeServer {
 public:
  // `on_disk_failure` is called, from another thread, when it cannot be told what is on disk.
  ExchangeServer(const ExchangeParts& parts, const LimitsConfig& limits,
                 std::function<void(const absl::Status&)> on_disk_failure);

  // Drain must have been called if Listen was.
  ~ExchangeServer() = default;

  // Takes calls at `listen` (host:port, port 0 for a free one); returns where, as host:port.
  //
  // UNAVAILABLE if the address cannot be had.
  absl::StatusOr<std::string> Listen(const std::string& listen,
                                     const std::shared_ptr<grpc::ServerCredentials>& credentials);

  // To be called about once a second: slow readers and ended credentials are cut.
  void Tick() { hub_.Tick(); }

  // Takes no new calls, tells streams to come again, answers acts in flight, and cuts what is left
  // after `within`.
  void Drain(absl::Duration within);

 private:
  const LimitsConfig limits_;
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
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_EXCHANGE_SERVER_H_
