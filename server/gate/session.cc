#include "server/gate/session.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "boost/asio/post.hpp"
#include "core/base/status_macros.h"
#include "fmt/format.h"
#include "server/gate/goaway.h"
#include "server/gate/http2.h"
#include "server/gate/private_pair.h"
#include "server/gate/refusal.h"

namespace cbm {
namespace {

using boost::asio::posix::descriptor_base;
using boost::system::error_code;

// Then other sessions of this thread have their turn.
constexpr int kStepsAtOnceMax = 8;

// Of those of a State that need only be told that they are out of use: as many calls over one
// connection as gRPC makes.
constexpr CallUse kInactiveUse{
    .calls = 128, .request_frames = 128, .request_bytes = uint64_t{2} << 20};

bool IsWouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

Session::Session(boost::asio::io_context& io, const SessionParts& parts, Arrival arrival)
    : io_(io),
      parts_(parts),
      source_(std::move(arrival.source)),
      tls_(std::move(arrival.tls)),
      client_(io),
      server_(io),
      ssl_(tls_->NewConnection(verdict_)),
      police_(parts.limits.frames),
      began_(parts.now()),
      last_heard_(began_),
      stage_began_(began_) {
  error_code error;
  client_.assign(arrival.connection.get(), error);
  if (!error) {
    arrival.connection.Release();
  }  // Else the handshake fails, and with it the session.
  if (SSL_set_fd(ssl_.get(), client_.native_handle()) != 1) {
    std::abort();
  }
}

void Session::Start(Admission::Place place) {
  admission_ = std::move(place);
  Await(kClientRead);  // The client speaks first.
}

void Session::Pump() {
  if (stage_ == Stage::kHandshake) {
    Shake();
    return;
  }
  if (stage_ == Stage::kOpen) {
    Inbound();
  }
  if (stage_ == Stage::kOpen || stage_ == Stage::kEnding) {
    Outbound();
  }
  if (stage_ == Stage::kLingering) {
    Linger();
  }
}

void Session::Await(Wait wait) {
  if (std::exchange(waits_[wait], true)) {
    return;
  }
  auto& side = wait == kClientRead || wait == kClientWrite ? client_ : server_;
  const auto type = wait == kClientRead || wait == kServerRead ? descriptor_base::wait_read
                                                               : descriptor_base::wait_write;
  side.async_wait(type, [self = shared_from_this(), wait](const error_code& error) {
    self->waits_[wait] = false;
    if (!error) {
      self->Pump();
    }
  });
}

void Session::PumpAgain() {
  if (std::exchange(pump_posted_, true)) {
    return;
  }
  boost::asio::post(io_, [self = shared_from_this()] {
    self->pump_posted_ = false;
    self->Pump();
  });
}

void Session::Shake() {
  if (shaking_.has_value()) {
    return;
  }
  shaking_ = parts_.handshaker.Run(source_, [self = shared_from_this()] {
    boost::asio::post(self->io_, [self, shaken = self->ShakeOnce()]() mutable {
      self->AfterShaking(std::move(shaken));
    });
  });
}

Session::Shaken Session::ShakeOnce() {
  ERR_clear_error();
  Shaken shaken;
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) {
    shaken.tls_error = SSL_get_error(ssl_.get(), result);
    const char* const reason = ERR_reason_error_string(ERR_peek_error());
    shaken.tls_reason = reason == nullptr ? "" : reason;
    ERR_clear_error();
  } else if (const absl::Status agreed = TlsContext::CheckAgreed(ssl_.get()); agreed.ok()) {
    shaken.admitted = tls_->Admit(verdict_);
  } else {
    shaken.admitted = agreed;
  }
  return shaken;
}

void Session::AfterShaking(Shaken shaken) {
  shaking_.reset();
  if (stage_ == Stage::kDone) {  // Cut meanwhile.
    CloseClient();
    return;
  }
  if (shaken.tls_error == SSL_ERROR_WANT_READ) {
    Await(kClientRead);
  } else if (shaken.tls_error == SSL_ERROR_WANT_WRITE) {
    Await(kClientWrite);
  } else if (shaken.tls_error == SSL_ERROR_NONE) {
    const absl::Status opened = shaken.admitted.ok() ? Open(*std::move(shaken.admitted))
                                                     : std::move(shaken.admitted).status();
    if (!opened.ok()) {
      SayGoodbye(opened);
      Refuse(std::string(opened.message()));
    }
    Pump();
  } else if (verdict_.certificate.has_value() && !verdict_.status.ok()) {
    Refuse(std::string(verdict_.status.message()));
  } else if (!shaken.tls_reason.empty()) {
    Refuse(fmt::format("the handshake failed: {}", shaken.tls_reason));
  } else {
    Refuse("the client left during the handshake");
  }
}

void Session::SayGoodbye(const absl::Status& why) {
  const Http2Error error =
      absl::IsUnauthenticated(why) ? Http2Error::kInadequateSecurity : Http2Error::kNoError;
  const std::string reason(why.message());
  const std::string goaway = Goaway({.error = error, .what = reason}, 0);
  ERR_clear_error();
  static_cast<void>(SSL_write(ssl_.get(), goaway.data(), static_cast<int>(goaway.size())));
  ERR_clear_error();
}

// Only now does anything of the client come near gRPC.
absl::Status Session::Open(Admitted admitted) {
  holder_ = std::move(admitted.holder);
  if (!parts_.penalties.MayCome(verdict_.certificate->fingerprint(), parts_.now())) {
    return absl::ResourceExhaustedError(
        "kept out for a while: sessions of its certificate were ended too often for what they "
        "sent");
  }
  auto end = [weak = weak_from_this()] {
    if (const std::shared_ptr<Session> self = weak.lock(); self != nullptr) {
      self->End({.error = Http2Error::kNoError, .what = "the credential is no longer active"});
    }
  };
  CBM_ASSIGN_OR_RETURN(
      place_,
      parts_.table.Enter({.certificate = *verdict_.certificate,
                          .source = source_,
                          .owner = std::move(admitted.owner),
                          .state = std::move(admitted.state),
                          .was_active = admitted.is_active,
                          .since = parts_.clock.Now()},
                         {.owner = admitted.is_active ? parts_.limits.sessions_per_office_max
                                                      : parts_.limits.inactive_sessions_max,
                          .state = admitted.is_active ? parts_.limits.sessions_per_state_max
                                                      : 2 * parts_.limits.inactive_sessions_max},
                         end));
  use_max_ = admitted.is_active ? UseLimits{.owner = parts_.limits.calls_per_office_max,
                                            .state = parts_.limits.calls_per_state_max}
                                : UseLimits{.owner = kInactiveUse, .state = kInactiveUse};
  CBM_ASSIGN_OR_RETURN(PrivatePair pair, MakePrivatePair(place_.name()));
  // Whoever was refused until here may still have to give way.
  if (!admission_.Settle()) {
    return absl::ResourceExhaustedError("the handshake had to give way to another");
  }
  error_code error;
  server_.assign(pair.gate.get(), error);
  if (error) {
    return absl::ResourceExhaustedError(error.message());
  }
  pair.gate.Release();
  parts_.deliver(std::move(pair.server));
  stage_ = Stage::kOpen;
  stage_began_ = last_heard_ = parts_.now();
  return absl::OkStatus();
}

SessionTable::Room Session::CountCalls() { return place_.SetUse(police_.use(), use_max_); }

void Session::Inbound() {
  for (int step = 0; step < kStepsAtOnceMax; ++step) {
    if (SendToServer() == Step::kStop || ReadFromClient() == Step::kStop) {
      return;
    }
  }
  PumpAgain();
}

Session::Step Session::SendToServer() {
  while (!to_server_.empty()) {
    if (waits_[kServerWrite]) {
      return Step::kStop;
    }
    const ssize_t sent = ::send(server_.native_handle(), to_server_.data(), to_server_.size(),
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && IsWouldBlock(errno)) {
      Await(kServerWrite);
      return Step::kStop;
    }
    if (sent < 0) {
      to_server_.clear();  // gRPC has hung up; what it said before is still to be read.
      return Step::kStop;
    }
    to_server_.erase(0, static_cast<size_t>(sent));
  }
  return Step::kGoOn;
}

Session::Step Session::ReadFromClient() {
  if (waits_[kClientRead] || !refusals_.empty()) {
    return Step::kStop;
  }
  const std::span<char> buffer = parts_.scratch();
  ERR_clear_error();
  const int result = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
  if (result <= 0) {
    return AfterTls(result);
  }
  std::string_view bytes(buffer.data(), static_cast<size_t>(result));
  last_heard_ = parts_.now();
  if (const auto violation = police_.Inspect(bytes, last_heard_); violation.has_value()) {
    Punish(*violation);
    return Step::kStop;
  }
  switch (CountCalls()) {
    case SessionTable::Room::kEnough:
      break;
    case SessionTable::Room::kUsedUpByItself:
      Punish({.error = Http2Error::kEnhanceYourCalm,
              .what = "too many calls at once, or too much in their requests"});
      return Step::kStop;
    case SessionTable::Room::kUsedUp:  // Others' doing, and not held against it.
      Punish({.error = Http2Error::kNoError,
              .what = "its office or its State has too many calls at once, or too much in their "
                      "requests: end some of them"});
      return Step::kStop;
  }
  std::string with_ends;
  if (!police_.long_requests().empty()) {
    bytes = with_ends = RefuseLongRequests(bytes);
  }
  const ssize_t sent =
      ::send(server_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < static_cast<ssize_t>(bytes.size())) {
    to_server_.assign(bytes.substr(sent > 0 ? static_cast<size_t>(sent) : 0));
    return SendToServer();
  }
  if (SSL_has_pending(ssl_.get()) == 0) {
    Await(kClientRead);  // It is told at once if there is more.
    return Step::kStop;
  }
  return Step::kGoOn;
}

std::string Session::RefuseLongRequests(std::string_view bytes) {
  std::string passed;
  size_t done = 0;
  for (const LongRequest& request : police_.long_requests()) {
    passed += bytes.substr(done, request.seen_at - done);
    passed += Cancellation(request);
    done = request.seen_at;
    refusals_ += Refusal(request, parts_.limits.frames.request_bytes_max);
  }
  return passed += bytes.substr(done);
}

void Session::Outbound() {
  for (int step = 0; step < kStepsAtOnceMax; ++step) {
    if (!to_client_.empty() && WriteToClient(to_client_) == Step::kStop) {
      return;
    }
    if (!refusals_.empty() && is_between()) {
      to_client_ = std::exchange(refusals_, {});
      PumpAgain();  // The client may be read again.
      continue;
    }
    if (stage_ == Stage::kEnding && is_between()) {
      if (std::exchange(said_goodbye_, true)) {
        CloseAfterOutput();
        return;
      }
      to_client_ = Goaway(ending_, police_.last_stream());
      continue;
    }
    if (ReadFromServer() == Step::kStop) {
      return;
    }
  }
  PumpAgain();
}

Session::Step Session::ReadFromServer() {
  if (waits_[kServerRead]) {
    return Step::kStop;
  }
  std::span<char> buffer = parts_.scratch();
  // Before a word of the gate's own: the rest of this frame, or of its block, and no other.
  if (stage_ == Stage::kEnding || !refusals_.empty()) {
    const size_t wanted =
        outbound_frames_.at_boundary() ? kFrameHeaderBytes : outbound_frames_.wanted();
    buffer = buffer.first(std::min(wanted, buffer.size()));
  }
  const ssize_t size = ::recv(server_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0 && IsWouldBlock(errno)) {
    Await(kServerRead);
    return Step::kStop;
  }
  if (size <= 0) {
    return AfterServerHungUp();
  }
  const std::string_view bytes(buffer.data(), static_cast<size_t>(size));
  InspectSent(bytes);
  if (WriteToClient(bytes) == Step::kStop) {
    return Step::kStop;
  }
  if (bytes.size() < buffer.size() && stage_ == Stage::kOpen) {
    Await(kServerRead);  // It is told at once if there is more.
    return Step::kStop;
  }
  return Step::kGoOn;
}

// Without a word, where it cannot make sense of what it was sent. Nobody is kept out for it: it
// also does so where the network has lost the client.
Session::Step Session::AfterServerHungUp() {
  constexpr std::string_view kWhy =
      "gRPC hung up: what it was sent breaks HTTP/2, or no ping is answered";
  if (stage_ == Stage::kOpen && !server_said_goodbye_) {
    if (is_between()) {
      BeginEnding({.error = Http2Error::kProtocolError, .what = kWhy});
      return Step::kGoOn;
    }
    Report(GateEvent::Kind::kEnded, std::string(kWhy), Http2Error::kNoError);
  }
  CloseAfterOutput();
  return Step::kStop;
}

void Session::InspectSent(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::optional<FrameHeader> frame = outbound_frames_.Next(bytes);
    if (!frame.has_value()) {
      continue;
    }
    if (frame->type == http2::kHeaders || frame->type == http2::kContinuation) {
      in_outbound_block_ = (frame->flags & http2::kEndHeaders) == 0;
    }
    server_said_goodbye_ |= frame->type == http2::kGoaway;
    police_.Sent(*frame);
  }
  static_cast<void>(CountCalls());
}

