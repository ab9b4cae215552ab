#include "server/gate/balancer.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "boost/system/error_code.hpp"
#include "fmt/format.h"

namespace cbm {
namespace {

using boost::asio::posix::descriptor_base;
using boost::system::error_code;

constexpr std::string_view kNoHeader =
    "no PROXY header (version 2) came from a balancer: send-proxy-v2 is missing, or somebody else "
    "connects from its address";

bool IsWouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

// The whole address, unlike SourceOf. Empty for another family.
std::string AddressOf(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address);
    return ::inet_ntop(AF_INET, &ipv4.sin_addr, text.data(), text.size());
  }
  if (address.ss_family != AF_INET6) {
    return "";
  }
  const in6_addr& ipv6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return IN6_IS_ADDR_V4MAPPED(&ipv6)
             ? ::inet_ntop(AF_INET, &ipv6.s6_addr[12], text.data(), text.size())
             : ::inet_ntop(AF_INET6, &ipv6, text.data(), text.size());
}

}  // namespace

std::string BalancerAddress(const std::string& text) {
  sockaddr_storage address{};
  auto& ipv4 = reinterpret_cast<sockaddr_in&>(address);
  auto& ipv6 = reinterpret_cast<sockaddr_in6&>(address);
  if (::inet_pton(AF_INET, text.c_str(), &ipv4.sin_addr) == 1) {
    address.ss_family = AF_INET;
  } else if (::inet_pton(AF_INET6, text.c_str(), &ipv6.sin6_addr) == 1) {
    address.ss_family = AF_INET6;
  }
  return AddressOf(address);
}

Balancer::Balancer(boost::asio::io_context& io, const std::vector<std::string>& addresses,
                   const BalancerLimits& limits, std::function<SteadyTime()> now,
                   OnArrival on_arrival, GateObserver observer)
    : io_(io),
      limits_(limits),
      now_(std::move(now)),
      on_arrival_(std::move(on_arrival)),
      observer_(std::move(observer)) {
  for (const std::string& address : addresses) {
    addresses_.insert(BalancerAddress(address));
  }
  if (addresses_.contains("")) {
    std::abort();  // The configuration takes none such.
  }
}

bool Balancer::IsFrom(const sockaddr_storage& peer) const {
  return !addresses_.empty() && addresses_.contains(AddressOf(peer));
}

void Balancer::Take(Descriptor connection, const sockaddr_storage& peer) {
  if (waiting_.size() >= limits_.waiting_max) {
    Refuse(waiting_.front(),
           fmt::format("connections of balancers that wait for a PROXY header: at most {} at a "
                       "time",
                       limits_.waiting_max));
  }
  const auto one = std::make_shared<Waiting>(io_);
  error_code error;
  one->connection.assign(connection.get(), error);
  if (error) {
    return;  // There is no memory to wait for it.
  }
  connection.Release();
  one->source = SourceOf(peer);
  one->since = now_();
  one->place = waiting_.insert(waiting_.end(), one);
  Go(one);
}

void Balancer::Go(const WaitingPtr& one) {
  if (one->is_own) {
    ReadOwn(one);
  } else {
    ReadHeader(one);
  }
}

// Reads what is wanted and no more, so that TLS finds all that is its own.
void Balancer::ReadHeader(const WaitingPtr& one) {
  std::array<char, kProxyHeaderBytesMax> buffer{};
  ProxyHeader header = ParseProxyHeader(one->bytes);
  while (header.state == ProxyHeader::State::kPartial) {
    const ssize_t count = ::recv(one->connection.native_handle(), buffer.data(),
                                 header.bytes - one->bytes.size(), MSG_DONTWAIT);
    if (count < 0 && IsWouldBlock(errno)) {
      Await(one);
      return;
    }
    if (count <= 0 && one->bytes.empty()) {
      Drop(one);  // It looked whether somebody listens.
      return;
    }
    if (count <= 0) {
      break;
    }
    one->bytes.append(buffer.data(), static_cast<size_t>(count));
    header = ParseProxyHeader(one->bytes);
  }
  if (header.state != ProxyHeader::State::kWhole) {
    Refuse(one, std::string(kNoHeader));
  } else if (header.source == Source()) {
    one->is_own = true;
    ReadOwn(one);
  } else {
    Arrive(one, header.source);
  }
}

void Balancer::ReadOwn(const WaitingPtr& one) {
  char byte = 0;
  const ssize_t count = ::recv(one->connection.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (count < 0 && IsWouldBlock(errno)) {
    Await(one);
  } else if (count <= 0) {
    Drop(one);  // It found the server well.
  } else {
    Arrive(one, one->source);
  }
}

void Balancer::Await(const WaitingPtr& one) {
  one->connection.async_wait(descriptor_base::wait_read, [this, one](const error_code& error) {
    if (!error && !one->is_done) {  // Else this may be gone.
      Go(one);
    }
  });
}

void Balancer::Arrive(const WaitingPtr& one, const Source& source) {
  Leave(one);
  on_arrival_(Descriptor(one->connection.release()), source);
}

void Balancer::Refuse(const WaitingPtr& given, std::string reason) {
  const WaitingPtr one = given;  // What is given may be of the list.
  Drop(one);
  if (observer_ != nullptr) {
    observer_({.kind = GateEvent::Kind::kRefused,
               .reason = std::move(reason),
               .source = one->source.name});
  }
}

void Balancer::Leave(const WaitingPtr& one) {
  one->is_done = true;
  waiting_.erase(one->place);
}

void Balancer::Drop(const WaitingPtr& one) {
  Leave(one);
  error_code ignored;
  one->connection.close(ignored);
}

void Balancer::Sweep(SteadyTime now) {
  while (!waiting_.empty() && now - waiting_.front()->since > limits_.wait_max) {
    const WaitingPtr& oldest = waiting_.front();
    Refuse(oldest, oldest->is_own ? "a balancer's own connection (LOCAL, UNSPEC) sent nothing"
                                  : std::string(kNoHeader));
  }
}

void Balancer::Close() {
  while (!waiting_.empty()) {
    Drop(WaitingPtr(waiting_.front()));
  }
}

}  // namespace cbm
