#include "tests/server/gate/gate_world.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <utility>

#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

constexpr std::chrono::seconds kWaitMax{30};

}  // namespace

ServerEnd::ServerEnd(Descriptor descriptor) : descriptor_(std::move(descriptor)) {
  const timeval wait{.tv_sec = kWaitMax.count(), .tv_usec = 0};
  const int flags = ::fcntl(descriptor_.get(), F_GETFL);
  if (::fcntl(descriptor_.get(), F_SETFL, flags & ~O_NONBLOCK) != 0 ||
      ::setsockopt(descriptor_.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) != 0 ||
      ::setsockopt(descriptor_.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) != 0) {
    std::abort();
  }
}

std::string ServerEnd::Name() const {
  sockaddr_un address{};
  socklen_t size = sizeof(address);
  const size_t head = offsetof(sockaddr_un, sun_path) + 1;
  if (::getpeername(descriptor_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      size <= head) {
    return "";
  }
  return {address.sun_path + 1, size - head};
}

std::string ServerEnd::Read(size_t bytes) const {
  std::string all(bytes, '\0');
  size_t size = 0;
  ssize_t count = 0;
  while (size < bytes &&
         (count = ::recv(descriptor_.get(), all.data() + size, bytes - size, 0)) > 0) {
    size += static_cast<size_t>(count);
  }
  all.resize(size);
  return all;
}

bool ServerEnd::IsAtEnd() const {
  char byte = 0;
  return ::recv(descriptor_.get(), &byte, 1, 0) == 0;
}

bool ServerEnd::Write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::send(descriptor_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

size_t ServerEnd::WriteUntilFull(std::string_view bytes) const {
  const ssize_t count =
      ::send(descriptor_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return count > 0 ? static_cast<size_t>(count) : 0;
}

GateWorld::GateWorld(const GateLimits& limits) {
  auto tls = TlsContext::Make(IdentityOf(server_), clock_, {});
  EXPECT_THAT(tls, IsOk());
  gate_ = std::make_unique<Gate>(limits,
                                 GateParts{.table = table_,
                                           .clock = clock_,
                                           .now = [this] { return now_.load(); },
                                           .deliver =
                                               [this](Descriptor end) {
                                                 const MutexLock lock(mutex_);
                                                 delivered_.push_back(std::move(end));
                                                 changed_.NotifyAll();
                                               },
                                           .observer =
                                               [this](const GateEvent& event) {
                                                 const MutexLock lock(mutex_);
                                                 events_.push_back(event);
                                                 changed_.NotifyAll();
                                               }},
                                 *std::move(tls));
  const absl::StatusOr<std::string> address = gate_->Listen("127.0.0.1:0");
  EXPECT_THAT(address, IsOk());
  address_ = *address;
}

ServerIdentity GateWorld::IdentityOf(const Issued& server) const {
  return {.certificate = server.chain_pem, .key = server.key_pem, .client_ca = pki_.ca_pem()};
}

TlsClient GateWorld::Connect(const Issued& certificate) const {
  return {address_, {.version = kTls13, .certificate = &certificate}};
}

ServerEnd GateWorld::NextServerEnd() {
  const MutexLock lock(mutex_);
  while (delivered_.empty()) {
    if (!changed_.WaitFor(mutex_, kWaitMax)) {
      std::abort();  // No session came to be.
    }
  }
  ServerEnd end(std::move(delivered_.front()));
  delivered_.pop_front();
  return end;
}

size_t GateWorld::ends_waiting() {
  const MutexLock lock(mutex_);
  return delivered_.size();
}

size_t GateWorld::events() {
  const MutexLock lock(mutex_);
  return events_.size();
}

GateEvent GateWorld::AwaitEvent(std::string_view reason) {
  const MutexLock lock(mutex_);
  while (true) {
    for (const GateEvent& event : events_) {
      if (event.reason.find(reason) != std::string::npos) {
        return event;
      }
    }
    if (!changed_.WaitFor(mutex_, kWaitMax)) {
      ADD_FAILURE() << "no event: " << reason;
      return {};
    }
  }
}

GateWorld::Open GateWorld::OpenSession(const Issued& certificate) {
  const std::string hello = std::string(kHttp2Preface) + std::string(kEmptySettings);
  auto client = std::make_unique<TlsClient>(
      address_, TlsOffer{.version = kTls13, .certificate = &certificate});
  EXPECT_TRUE(client->Write(hello));
  ServerEnd server = NextServerEnd();
  EXPECT_EQ(server.Read(hello.size()), hello);
  return {std::move(client), std::move(server)};
}

std::string FrameOf(uint8_t type, uint8_t flags, uint32_t stream, size_t length) {
  std::string frame;
  for (const size_t byte : {length >> 16U, length >> 8U, length}) {
    frame.push_back(static_cast<char>(byte));
  }
  frame.push_back(static_cast<char>(type));
  frame.push_back(static_cast<char>(flags));
  for (const uint32_t byte : {stream >> 24U, stream >> 16U, stream >> 8U, stream}) {
    frame.push_back(static_cast<char>(byte));
  }
  return frame + std::string(length, '\0');
}

}  // namespace cbm::test
