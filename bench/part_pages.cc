#include <string>
#include <vector>

#include "bench/load.h"
#include "bench/pages.h"
#include "bench/parts.h"
#include "bench/peers.h"
#include "fmt/format.h"

namespace cbm::bench {
namespace {

constexpr size_t kEntries = 1'000;
constexpr size_t kInFlight = 8;

}  // namespace

void MeasurePages(const Setup& setup, Report& report) {
  Exchange exchange(setup.cbmd, setup.data, setup.folder / "pages", setup.authority, {.states = 2});
  const Echo echo(setup.echo, setup.folder / "pages_echo", setup.authority, Echo::Kind::kPlain);
  RunLoad(exchange.MakeSubmits(1, kEntries),
          {.method = kPerformAct, .in_flight = 16, .duration = absl::Minutes(1), .again = false});
  const Exchange::Office& office = exchange.offices().front();
  const v1::ListEntriesRequest request = PageRequest(office);
  const v1::ListEntriesResponse page = ReadPage(office, request);
  const std::vector<Lane> pages(
      kInFlight, {.channel = office.channel, .requests = {ToBuffer(request.SerializeAsString())}});
  const std::vector<Lane> echoes = echo.MakeLanes(1, request.ByteSizeLong(), page.ByteSizeLong());
  std::vector<double> ratios;
  std::vector<double> rates;
  for (int repetition = 0; repetition < setup.repetitions; ++repetition) {
    const LoadOptions options{
        .method = kListEntries, .in_flight = kInFlight, .duration = setup.duration};
    const Load of_pages = RunLoad(pages, options);
    const Load of_echo =
        RunLoad(echoes, {.method = kEcho, .in_flight = kInFlight, .duration = setup.duration});
    rates.push_back(of_pages.Rate());
    ratios.push_back(of_pages.Rate() / of_echo.Rate());
  }
  report.Begin(
      fmt::format("A page of 50 entries, {} KiB, 8 in flight", page.ByteSizeLong() / 1024));
  report.Add("pages", fmt::format("{:.0f} /s", Median(rates)));
  report.Add("page rate / rate of an echo of the same size", Median(ratios),
             {Goal::Better::kMore, 0.5, 0.65});
}

}  // namespace cbm::bench
