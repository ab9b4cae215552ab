#ifndef CBM_SERVER_PROGRAM_TLS_RELOAD_H_
#define CBM_SERVER_PROGRAM_TLS_RELOAD_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "server/config/config.h"
#include "server/gate/tls_context.h"
#include "server/ops/log.h"
#include "server/program/exchange_server.h"
#include "server/program/revocation_files.h"
#include "server/program/tls.h"
#include "server/service/exchange_service.h"

namespace cbm {

// Has a server go by what its files say of TLS now: certificate, key, authorities, and what those
// have revoked. What is not good is said in the log and not taken up; what was good goes on.
//
// What the authorities that are served revoke counts as soon as it is read. Of the rest all is
// read, and found good or not, before anything of it counts; then what a new authority revokes
// counts first, so that nobody is believed by it whom a list beside it revokes.
//
// Thread-safe.
class TlsReload {
 public:
  using Then = std::function<void(absl::StatusOr<v1::ReloadTlsResponse>)>;

  // `served` is what the files said when it was loaded. The server, the clock and the log must
  // outlive it.
  TlsReload(const Config& config, const ServerIdentity& served, ExchangeServer& server,
            Clock& clock, Log& log);

  // Takes up what was revoked: to be called once, before the server listens. DATA_LOSS if what is
  // kept of that is damaged.
  absl::Status Begin();

  // Takes up what has changed, as ServerIdentityFiles does in turn; at once if somebody has asked
  // for a report, who then has it. `anew`: all is judged, said again and taken up at once. After
  // the server listens. It may hang, for a disk or a token, when it has taken up the lists by what
  // is served.
  void Refresh(bool anew);

  // Takes up what has changed of the lists alone, by what is served. Waits for no Refresh that
  // looks at the rest, however long that takes.
  void RefreshLists();

  // Says what is served now to `then`, when Refresh was called the next time: what the call
  // ReloadTls answers. UNAVAILABLE after Decline, RESOURCE_EXHAUSTED if too many wait. Waits for no
  // Refresh.
  void AskForReport(Then then);

  // Whoever waits for a report is told, now, that there will be none.
  void Decline();

 private:
  size_t CountAsked();
  std::vector<Then> TakeAsked(size_t count);
  v1::ReloadTlsResponse Report() ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mutex_);
  void RefreshAll(Look look) ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mutex_);
  // Also ends whom that revokes.
  void TakeLists(bool anew, const std::string& authorities) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What is to be served from now on; none if that has not changed, or is not good.
  struct Next {
    ServerIdentity files;
    NextIdentity made;
  };
  std::optional<Next> FindNext(Look look, const std::string& authorities)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mutex_);
  void Take(Next next) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  ExchangeServer& server_;
  Log& log_;

  Mutex turn_mutex_;  // Of a whole Refresh, and taken before the next one.
  ServerIdentityFiles files_ ABSL_GUARDED_BY(turn_mutex_);

  Mutex mutex_;  // Not held while a file is read that is no list, or a token asked for its key.
  RevocationFiles revocations_ ABSL_GUARDED_BY(mutex_);
  std::string authorities_ ABSL_GUARDED_BY(mutex_);  // That are served.
  std::string certificate_ ABSL_GUARDED_BY(mutex_);  // The same.

  Mutex asked_mutex_;                                      // A reload that hangs does not hold it.
  std::vector<Then> asked_ ABSL_GUARDED_BY(asked_mutex_);  // The oldest first.
  bool has_declined_ ABSL_GUARDED_BY(asked_mutex_) = false;
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_TLS_RELOAD_H_
