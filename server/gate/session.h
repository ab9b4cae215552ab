#ifndef CBM_SERVER_GATE_SESSION_H_
#define CBM_SERVER_GATE_SESSION_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "boost/asio/io_context.hpp"
#include "boost/asio/posix/stream_descriptor.hpp"
#include "core/base/clock.h"
#include "server/gate/admission.h"
#include "server/gate/budget.h"
#include "server/gate/call_use.h"
#include "server/gate/descriptor.h"
#include "server/gate/frame_cursor.h"
#include "server/gate/frame_police.h"
#include "server/gate/gate_event.h"
#include "server/gate/handshaker.h"
#include "server/gate/holder_name.h"
#include "server/gate/penalties.h"
#include "server/gate/session_table.h"
#include "server/gate/tls_context.h"

namespace cbm {

// How long the gate is patient with one client, and what it may send.
struct SessionLimits {
  FrameLimits frames;
  uint32_t sessions_per_office_max = 64;
  uint32_t sessions_per_state_max = 128;
  // At once, over all sessions. The longest request comes in some 130 frames, and each frame costs
  // gRPC two blocks of 8 KiB beside its bytes. One certificate can send three of the longest acts
  // at a time, and one office leaves another room for one.
  CallUse calls_per_office_max = {
      .calls = 256, .request_frames = 480, .request_bytes = uint64_t{6'912} << 10};
  CallUse calls_per_state_max = {
      .calls = 320, .request_frames = 576, .request_bytes = uint64_t{8} << 20};
  // Of an owner who is only to be told that he is out of use, and twice that of all of a State.
  uint32_t inactive_sessions_max = 8;
  std::chrono::seconds handshake_max{10};
  std::chrono::seconds silence_max{600};  // Without a byte from the client.
  std::chrono::seconds age_max{4'000};
  std::chrono::seconds untaken_max{30};  // Output that the client does not take.
};

// What every session needs of the gate. All of it outlives the sessions.
struct SessionParts {
  SessionLimits limits;
  SessionTable& table;
  Penalties& penalties;
  Handshaker& handshaker;
  Clock& clock;                             // For what is said of a session.
  std::function<SteadyTime()> now;          // For its patience.
  std::function<void(Descriptor)> deliver;  // Gives gRPC its end. Called from any thread.
  std::function<void()> on_done;            // A session is over. Called from any thread.
  GateObserver observer;
  std::function<std::span<char>()> scratch;  // A buffer of the thread that asks, for a moment.
};

// One client's connection: the handshake, then what it sends, in clear and as far as the police
// lets it, to gRPC over a connection that is its own, and back. It waits for whichever side takes
// no more: what it holds is bounded by one buffer each way. A call whose request is too long it
// refuses itself, and the others go on; it takes no more from a client that does not take that.
//
// Not thread-safe: all of it is for the thread that runs `io`, but End and GiveWay. A step of the
// handshake is made by the handshaker, which has TLS and the verdict meanwhile.
class Session : public std::enable_shared_from_this<Session> {
 public:
  // Who comes, and what was given to it.
  struct Arrival {
    Descriptor connection;
    std::string source;
    std::shared_ptr<const TlsContext> tls;  // Shared: one that was replaced serves who came before.
  };

  Session(boost::asio::io_context& io, const SessionParts& parts, Arrival arrival);

  void Start(Admission::Place place);

  // Ends it if it is out of time at `now`. To be called several times a second.
  void Sweep(SteadyTime now);

  // Ends it soon, with this reason for the client and the log. From any thread; harmless if it has
  // ended. `what` must be a literal.
  void End(Violation why);

  // Ends it soon if it is still at the handshake, or was refused there, for another's sake. From
  // any thread.
  void GiveWay();

  // Ends it at once, without a word, if it is still at the handshake.
  void CutHandshake();

  // Ends it at once, without a word.
  void Cut();

  bool is_done() const { return stage_ == Stage::kDone; }

 private:
  enum class Stage {
    kHandshake,
    kOpen,
    kEnding,     // Nothing more is taken from the client, which will be told why.
    kLingering,  // All was said; the client has a moment to read it.
    kDone,
  };
  enum Wait : size_t { kClientRead, kClientWrite, kServerRead, kServerWrite, kWaits };
  // Whether to go on at once, or the step waits or the session has ended.
  enum class Step { kGoOn, kStop };

  // What a step of the handshake came to. It is made when something has come, not before.
  struct Shaken {
    int tls_error = 0;  // As SSL_get_error says; none if the handshake was made.
    std::string tls_reason = {};
    absl::StatusOr<Admitted> admitted = Admitted();  // If it was made.
  };

  void Pump();
  void Shake();
  Shaken ShakeOnce();  // For the handshaker.
  void AfterShaking(Shaken shaken);
  // Tells a client whose handshake was made why he is refused.
  void SayGoodbye(const absl::Status& why);
  absl::Status Open(Admitted admitted);
  void Inbound();
  Step SendToServer();
  // What is passed on of `bytes`: all of it, with the end of each call that is refused.
  std::string RefuseLongRequests(std::string_view bytes);
  Step ReadFromClient();
  void Outbound();
  Step ReadFromServer();
  Step AfterServerHungUp();
  Step WriteToClient(std::string_view bytes);
  Step AfterTls(int result);
  void Linger();
  // Pumps when the others of this thread had their turn; once, however often it is asked for.
  void PumpAgain();

  // Waits for this, then pumps. Once at a time.
  void Await(Wait wait);

  void Report(GateEvent::Kind kind, std::string reason, Http2Error error) const;
  void Refuse(std::string reason);
  void Punish(Violation why);
  // The client is told why as soon as its output stands between two frames.
  void BeginEnding(Violation why);
  void CloseAfterOutput();
  void CloseClient();
  void LetServerGo();
  // Reads along with what gRPC says: where its frames end, and which calls.
  void InspectSent(std::string_view bytes);
  // Tells the table what its calls use.
  SessionTable::Room CountCalls();
  // Whether something may be said to the client that gRPC did not say.
  bool is_between() const { return outbound_frames_.at_boundary() && !in_outbound_block_; }

  boost::asio::io_context& io_;
  const SessionParts& parts_;
  const std::string source_;
  const std::shared_ptr<const TlsContext> tls_;
  boost::asio::posix::stream_descriptor client_;
  boost::asio::posix::stream_descriptor server_;
  std::array<bool, kWaits> waits_{};
  bool pump_posted_ = false;
  std::optional<uint64_t> shaking_;  // The step that the handshaker has of it.
  TlsVerdict verdict_;
  SslPtr ssl_;
  Admission::Place admission_;
  std::optional<HolderName> holder_;  // Once it was let in.
  SessionTable::Place place_;
  FramePolice police_;
  FrameCursor outbound_frames_;
  bool server_said_goodbye_ = false;
  UseLimits use_max_;
  bool in_outbound_block_ = false;  // A header block is under way: nothing may come within it.
  std::string to_server_;           // What the other side has not taken yet.
  std::string to_client_;
  std::string refusals_;  // For the client, as soon as gRPC's frames leave room.
  Stage stage_ = Stage::kHandshake;
  Violation ending_;
  bool said_goodbye_ = false;
  size_t discarded_bytes_ = 0;
  const SteadyTime began_;
  SteadyTime last_heard_;
  SteadyTime stage_began_;
  SteadyTime untaken_since_ = {};  // Zero if the client takes what it gets.
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_SESSION_H_
