#ifndef CBM_BENCH_LOAD_H_
#define CBM_BENCH_LOAD_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/byte_buffer.h"

namespace cbm::bench {

// A connection with the requests to be made on it, already serialized.
struct Lane {
  std::shared_ptr<grpc::Channel> channel;
  std::vector<grpc::ByteBuffer> requests;
};

struct LoadOptions {
  std::string method;  // "/package.Service/Method"
  size_t in_flight = 1;
  absl::Duration duration = absl::Seconds(3);
  // Whether a lane begins anew at its end; else it is done. An act is taken once alone.
  bool again = true;
  // Whether a refusal counts as an answer.
  bool refusals = false;
};

// What came of it.
struct Load {
  absl::Duration time;
  uint64_t answered = 0;
  uint64_t refused = 0;
  bool ran_out = false;              // Of requests, before its time.
  std::vector<double> microseconds;  // Of each answer, ascending.

  double Rate() const { return static_cast<double>(answered) / absl::ToDoubleSeconds(time); }
  // The smallest time that a share of the answers did not exceed, in microseconds.
  double Quantile(double share) const;
};

// Keeps `in_flight` calls under way on the lanes in turn, each followed by the next as soon as it
// is answered, until the time is over; then waits for the rest. The first failure ends the
// benchmark, unless refusals count.
Load RunLoad(const std::vector<Lane>& lanes, const LoadOptions& options);

// The context of one call, with a deadline by the machine's clock.
std::unique_ptr<grpc::ClientContext> NewContext();

// A message as it goes on the wire.
grpc::ByteBuffer ToBuffer(const std::string& bytes);

}  // namespace cbm::bench

#endif  // CBM_BENCH_LOAD_H_
