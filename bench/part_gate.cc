#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "bench/parts.h"
#include "bench/peers.h"
#include "bench/sample.h"
#include "fmt/format.h"

namespace cbm::bench {
namespace {

constexpr size_t kInFlight[] = {1, 8, 64};
constexpr size_t kBytes = 2'000;  // Of request and answer: about a submit's.

}  // namespace

// What is compared differs in the gate alone. How gRPC does where the kernel schedules it as it
// does by default stands beside it.
void MeasureGate(const Setup& setup, Report& report) {
  const Echo plain(setup.echo, setup.folder / "echo_by_grpc", setup.authority,
                   Echo::Kind::kInBatches);
  const Echo usual(setup.echo, setup.folder / "echo_as_usual", setup.authority, Echo::Kind::kPlain);
  const Echo gated(setup.echo, setup.folder / "echo_by_gate", setup.authority, Echo::Kind::kGate);
  const auto lanes = [](const Echo& of) {
    return [&of](size_t connections, size_t /*count*/) {
      return of.MakeLanes(connections, kBytes, kBytes);
    };
  };
  const std::vector<System> systems = {
      {"through the gate", kEcho, &gated.server(), true, lanes(gated)},
      {"gRPC's own TLS", kEcho, &plain.server(), true, lanes(plain)},
      {"the same, scheduled as usual", kEcho, &usual.server(), true, lanes(usual)}};
  std::map<size_t, std::vector<Samples>> all;
  for (int repetition = 0; repetition < setup.repetitions; ++repetition) {
    for (const size_t in_flight : kInFlight) {
      all[in_flight].resize(systems.size());
      for (size_t i = 0; i < systems.size(); ++i) {
        all[in_flight][i].push_back(Measure(systems[i], in_flight, 0, setup.duration));
      }
    }
    std::fprintf(stderr, "gate: repetition %d of %d\n", repetition + 1, setup.repetitions);
  }
  report.Begin(fmt::format("An echo of {} bytes, through the gate and without it", kBytes));
  for (const auto& [in_flight, samples] : all) {
    for (size_t i = 0; i < systems.size(); ++i) {
      report.Add(fmt::format("{}, {} in flight", systems[i].name, in_flight),
                 fmt::format("{:.0f} /s", MedianOf(samples[i], RateOf)));
      report.Add("    p50, p99, server CPU per call",
                 fmt::format("{:.0f}, {:.0f}, {:.0f} us", MedianOf(samples[i], P50Of),
                             MedianOf(samples[i], P99Of), MedianOf(samples[i], ProcessorOf)));
    }
    report.Add(fmt::format("rate, gate / gRPC, {} in flight", in_flight),
               Ratio(samples[0], samples[1], RateOf), {Goal::Better::kMore, 0.75, 0.95});
    report.Add(fmt::format("p50, gate / gRPC, {} in flight", in_flight),
               Ratio(samples[0], samples[1], P50Of), {Goal::Better::kLess, 1.25, 1.1});
  }
}

}  // namespace cbm::bench
