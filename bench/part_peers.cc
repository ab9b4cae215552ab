#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench/load.h"
#include "bench/parts.h"
#include "bench/peers.h"
#include "bench/require.h"
#include "fmt/format.h"

namespace cbm::bench {
namespace {

constexpr size_t kStates = 57;
constexpr size_t kBodyBytes = 1024;
constexpr size_t kTried = 3'000;  // To learn about how fast it is.
constexpr size_t kInFlight[] = {1, 8, 64};
// Of what a submit carries and is answered, roughly; the echo carries the same.
constexpr size_t kReceiptBytes = 1'800;

struct Sample {
  double rate = 0;
  double p50 = 0;
  double p99 = 0;
  double processor = 0;  // Microseconds of the server's for each call.
};

using Samples = std::vector<Sample>;
using Lanes = std::vector<Lane>;

struct System {
  std::string name;
  std::string method;
  const Process* server;
  bool again;
  std::function<Lanes(size_t connections, size_t count)> make;
};

Load RunFor(const System& system, size_t in_flight, size_t count, absl::Duration duration) {
  return RunLoad(system.make(std::min(in_flight, kStates), count), {.method = system.method,
                                                                    .in_flight = in_flight,
                                                                    .duration = duration,
                                                                    .again = system.again});
}

// How many requests are enough for `duration`: what is sent once has to be made beforehand.
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

// The median, over the repetitions, of what `of` makes of two systems' samples of one repetition.
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

using AllSamples = std::map<std::pair<std::string, size_t>, Samples>;

void ReportRatios(const AllSamples& all, Report& report) {
  using Better = Goal::Better;
  const auto at = [&](const std::string& name, size_t in_flight) -> const Samples& {
    return all.at({name, in_flight});
  };
  report.Begin("Ratios of the same repetition");
  constexpr Goal kOfEtcd[] = {
      {Better::kMore, 0.7, 1.1}, {Better::kMore, 1.0, 1.6}, {Better::kMore, 1.1, 1.8}};
  for (size_t i = 0; i < std::size(kInFlight); ++i) {
    report.Add(fmt::format("submit rate / etcd put rate, {} in flight", kInFlight[i]),
               Ratio(at("submit", kInFlight[i]), at("etcd put", kInFlight[i]), RateOf), kOfEtcd[i]);
  }
  report.Add("submit rate / echo rate, 64 in flight",
             Ratio(at("submit", 64), at("echo", 64), RateOf), {Better::kMore, 0.18, 0.33});
  report.Add("server CPU per submit / per echo, 64 in flight",
             Ratio(at("submit", 64), at("echo", 64), ProcessorOf), {Better::kLess, 7.0, 4.6});
  report.Add("server CPU per submit / per etcd put, 64 in flight",
             Ratio(at("submit", 64), at("etcd put", 64), ProcessorOf), {Better::kLess, 0.9, 0.6});
  report.Add("p99 of submit / of etcd put, 64 in flight",
             Ratio(at("submit", 64), at("etcd put", 64), P99Of), {Better::kLess, 0.7, 0.4});
  report.Add("p50 of submit / of an echo that syncs, 1 in flight",
             Ratio(at("submit", 1), at("synced echo", 1), P50Of), {Better::kLess, 1.8, 1.3});
}

}  // namespace

void MeasurePeers(const Setup& setup, Report& report) {
  Exchange exchange(setup.cbmd, setup.data, setup.folder / "peers", setup.authority);
  const Echo echo(setup.echo, setup.folder / "echo", setup.authority, /*sync=*/false);
  const Echo synced(setup.echo, setup.folder / "synced_echo", setup.authority, /*sync=*/true);
  Etcd etcd(setup.folder / "etcd", setup.authority);
  const size_t submit_bytes =
      exchange.MakeSubmits(1, 1, kBodyBytes).front().requests.front().Length();
  const auto echoes = [&](const Echo& of) {
    return [&of, submit_bytes](size_t connections, size_t /*count*/) {
      return of.MakeLanes(connections, submit_bytes, kReceiptBytes);
    };
  };
  const std::vector<System> systems = {
      {"submit", kPerformAct, &exchange.server(), false,
       [&](size_t connections, size_t count) {
         return exchange.MakeSubmits(connections, count, kBodyBytes);
       }},
      {"echo", kEcho, &echo.server(), true, echoes(echo)},
      {"synced echo", kEcho, &synced.server(), true, echoes(synced)},
      {"etcd put", kEtcdPut, &etcd.server(), false, [&](size_t connections, size_t count) {
         return etcd.MakePuts(connections, count, submit_bytes);
       }}};
  AllSamples all;
  std::map<std::pair<std::string, size_t>, size_t> counts;
  for (int repetition = 0; repetition < setup.repetitions; ++repetition) {
    for (size_t i = 0; i < std::size(kInFlight); ++i) {
      for (const System& system : systems) {
        if (system.name == "synced echo" && kInFlight[i] != 1) {
          continue;
        }
        size_t& count = counts[{system.name, kInFlight[i]}];
        if (count == 0) {
          count = Enough(system, kInFlight[i], setup.duration);
        }
        all[{system.name, kInFlight[i]}].push_back(
            Measure(system, kInFlight[i], count, setup.duration));
      }
    }
    std::fprintf(stderr, "peers: repetition %d of %d\n", repetition + 1, setup.repetitions);
  }
  report.Begin(fmt::format("A submit of {} bytes to one State, and its peers", submit_bytes));
  for (const auto& [which, samples] : all) {
    report.Add(fmt::format("{}, {} in flight", which.first, which.second),
               fmt::format("{:.0f} /s", MedianOf(samples, RateOf)));
    report.Add("    p50, p99, server CPU per call",
               fmt::format("{:.0f}, {:.0f}, {:.0f} us", MedianOf(samples, P50Of),
                           MedianOf(samples, P99Of), MedianOf(samples, ProcessorOf)));
  }
  ReportRatios(all, report);
}

}  // namespace cbm::bench