// `bytes` are to_client_, or it is empty.
Session::Step Session::WriteToClient(std::string_view bytes) {
  const bool is_kept = !to_client_.empty();
  size_t written = 0;
  Step step = waits_[kClientWrite] ? Step::kStop : Step::kGoOn;
  while (step == Step::kGoOn && written < bytes.size()) {
    ERR_clear_error();
    const int result =
        SSL_write(ssl_.get(), bytes.data() + written, static_cast<int>(bytes.size() - written));
    if (result <= 0) {
      step = AfterTls(result);
    } else {
      written += static_cast<size_t>(result);
      untaken_since_ = {};
    }
  }
  if (is_kept) {
    to_client_.erase(0, written);
  } else if (written < bytes.size() && stage_ != Stage::kDone) {
    to_client_.assign(bytes.substr(written));
  }
  if (step == Step::kStop && untaken_since_ == SteadyTime()) {
    untaken_since_ = parts_.now();
  }
  return step;
}

Session::Step Session::AfterTls(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      Await(kClientRead);
      break;
    case SSL_ERROR_WANT_WRITE:
      Await(kClientWrite);
      break;
    default:
      Cut();  // The client has hung up, or breaks TLS: there is nobody to tell.
  }
  ERR_clear_error();
  return Step::kStop;
}

}  // namespace cbm
