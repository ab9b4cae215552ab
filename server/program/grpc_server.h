#ifndef CBM_SERVER_PROGRAM_GRPC_SERVER_H_
#define CBM_SERVER_PROGRAM_GRPC_SERVER_H_

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/impl/codegen/service_type.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "server/config/config.h"
#include "server/gate/descriptor.h"
#include "server/service/call_queue.h"

namespace cbm {

// gRPC behind the gate: it listens nowhere, its connections are given to it. Who they are of, and
// what they may, is the gate's and the services' to say.
//
// Its methods are for the thread that made it, but Take.
class GrpcServer {
 public:
  // A service, and how it takes the calls that a queue tells of.
  struct Served {
    template <typename Service>
    explicit Served(Service& of)
        : service(of), serve([&of](CallQueue& queue) { of.Serve(queue); }) {}

    grpc::Service& service;
    std::function<void(CallQueue&)> serve;
  };

  GrpcServer() = default;
  // Shuts down at once, and stops: whoever answers calls must be there still.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // How many queues of calls serve best, each with a thread: half as many as there are processors,
  // one at least and eight at most. Because: threads that wait for gRPC together hand the watch to
  // each other for each event, and the gate has the other half (docs/adr/0027).
  static unsigned QueuesFor(unsigned processors);

  // The services must outlive it. UNAVAILABLE if gRPC does not start.
  absl::Status Start(const LimitsConfig& limits, const GateConfig& gate,
                     const std::vector<Served>& services,
                     unsigned queues = QueuesFor(std::thread::hardware_concurrency()));

  // Takes a connection, on which HTTP/2 is spoken. After Start, from any thread.
  void Take(Descriptor connection);

  // Takes no new calls, and cuts those that are not answered `within`. What their services have
  // under way goes on.
  void Shutdown(absl::Duration within);

  // Waits until each call is answered, and ends the threads. After Shutdown.
  void Stop();

 private:
  std::vector<std::unique_ptr<CallQueue>> queues_;  // Where server_ tells of calls.
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections_;  // To server_.
};

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_GRPC_SERVER_H_
