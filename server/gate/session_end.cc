// How a session ends.

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "boost/asio/post.hpp"
#include "server/gate/session.h"

namespace cbm {
namespace {

// How long a client may take to read why it was ended.
constexpr std::chrono::seconds kGoodbyeMax{2};

// What is thrown away meanwhile. Unread bytes would make the kernel throw away the reason instead.
constexpr size_t kDiscardedBytesMax = size_t{1} << 20;

void Close(boost::asio::posix::stream_descriptor& descriptor) {
  boost::system::error_code ignored;
  descriptor.close(ignored);
}

}  // namespace

void Session::Sweep(SteadyTime now) {
  const SessionLimits& limits = parts_.limits;
  if (stage_ == Stage::kHandshake && now - began_ > limits.handshake_max) {
    Refuse("the handshake took too long");
  } else if (stage_ == Stage::kOpen && untaken_since_ != SteadyTime() &&
             now - untaken_since_ > limits.untaken_max) {
    Report(GateEvent::Kind::kEnded, "it does not take what it is sent", Http2Error::kNoError);
    Cut();
  } else if (stage_ == Stage::kOpen && now - last_heard_ > limits.silence_max) {
    Punish({.error = Http2Error::kNoError, .what = "silent for too long"});
  } else if (stage_ == Stage::kOpen && now - began_ > limits.age_max) {
    Punish({.error = Http2Error::kNoError, .what = "connected for too long: connect again"});
  } else if ((stage_ == Stage::kEnding || stage_ == Stage::kLingering) &&
             now - stage_began_ > kGoodbyeMax) {
    Cut();
  }
}

void Session::End(Violation why) {
  boost::asio::post(io_, [weak = weak_from_this(), why] {
    if (const std::shared_ptr<Session> self = weak.lock(); self != nullptr) {
      self->Punish(why);
    }
  });
}

void Session::GiveWay() {
  boost::asio::post(io_, [weak = weak_from_this()] {
    const std::shared_ptr<Session> self = weak.lock();
    if (self != nullptr && self->stage_ == Stage::kHandshake) {
      self->Report(GateEvent::Kind::kRefused, "the handshake had to give way to another",
                   Http2Error::kNoError);
      self->Cut();
    } else if (self != nullptr && self->stage_ == Stage::kLingering) {
      self->Cut();  // It was refused, and reads why.
    }
  });
}

void Session::CutHandshake() {
  if (stage_ == Stage::kHandshake) {
    Cut();
  }
}

void Session::Cut() {
  if (stage_ == Stage::kDone) {
    return;
  }
  stage_ = Stage::kDone;
  LetServerGo();
  place_ = SessionTable::Place();
  to_client_.clear();
  to_client_.shrink_to_fit();
  if (shaking_.has_value() && parts_.handshaker.Withdraw(source_, *shaking_)) {
    shaking_.reset();
  }
  if (!shaking_.has_value()) {
    CloseClient();
  }
  admission_.Leave();
  parts_.on_done();
}

// Whoever still waits for it holds the session a while, which has most of its memory here.
void Session::CloseClient() {
  Close(client_);
  ssl_.reset();
}

void Session::Report(GateEvent::Kind kind, std::string reason, Http2Error error) const {
  if (parts_.observer != nullptr) {
    parts_.observer({.kind = kind,
                     .reason = std::move(reason),
                     .source = source_,
                     .certificate = shaking_.has_value() ? std::nullopt : verdict_.certificate,
                     .error = error,
                     .holder = holder_});
  }
}

// The client has been sent an alert or a GOAWAY, and is to read it; unless it is in the middle of
// the handshake.
void Session::Refuse(std::string reason) {
  Report(GateEvent::Kind::kRefused, std::move(reason), Http2Error::kNoError);
  if (shaking_.has_value()) {
    Cut();
  } else {
    CloseAfterOutput();
  }
}

void Session::Punish(Violation why) {
  if (stage_ != Stage::kOpen) {
    return;
  }
  if (why.error != Http2Error::kNoError) {
    parts_.penalties.Add(verdict_.certificate->fingerprint(), parts_.now());
  }
  BeginEnding(why);
}

void Session::BeginEnding(Violation why) {
  place_.Disown();  // From now on, no call of it is anybody's.
  ending_ = why;
  stage_ = Stage::kEnding;
  stage_began_ = parts_.now();
  Report(GateEvent::Kind::kEnded, std::string(why.what), why.error);
  PumpAgain();
}

void Session::CloseAfterOutput() {
  LetServerGo();
  if (SSL_is_init_finished(ssl_.get()) == 1) {
    ERR_clear_error();
    static_cast<void>(SSL_shutdown(ssl_.get()));
    ERR_clear_error();
  }
  ::shutdown(client_.native_handle(), SHUT_WR);
  stage_ = Stage::kLingering;
  stage_began_ = parts_.now();
  PumpAgain();
}

// It counts for its office as long as the client is there.
void Session::LetServerGo() {
  place_.Disown();
  static_cast<void>(place_.SetUse({}, use_max_));
  Close(server_);
  to_server_.clear();
}

void Session::Linger() {
  while (!waits_[kClientRead]) {
    const std::span<char> buffer = parts_.scratch();
    const ssize_t size =
        ::recv(client_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      Await(kClientRead);
      return;
    }
    discarded_bytes_ += size > 0 ? static_cast<size_t>(size) : 0;
    if (size <= 0 || discarded_bytes_ > kDiscardedBytesMax) {
      Cut();
      return;
    }
  }
}

}  // namespace cbm
