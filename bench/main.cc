// cbm_bench: how fast the exchange is against its peers, and how that changes as it grows.

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/synchronization/mutex.h"
#include "bench/parts.h"
#include "bench/report.h"
#include "bench/require.h"
#include "tests/support/temporary_folder.h"

namespace cbm::bench {
namespace {

struct Part {
  std::string name;
  void (*measure)(const Setup&, Report&);
};

const std::vector<Part> kParts = {
    {"peers", MeasurePeers},           {"gate", MeasureGate},
    {"pages", MeasurePages},           {"followers", MeasureFollowers},
    {"neighbours", MeasureNeighbours}, {"growth", MeasureGrowth}};

int Main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  CLI::App app("Measures the exchange beside its peers, and prints one table");
  const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  Authority authority;
  std::string cbmd = (here.parent_path() / "server/cbmd").string();
  std::string data = "data";
  std::vector<std::string> only;
  double seconds = 3;
  int repetitions = 5;
  app.add_option("--cbmd", cbmd, "The server (default: of the same build)");
  app.add_option("--data", data, "Frameworks and kinds (default: data)");
  app.add_option("--only", only, "peers, gate, pages, followers, neighbours, growth (default: all)")
      ->delimiter(',');
  app.add_option("--seconds", seconds, "Of each measurement (default: 3)");
  app.add_option("--repetitions", repetitions, "Of each measurement (default: 5)");
  CLI11_PARSE(app, argc, argv);

  const test::TemporaryFolder folder;
  const Setup setup{.cbmd = cbmd,
                    .echo = here / "bench_echo",
                    .data = data,
                    .folder = folder.path(),
                    .authority = authority,
                    .duration = absl::Seconds(seconds),
                    .repetitions = repetitions};
  Report report;
  for (const Part& part : kParts) {
    if (only.empty() || std::find(only.begin(), only.end(), part.name) != only.end()) {
      std::fprintf(stderr, "%s\n", part.name.c_str());
      part.measure(setup, report);
    }
  }
  std::fputs(report.Format().c_str(), stdout);
  return report.missed() == 0 ? 0 : 3;
}

}  // namespace
}  // namespace cbm::bench

int main(int argc, char** argv) { return cbm::bench::Main(argc, argv); }
