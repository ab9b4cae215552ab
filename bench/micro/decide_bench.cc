// Deciding an act, over facts in memory: the rules alone.

#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "tests/support/rules_world.h"

namespace cbm {
namespace {

void BM_DecideSubmit(benchmark::State& state) {
  test::RulesWorld world;
  const test::Attempt attempt = world.ToNamed(world.Duty("EE"), {"LV"});
  for (auto _ : state) {
    benchmark::DoNotOptimize(world.Decide(attempt));
  }
}
BENCHMARK(BM_DecideSubmit);

void BM_DecideSubmitToAll(benchmark::State& state) {
  test::RulesWorld world;
  const test::Attempt attempt = world.ToAll(world.Duty("EE"));
  for (auto _ : state) {
    benchmark::DoNotOptimize(world.Decide(attempt));
  }
}
BENCHMARK(BM_DecideSubmitToAll);

void BM_DecideOpen(benchmark::State& state) {
  test::RulesWorld world;
  const Digest sent = world.Perform(world.ToNamed(world.Duty("EE"), {"LV"})).act_digest;
  const test::Attempt attempt = world.Open(world.Duty("LV"), {sent});
  for (auto _ : state) {
    benchmark::DoNotOptimize(world.Decide(attempt));
  }
}
BENCHMARK(BM_DecideOpen);

}  // namespace
}  // namespace cbm
