#include "server/gate/acceptor.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "boost/asio/ip/v6_only.hpp"
#include "boost/system/error_code.hpp"
#include "fmt/format.h"

namespace cbm {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr int kConnectionsWaitingMax = 512;
constexpr int kTakenAtOnceMax = 64;              // Then others of this thread have their turn.
constexpr std::chrono::milliseconds kPause{50};  // While there is no descriptor to be had.

bool IsShortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

error_code Open(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) {
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  }
  if (!error && endpoint.address().is_v6() && endpoint.address().is_unspecified()) {
    acceptor.set_option(boost::asio::ip::v6_only(false), error);
  }
  if (!error) {
    acceptor.bind(endpoint, error);
  }
  if (!error) {
    acceptor.listen(kConnectionsWaitingMax, error);
  }
  if (!error) {
    acceptor.native_non_blocking(true, error);
  }
  if (error) {
    error_code ignored;
    acceptor.close(ignored);
  }
  return error;
}

}  // namespace

Acceptor::Acceptor(boost::asio::io_context& io, OnAccept on_accept, OnExhausted on_exhausted)
    : acceptor_(io),
      pause_(io),
      on_accept_(std::move(on_accept)),
      on_exhausted_(std::move(on_exhausted)) {
  Reserve();
}

absl::StatusOr<std::string> Acceptor::Listen(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  if (colon == std::string::npos) {
    return absl::UnavailableError(fmt::format("cannot listen on {}: there is no port", listen));
  }
  const std::string written = listen.substr(0, colon);
  std::string host = written;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  tcp::resolver resolver(acceptor_.get_executor());
  error_code error;
  const auto found =
      resolver.resolve(host, listen.substr(colon + 1),
                       tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (!error) {
    error = boost::asio::error::host_not_found;
    for (auto each = found.begin(); each != found.end() && error; ++each) {
      error = Open(acceptor_, each->endpoint());
    }
  }
  if (error) {
    return absl::UnavailableError(
        fmt::format("cannot listen on {}: {}: is something else there?", listen, error.message()));
  }
  Wait();
  return fmt::format("{}:{}", written, acceptor_.local_endpoint(error).port());
}

void Acceptor::Close() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel(ignored);
}

void Acceptor::Wait() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [this](const error_code& error) {
    if (error || !acceptor_.is_open()) {
      return;
    }
    if (TakeAll()) {
      Wait();
      return;
    }
    pause_.expires_after(kPause);
    pause_.async_wait([this](const error_code& cancelled) {
      if (!cancelled && acceptor_.is_open()) {
        Wait();
      }
    });
  });
}

bool Acceptor::TakeAll() {
  for (int taken = 0; taken < kTakenAtOnceMax; ++taken) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    Descriptor connection(::accept4(acceptor_.native_handle(),
                                    reinterpret_cast<sockaddr*>(&address), &size,
                                    SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.get() < 0) {
      if (IsShortage(errno)) {
        if (TurnOneAway()) {
          continue;
        }
        return false;
      }
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        return true;
      }
      continue;  // Of one connection, which ended before it was taken.
    }
    exhausted_ = false;
    const int on = 1;
    static_cast<void>(::setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
    on_accept_(std::move(connection), address);
  }
  return !exhausted_;
}

bool Acceptor::TurnOneAway() {
  reserve_.Close();
  Descriptor connection(::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC));
  const bool turned_away = connection.get() >= 0;
  connection.Close();
  Reserve();
  if (!std::exchange(exhausted_, true)) {
    on_exhausted_();
  }
  return turned_away;
}

void Acceptor::Reserve() { reserve_ = Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace cbm
