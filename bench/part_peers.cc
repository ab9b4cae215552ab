#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench/load.h"
#include "bench/parts.h"
#include "bench/peers.h"
#include "bench/sample.h"
#include "fmt/format.h"

namespace cbm::bench {
namespace {

constexpr size_t kBodyBytes = 1024;
constexpr size_t kInFlight[] = {1, 8, 64};
// Of what a submit carries and is answered, roughly; the echo carries the same.
constexpr size_t kReceiptBytes = 1'800;

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
  const Echo echo(setup.echo, setup.folder / "echo", setup.authority, Echo::Kind::kPlain);
  const Echo synced(setup.echo, setup.folder / "synced_echo", setup.authority, Echo::Kind::kSynced);
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
