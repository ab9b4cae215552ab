#ifndef CBM_SERVER_GATE_ACCEPTOR_H_
#define CBM_SERVER_GATE_ACCEPTOR_H_

#include <sys/socket.h>

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/steady_timer.hpp"
#include "server/gate/descriptor.h"

namespace cbm {

// Accepts connections for as long as it is open, whatever happens: also where descriptors run out,
// after which gRPC 1.51 would never accept again (CVE-2023-4785). For that it holds one in reserve,
// which it gives up to take a connection, close it at once, and so tell its client.
//
// Not thread-safe: all of it is for the thread that runs `io`, but Listen, which comes before.
class Acceptor {
 public:
  // A connection that does not block and does not linger, and the address at its other end.
  using OnAccept = std::function<void(Descriptor connection, const sockaddr_storage& peer)>;
  // Connections were turned away for want of descriptors. At most once for each time it happens.
  using OnExhausted = std::function<void()>;

  Acceptor(boost::asio::io_context& io, OnAccept on_accept, OnExhausted on_exhausted);

  // Listens at `listen` (host:port, port 0 for a free one); returns where, as host:port.
  //
  // UNAVAILABLE if the address cannot be had.
  absl::StatusOr<std::string> Listen(const std::string& listen);

  void Close();

 private:
  void Wait();
  // Takes what waits. False if it must not be asked again at once.
  bool TakeAll();
  // Gives the reserve up for a moment. False if nobody was there, or somebody took it.
  bool TurnOneAway();
  void Reserve();

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  const OnAccept on_accept_;
  const OnExhausted on_exhausted_;
  Descriptor reserve_;
  bool exhausted_ = false;
};

}  // namespace cbm

#endif  // CBM_SERVER_GATE_ACCEPTOR_H_
