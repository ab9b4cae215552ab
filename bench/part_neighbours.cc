#include <string>
#include <thread>
#include <vector>

#include "bench/load.h"
#include "bench/parts.h"
#include "cbm/v1/exchange_service.pb.h"
#include "fmt/format.h"

namespace cbm::bench {
namespace {

constexpr size_t kNoisyInFlight = 64;
constexpr size_t kNoisyMost = 60'000;
constexpr char kGetExchange[] = "/cbm.v1.ExchangeService/GetExchange";

}  // namespace

void MeasureNeighbours(const Setup& setup, Report& report) {
  Exchange exchange(setup.cbmd, setup.data, setup.folder / "neighbours", setup.authority,
                    {.states = 2, .raise_limits = false});
  const std::vector<Lane> noisy = exchange.MakeSubmits(1, kNoisyMost);
  // No faster than its own rate allows, so that it is never refused.
  const std::vector<Lane> quiet = {
      {.channel = exchange.offices().back().channel,
       .requests = {ToBuffer(v1::GetExchangeRequest().SerializeAsString())}}};
  const LoadOptions alone{.method = kGetExchange, .duration = setup.duration, .refusals = true};
  const Load before = RunLoad(quiet, alone);
  Load of_noisy;
  std::thread noise([&] {
    of_noisy = RunLoad(noisy, {.method = kPerformAct,
                               .in_flight = kNoisyInFlight,
                               .duration = setup.duration + absl::Seconds(1),
                               .again = false,
                               .refusals = true});
  });
  const Load beside = RunLoad(quiet, alone);
  noise.join();
  report.Begin("A State's calls beside another that sends all it can (default rates)");
  report.Add("the other State: taken, refused",
             fmt::format("{}, {}", of_noisy.answered, of_noisy.refused));
  const auto line = [](const Load& load) {
    return fmt::format("{:.0f}, {:.0f} us", load.Quantile(0.5), load.Quantile(0.99));
  };
  report.Add("p50, p99 alone", line(before));
  report.Add("p50, p99 beside it", line(beside));
}

}  // namespace cbm::bench
