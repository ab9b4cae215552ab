#include "bench/sample.h"

#include <algorithm>
#include <utility>

#include "bench/report.h"
#include "bench/require.h"
#include "fmt/format.h"

namespace cbm::bench {
namespace {

constexpr size_t kTried = 3'000;  // To learn about how fast it is.

Load RunFor(const System& system, size_t in_flight, size_t count, absl::Duration duration) {
  return RunLoad(system.make(std::min(in_flight, kConnectionsMax), count), {.method = system.method,
                                                                            .in_flight = in_flight,
                                                                            .duration = duration,
                                                                            .again = system.again});
}

}  // namespace

size_t Enough(const System& system, size_t in_flight, absl::Duration duration) {
  const Load tried = RunFor(system, in_flight, kTried, duration / 4);
  return static_cast<size_t>(5 * tried.Rate() * absl::ToDoubleSeconds(duration)) + kTried;
}

Sample Measure(const System& system, size_t in_flight, size_t count, absl::Duration duration) {
  const absl::Duration before = system.server->ProcessorTime();
  const Load load = RunFor(system, in_flight, count, duration);
  const absl::Duration used = system.server->ProcessorTime() - before;
  Require(!load.ran_out,
          fmt::format("{} answered all {} requests before its time was over", system.name, count));
  return {.rate = load.Rate(),
          .p50 = load.Quantile(0.5),
          .p99 = load.Quantile(0.99),
          .processor = absl::ToDoubleMicroseconds(used) / static_cast<double>(load.answered)};
}

double Ratio(const Samples& one, const Samples& other,
             const std::function<double(const Sample&)>& of) {
  std::vector<double> ratios;
  for (size_t i = 0; i < one.size(); ++i) {
    ratios.push_back(of(one[i]) / of(other[i]));
  }
  return Median(std::move(ratios));
}

double MedianOf(const Samples& samples, const std::function<double(const Sample&)>& of) {
  std::vector<double> values;
  for (const Sample& sample : samples) {
    values.push_back(of(sample));
  }
  return Median(std::move(values));
}

double RateOf(const Sample& sample) { return sample.rate; }
double P50Of(const Sample& sample) { return sample.p50; }
double P99Of(const Sample& sample) { return sample.p99; }
double ProcessorOf(const Sample& sample) { return sample.processor; }

}  // namespace cbm::bench
