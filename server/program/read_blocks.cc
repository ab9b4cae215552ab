#include "server/program/read_blocks.h"

#include <cstdlib>
#include <string>

namespace cbm {
namespace {

// gRPC's list of experiments: a name switches one on, with a hyphen before it off. The last counts.
constexpr const char* kExperiments = "GRPC_EXPERIMENTS";
constexpr const char* kNoFixedBlocks = "-tcp_read_chunks";

}  // namespace

void ReadInSmallBlocks() {
  const char* const chosen = std::getenv(kExperiments);
  std::string experiments = chosen == nullptr ? "" : chosen;
  if (!experiments.empty()) {
    experiments += ',';
  }
  experiments += kNoFixedBlocks;
  if (setenv(kExperiments, experiments.c_str(), /*overwrite=*/1) != 0) {
    std::abort();  // There is no memory for a line of text.
  }
}

}  // namespace cbm
