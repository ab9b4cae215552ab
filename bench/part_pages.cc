#include <string>
#include <vector>

#include "bench/load.h"
#include "bench/parts.h"
#include "bench/peers.h"
#include "bench/require.h"
#include "cbm/v1/ledger_service.grpc.pb.h"
#include "fmt/format.h"

namespace cbm::bench {
namespace {

constexpr size_t kEntries = 1'000;
constexpr size_t kInFlight = 8;
constexpr char kListEntries[] = "/cbm.v1.LedgerService/ListEntries";

v1::ListEntriesRequest FirstPage(const Exchange::Office& office) {
  v1::ListEntriesRequest request;
  request.mutable_cursor()->set_ledger("state/" + office.party);
  request.mutable_cursor()->set_epoch(1);
  request.set_page_size(50);
  return request;
}

}  // namespace

void MeasurePages(const Setup& setup, Report& report) {
  Exchange exchange(setup.cbmd, setup.data, setup.folder / "pages", setup.authority, {.states = 2});
  const Echo echo(setup.echo, setup.folder / "pages_echo", setup.authority, Echo::Kind::kPlain);
  RunLoad(exchange.MakeSubmits(1, kEntries),
          {.method = kPerformAct, .in_flight = 16, .duration = absl::Minutes(1), .again = false});
  const Exchange::Office& office = exchange.offices().front();
  const v1::ListEntriesRequest request = FirstPage(office);
  v1::LedgerService::Stub stub(office.channel);
  v1::ListEntriesResponse page;
  const grpc::Status status = stub.ListEntries(NewContext().get(), request, &page);
  Require(status.ok() && page.records_size() == 50, status.error_message());
  const std::vector<Lane> pages(
      kInFlight, {.channel = office.channel, .requests = {ToBuffer(request.SerializeAsString())}});
  const std::vector<Lane> echoes = echo.MakeLanes(1, request.ByteSizeLong(), page.ByteSizeLong());
  std::vector<double> ratios;
  std::vector<double> rates;
  for (int repetition = 0; repetition < setup.repetitions; ++repetition) {
    const LoadOptions options{
        .method = kListEntries, .in_flight = kInFlight, .duration = setup.duration / 2};
    const Load of_pages = RunLoad(pages, options);
    const Load of_echo =
        RunLoad(echoes, {.method = kEcho, .in_flight = kInFlight, .duration = setup.duration / 2});
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
