#ifndef CBM_BENCH_PARTS_H_
#define CBM_BENCH_PARTS_H_

#include <filesystem>

#include "absl/time/time.h"
#include "bench/exchange.h"
#include "bench/report.h"

namespace cbm::bench {

// Where everything is, and how long each measurement takes.
struct Setup {
  std::filesystem::path cbmd;
  std::filesystem::path echo;
  std::filesystem::path data;
  std::filesystem::path folder;  // Everything is written below it.
  Authority& authority;
  absl::Duration duration = absl::Seconds(3);
  int repetitions = 5;
};

// Submits beside an echo, an echo that syncs, and etcd, at 1, 8 and 64 in flight.
void MeasurePeers(const Setup& setup, Report& report);

// An echo through the gate beside the same with gRPC's own TLS, at 1, 8 and 64 in flight.
void MeasureGate(const Setup& setup, Report& report);

// Pages of 50 beside an echo of the same size.
void MeasurePages(const Setup& setup, Report& report);

// From a submit to ALL until the last of 1, 57 and 193 followers has it.
void MeasureFollowers(const Setup& setup, Report& report);

// What a State notices while another sends all it can, under the limits as they are by default.
void MeasureNeighbours(const Setup& setup, Report& report);

// Submits, pages, start, memory and disk with ten thousand entries and with a million.
void MeasureGrowth(const Setup& setup, Report& report);

}  // namespace cbm::bench

#endif  // CBM_BENCH_PARTS_H_
