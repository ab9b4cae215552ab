#ifndef CBM_SERVER_GATE_GATE_H_
#define CBM_SERVER_GATE_GATE_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "server/gate/admission.h"
#include "server/gate/balancer.h"
#include "server/gate/descriptor.h"
#include "server/gate/gate_event.h"
#include "server/gate/handshaker.h"
#include "server/gate/penalties.h"
#include "server/gate/session.h"
#include "server/gate/session_table.h"
#include "server/gate/source.h"
#include "server/gate/tls_context.h"

namespace cbm {

struct GateLimits {
  AdmissionLimits admission;
  PenaltyLimits penalties;
  SessionLimits session;
  uint32_t threads = 2;
  uint32_t handshake_threads = 2;  // As many signatures may be under way in a token.
  // Literal addresses. A connection from one of them says by a PROXY header where its client is
  // from, in handshake_max; so many may wait for it as may be at the handshake. No other
  // connection's header is read.
  std::vector<std::string> balancers = {};
};

// What the gate works with. All of it outlives the gate.
struct GateParts {
  SessionTable& table;
  Clock& clock;  // For what is said of a session.
  // For patience and rates. Called from any thread.
  std::function<SteadyTime()> now = &std::chrono::steady_clock::now;
  // Gives gRPC its end of a session's connection. Called from any thread.
  std::function<void(Descriptor)> deliver;
  // Null: nothing is reported.
  GateObserver observer = nullptr;
};

// The front of the exchange: the only thing of it that listens on a network. It ends TLS, knows
// whose each connection is, keeps clients within their bounds, and passes the rest on to gRPC,
// which is reached in no other way.
//
// Its methods are for the thread that made it, but SetTls, which is for any.
class Gate {
 public:
  // Has threads of its own from now on.
  Gate(const GateLimits& limits, GateParts parts, std::shared_ptr<const TlsContext> tls);

  // Stops, and waits for what handshakes wait for.
  ~Gate();

  // Takes connections at `listen` (host:port, port 0 for a free one); returns where, as host:port.
  // Once.
  //
  // UNAVAILABLE if the address cannot be had.
  absl::StatusOr<std::string> Listen(const std::string& listen);

  // What the handshakes from now on are made with.
  void SetTls(std::shared_ptr<const TlsContext> tls);

  // Takes no more connections, and ends the handshakes that are under way. When it returns,
  // `deliver` is not called any more. Sessions go on.
  void StopAccepting();

  // Waits until the sessions have ended, at most `within`, and cuts those that have not. To be
  // called when gRPC has hung up, so that what it said last is passed on. A handshake that waits,
  // for a token or the store, comes to nothing, and is not waited for.
  void Stop(std::chrono::milliseconds within);

  // How many have a place, those at the handshake included.
  uint32_t sessions() const { return admission_.sessions(); }

 private:
  struct Worker;  // Keeps most of Boost.Asio out of other files.

  void OnAccept(Descriptor connection, const Source& source);
  // Runs `work` on the thread of each worker, and returns when all have.
  template <typename Work>
  void OnEach(Work work);
  void OnSessionDone();
  std::shared_ptr<const TlsContext> Tls();

  Penalties penalties_;
  const SessionParts parts_;
  const GateObserver observer_;
  const std::vector<std::string> balancers_;
  const BalancerLimits balancer_limits_;
  Admission admission_;
  Mutex mutex_;
  std::shared_ptr<const TlsContext> tls_ ABSL_GUARDED_BY(mutex_);  // Shared with its sessions.
  uint64_t sessions_ ABSL_GUARDED_BY(mutex_) = 0;
  Condition none_left_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Handshaker handshaker_;   // After the workers: it is waited for while they are there.
  size_t next_worker_ = 0;  // Of the first worker's thread.
  bool stopped_ = false;
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_GATE_H_
