#include <string>
#include <thread>
#include <vector>

#include "bench/load.h"
#include "bench/pages.h"
#include "bench/parts.h"
#include "fmt/format.h"

namespace cbm::bench {
namespace {

constexpr size_t kNoisyInFlight = 64;
constexpr size_t kNoisyActs = 20'000;  // Handed in again at their end.
// Twice that is as many as an office may send at once: none is refused.
constexpr size_t kQuietSubmits = 50;
constexpr size_t kQuietPages = 2'000;

// What the quiet State does, one call after another: a command of its duty officer is made of such.
struct Quiet {
  Load submits;
  Load pages;
};

Quiet Measure(const Setup& setup, Exchange& exchange) {
  const Exchange::Office& office = exchange.offices().back();
  Quiet quiet;
  quiet.submits = RunLoad(exchange.MakeSubmits(1, kQuietSubmits, 1024, 1),
                          {.method = kPerformAct, .duration = setup.duration, .again = false});
  const v1::ListEntriesRequest page = PageRequest(office);
  ReadPage(office, page);
  const std::vector<Lane> pages = {
      {.channel = office.channel,
       .requests = std::vector(kQuietPages, ToBuffer(page.SerializeAsString()))}};
  quiet.pages =
      RunLoad(pages, {.method = kListEntries, .duration = setup.duration, .again = false});
  return quiet;
}

std::string Line(const Load& load, double high) {
  return fmt::format("{:.0f}, {:.0f} us", load.Quantile(0.5), load.Quantile(high));
}

}  // namespace

void MeasureNeighbours(const Setup& setup, Report& report) {
  Exchange exchange(setup.cbmd, setup.data, setup.folder / "neighbours", setup.authority,
                    {.states = 2, .raise_limits = false});
  const Quiet before = Measure(setup, exchange);
  const std::vector<Lane> noisy = exchange.MakeSubmits(1, kNoisyActs);
  Load of_noisy;
  std::thread noise([&] {
    of_noisy = RunLoad(noisy, {.method = kPerformAct,
                               .in_flight = kNoisyInFlight,
                               .duration = 2 * setup.duration + absl::Seconds(1),
                               .refusals = true});
  });
  const Quiet beside = Measure(setup, exchange);
  noise.join();
  report.Begin("A State's calls in turn, beside another that sends all it can (default rates)");
  report.Add("the other State: answered, refused",
             fmt::format("{}, {}", of_noisy.answered, of_noisy.refused));
  report.Add("submit: p50, longest of 50, alone", Line(before.submits, 1));
  report.Add("submit: p50, longest of 50, beside it", Line(beside.submits, 1));
  report.Add("page of 50: p50, p99, alone", Line(before.pages, 0.99));
  report.Add("page of 50: p50, p99, beside it", Line(beside.pages, 0.99));
}

}  // namespace cbm::bench
