// Over random histories of all acts that there are: what each reader can obtain, through every RPC,
// is what the table of who is told what allows (tests/integration/visibility_model.h, a second
// writing of it), nothing more and nothing missing; every act is taken or refused as the model
// says; and the facts that a client replays from its ledgers are those that the exchange answers
// with.
//
// A red test names its seed: CBM_SEED=<seed> plays that history alone.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gtest/gtest.h"
#include "tests/integration/random_history.h"
#include "tests/integration/visibility_checks.h"

namespace cbm {
namespace {

using ::cbm::test::ModelOffice;
using ::cbm::test::RandomHistory;
using ::cbm::test::VisibilityChecks;

constexpr int kSteps = 220;

std::vector<uint64_t> Seeds() {
  const char* const wanted = std::getenv("CBM_SEED");
  return wanted == nullptr ? std::vector<uint64_t>{1, 2, 3, 4}
                           : std::vector<uint64_t>{std::strtoull(wanted, nullptr, 10)};
}

class Visibility : public testing::TestWithParam<uint64_t> {};

TEST_P(Visibility, IsWhatTheTableSays) {
  SCOPED_TRACE(fmt::format("CBM_SEED={} repeats it", GetParam()));
  RandomHistory history(GetParam());
  for (int i = 0; i < kSteps && !HasFatalFailure(); ++i) {
    SCOPED_TRACE(fmt::format("step {}", i));
    history.Step();
  }
  ASSERT_FALSE(HasFatalFailure());
  VisibilityChecks checks(history);
  for (const ModelOffice& reader : history.model().offices()) {
    checks.CheckAll(reader);
  }
}

INSTANTIATE_TEST_SUITE_P(OfRandomHistories, Visibility, testing::ValuesIn(Seeds()),
                         [](const auto& seed) { return fmt::format("Seed{}", seed.param); });

}  // namespace
}  // namespace cbm
