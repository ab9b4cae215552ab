#ifndef CBM_SERVER_GATE_BALANCER_H_
#define CBM_SERVER_GATE_BALANCER_H_

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "boost/asio/io_context.hpp"
#include "boost/asio/posix/stream_descriptor.hpp"
#include "server/gate/budget.h"
#include "server/gate/descriptor.h"
#include "server/gate/gate_event.h"
#include "server/gate/proxy_header.h"
#include "server/gate/source.h"

namespace cbm {

struct BalancerLimits {
  uint32_t waiting_max = 256;         // Connections whose header has not come, over all balancers.
  std::chrono::seconds wait_max{10};  // For a header.
};

// What stands between the acceptor and the gate where balancers are trusted to say, by a PROXY
// header, where their clients are from. A connection from one of their addresses waits here until
// its header is whole; not a byte after that is taken. One that comes without, or too late, is
// closed and reported; a balancer that looks whether somebody listens and leaves, having said
// nothing, or that it is itself (LOCAL), is not.
//
// Where as many wait as may, the one that has waited longest gives way: a balancer sends the header
// at once, so that nobody who waits is a client's.
//
// Not thread-safe: all of it is for the thread that runs `io`. What waits is closed with it.
class Balancer {
 public:
  // A connection, and where its client is from: as the header says, or the balancer itself.
  using OnArrival = std::function<void(Descriptor connection, const Source& source)>;

  // `addresses` are literal addresses of IPv4 or IPv6. What is given outlives this.
  Balancer(boost::asio::io_context& io, const std::vector<std::string>& addresses,
           const BalancerLimits& limits, std::function<SteadyTime()> now, OnArrival on_arrival,
           GateObserver observer);
  ~Balancer() { Close(); }

  // Whether `peer` is a balancer; only then is a header read. An IPv4 address is the same when IPv6
  // carries it.
  bool IsFrom(const sockaddr_storage& peer) const;

  // Takes a connection from such a peer.
  void Take(Descriptor connection, const sockaddr_storage& peer);

  // Closes what has waited too long at `now`. To be called several times a second.
  void Sweep(SteadyTime now);

  // Closes all that waits, without a word.
  void Close();

  size_t waiting() const { return waiting_.size(); }

 private:
  // One connection that waits.
  struct Waiting {
    explicit Waiting(boost::asio::io_context& io) : connection(io) {}

    boost::asio::posix::stream_descriptor connection;
    Source source = {};  // The balancer's own.
    SteadyTime since = {};
    std::string bytes = {};  // Of the header, so far.
    bool is_own = false;     // The header is whole: the connection is the balancer's.
    bool is_done = false;
    std::list<std::shared_ptr<Waiting>>::iterator place = {};
  };
  using WaitingPtr = std::shared_ptr<Waiting>;  // Shared with its wait, which may end after it.

  void Go(const WaitingPtr& one);
  void ReadHeader(const WaitingPtr& one);
  void ReadOwn(const WaitingPtr& one);
  void Await(const WaitingPtr& one);
  void Arrive(const WaitingPtr& one, const Source& source);
  void Refuse(const WaitingPtr& one, std::string reason);
  // It waits no more; its connection is still open.
  void Leave(const WaitingPtr& one);
  void Drop(const WaitingPtr& one);

  boost::asio::io_context& io_;
  std::set<std::string> addresses_;
  const BalancerLimits limits_;
  const std::function<SteadyTime()> now_;
  const OnArrival on_arrival_;
  const GateObserver observer_;
  std::list<WaitingPtr> waiting_;  // In the order of their coming.
};

// `text` as one of the addresses that a Balancer compares; empty if it is no literal address.
std::string BalancerAddress(const std::string& text);

}  // namespace cbm

#endif  // CBM_SERVER_GATE_BALANCER_H_
