#include <cstdio>
#include <string>
#include <vector>

#include "bench/load.h"
#include "bench/pages.h"
#include "bench/parts.h"
#include "bench/require.h"
#include "fmt/format.h"

namespace cbm::bench {
namespace {

constexpr size_t kStates = 57;
constexpr size_t kInFlight = 64;
constexpr size_t kPagesInFlight = 8;
constexpr size_t kEntriesOfAct =
    4;  // The author's, the addressee's, the secretariat's, the auditor's.
constexpr size_t kFew = 10'000;
constexpr size_t kMany = 1'000'000;
constexpr size_t kChunkActs = 25'000;  // Made at a time.
constexpr double kMiB = 1024.0 * 1024.0;

// Until the exchange has `entries`, of which it has `had` now.
void Fill(Exchange& exchange, size_t had, size_t entries) {
  for (size_t acts = (entries - had) / kEntriesOfAct; acts > 0;) {
    const size_t chunk = std::min(acts, kChunkActs);
    const Load load = RunLoad(exchange.MakeSubmits(kStates, chunk), {.method = kPerformAct,
                                                                     .in_flight = kInFlight,
                                                                     .duration = absl::Minutes(5),
                                                                     .again = false});
    Require(load.answered == chunk, "not every act was taken");
    acts -= chunk;
    std::fprintf(stderr, "growth: %zu acts to go\n", acts);
  }
}

struct State {
  double rate = 0;
  double page_rate = 0;
  double start_seconds = 0;
  double resident_mib = 0;  // After the start.
};

// Of 50 entries from the middle of what a State's ledger got of `entries`: half are its own acts'.
double PageRate(const Setup& setup, const Exchange& exchange, size_t entries) {
  const Exchange::Office& office = exchange.offices().front();
  const v1::ListEntriesRequest request = PageRequest(office, entries / kEntriesOfAct / kStates);
  ReadPage(office, request);
  const std::vector<Lane> lanes(
      kPagesInFlight,
      {.channel = office.channel, .requests = {ToBuffer(request.SerializeAsString())}});
  std::vector<double> rates;
  for (int repetition = 0; repetition < setup.repetitions; ++repetition) {
    rates.push_back(RunLoad(lanes, {.method = kListEntries,
                                    .in_flight = kPagesInFlight,
                                    .duration = setup.duration / 2})
                        .Rate());
  }
  return Median(rates);
}

State Measure(const Setup& setup, Exchange& exchange, size_t entries) {
  State state;
  std::vector<double> rates;
  for (int repetition = 0; repetition < setup.repetitions; ++repetition) {
    const auto count = static_cast<size_t>(14'000 * absl::ToDoubleSeconds(setup.duration));
    rates.push_back(RunLoad(exchange.MakeSubmits(kStates, count), {.method = kPerformAct,
                                                                   .in_flight = kInFlight,
                                                                   .duration = setup.duration,
                                                                   .again = false})
                        .Rate());
  }
  state.rate = Median(rates);
  state.page_rate = PageRate(setup, exchange, entries);
  std::vector<double> starts;
  for (int repetition = 0; repetition < 3; ++repetition) {
    starts.push_back(absl::ToDoubleSeconds(exchange.Restart()));
  }
  state.start_seconds = Median(starts);
  state.resident_mib = static_cast<double>(exchange.server().ResidentBytes()) / kMiB;
  return state;
}

}  // namespace

void MeasureGrowth(const Setup& setup, Report& report) {
  Exchange exchange(setup.cbmd, setup.data, setup.folder / "growth", setup.authority);
  Fill(exchange, 0, kFew);
  const State few = Measure(setup, exchange, kFew);
  const uint64_t database_before = exchange.DatabaseBytes();
  const uint64_t payload_before = exchange.payload_bytes();
  Fill(exchange, kFew, kMany);
  const auto database = static_cast<double>(exchange.DatabaseBytes() - database_before);
  const auto payload = static_cast<double>(exchange.payload_bytes() - payload_before);
  const auto log = static_cast<double>(exchange.LogBytes());
  const State many = Measure(setup, exchange, kMany);
  report.Begin("With ten thousand entries, and with a million");
  report.Add("submits, 64 in flight", fmt::format("{:.0f}, {:.0f} /s", few.rate, many.rate));
  report.Add("submit rate with a million / with ten thousand", many.rate / few.rate,
             {Goal::Better::kMore, 0.8, 0.95});
  report.Add("pages of 50, 8 in flight",
             fmt::format("{:.0f}, {:.0f} /s", few.page_rate, many.page_rate));
  report.Add("start", fmt::format("{:.2f}, {:.2f} s", few.start_seconds, many.start_seconds));
  report.Add("start with a million, s", many.start_seconds, {Goal::Better::kLess, 1.2, 0.1});
  report.Add("memory after it",
             fmt::format("{:.0f}, {:.0f} MiB", few.resident_mib, many.resident_mib));
  report.Add("extra memory with a million, MiB", many.resident_mib - few.resident_mib,
             {Goal::Better::kLess, 100, 16});
  report.Add("database bytes / bytes of acts, signatures, contents", database / payload,
             {Goal::Better::kLess, 2.1, 1.5});
  report.Add("the log's file beside it, MiB", fmt::format("{:.0f}", log / kMiB));
}

}  // namespace cbm::bench
