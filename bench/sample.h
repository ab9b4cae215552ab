#ifndef CBM_BENCH_SAMPLE_H_
#define CBM_BENCH_SAMPLE_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "bench/load.h"
#include "bench/process.h"

namespace cbm::bench {

// How many connections a load is spread over at most: one for each State.
inline constexpr size_t kConnectionsMax = 57;

// What one measurement saw; times in microseconds.
struct Sample {
  double rate = 0;  // Calls a second.
  double p50 = 0;
  double p99 = 0;
  double processor = 0;  // The server's, for each call.
};

using Samples = std::vector<Sample>;

// What is measured beside others.
struct System {
  std::string name;
  std::string method;
  const Process* server;
  bool again;  // Whether a request can be sent more than once.
  std::function<std::vector<Lane>(size_t connections, size_t count)> make;
};

// How many requests are enough for `duration`: what is sent once has to be made beforehand.
size_t Enough(const System& system, size_t in_flight, absl::Duration duration);

Sample Measure(const System& system, size_t in_flight, size_t count, absl::Duration duration);

// The median, over the repetitions, of what `of` makes of two systems' samples of one repetition.
double Ratio(const Samples& one, const Samples& other,
             const std::function<double(const Sample&)>& of);

double MedianOf(const Samples& samples, const std::function<double(const Sample&)>& of);

double RateOf(const Sample& sample);
double P50Of(const Sample& sample);
double P99Of(const Sample& sample);
double ProcessorOf(const Sample& sample);

}  // namespace cbm::bench

#endif  // CBM_BENCH_SAMPLE_H_
