// Each operation of the SQLite store, on the disk of the machine.

#include <memory>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "server/store/sqlite_store.h"
#include "tests/support/act_builder.h"
#include "tests/support/fake_random.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_exchange.h"

namespace cbm {
namespace {

const LedgerId& Latvia() {
  static const auto* const kLatvia = new LedgerId(LedgerId::State("LV"));
  return *kLatvia;
}

// A store with as many acts as wanted, each with entries for author, addressee, secretariat and
// auditor.
class Filled {
 public:
  explicit Filled(int64_t acts = 0) {
    test::FakeRandom random;
    store_ = SqliteStore::Init(folder_ / "store",
                               {.genesis = exchange_.document.bytes,
                                .signature = exchange_.signature,
                                .time = test::kTestStart},
                               random)
                 .value();
    Append(acts);
  }

  void Append(int64_t acts) {
    const std::unique_ptr<Batch> batch = store_->Write(absl::InfiniteFuture()).value();
    for (int64_t i = 0; i < acts; ++i) {
      last_ = builder_.Build(
          *batch,
          {{.ledger = Latvia()},
           {.ledger = LedgerId::Secretariat(), .gives_contents = false, .summary_only = true},
           {.ledger = LedgerId::Auditor(), .gives_contents = false, .summary_only = true}});
      benchmark::DoNotOptimize(batch->Append(last_.act, last_.contents, last_.entries));
    }
    benchmark::DoNotOptimize(batch->Commit());
  }

  Store& store() { return *store_; }
  const test::BuiltAct& last() const { return last_; }

 private:
  test::TestExchange exchange_;
  test::TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
  test::ActBuilder builder_{exchange_.document.exchange_id};
  test::BuiltAct last_;
};

// Acts in one batch: what a commit costs, and what each act adds. Making the act counts as well.
void BM_Commit(benchmark::State& state) {
  Filled filled;
  for (auto _ : state) {
    filled.Append(state.range(0));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Commit)->Arg(1)->Arg(8)->Arg(64)->UseRealTime();

void BM_Page(benchmark::State& state) {
  Filled filled(2'000);
  for (auto _ : state) {
    const auto snapshot = filled.store().Read(Latvia()).value();
    benchmark::DoNotOptimize(snapshot->Records(Latvia(), 500, 50, 1 << 20));
  }
}
BENCHMARK(BM_Page);

void BM_FindAct(benchmark::State& state) {
  Filled filled(2'000);
  const v1::Act& act = filled.last().act.act;
  for (auto _ : state) {
    const auto snapshot = filled.store().Read(LedgerId::State("EE")).value();
    benchmark::DoNotOptimize(
        snapshot->FindAct({.party = act.party(), .office = act.office(), .act_id = act.act_id()}));
  }
}
BENCHMARK(BM_FindAct);

void BM_ReadContent(benchmark::State& state) {
  Filled filled(2'000);
  const test::BuiltAct& last = filled.last();
  for (auto _ : state) {
    const auto snapshot = filled.store().Read(Latvia()).value();
    benchmark::DoNotOptimize(
        snapshot->ReadContent(Latvia(), last.act.digest, last.contents.front().digest));
  }
}
BENCHMARK(BM_ReadContent);

void BM_FindCredential(benchmark::State& state) {
  Filled filled;
  const Digest nobodys = Sha256("nobody");
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled.store().FindCredential(nobodys));
  }
}
BENCHMARK(BM_FindCredential);

}  // namespace
}  // namespace cbm
