// The operations of the SQLite store, on the disk of the machine: what a commit costs, and what is
// read for a call or an act.

#include <memory>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "core/log/tiles.h"
#include "core/rules/facts.h"
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

  // As a start does.
  void Reopen() {
    store_.reset();
    store_ = SqliteStore::Open(folder_ / "store").value();
  }

  Store& store() { return *store_; }
  const Digest secretariat() const {
    return Sha256(exchange_.document.genesis.secretariat_certificate());
  }
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
  const Digest credential = state.range(0) == 0 ? Sha256("nobody") : filled.secretariat();
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled.store().FindCredential(credential));
  }
}
BENCHMARK(BM_FindCredential)->ArgName("registered")->Arg(0)->Arg(1);

void BM_Snapshot(benchmark::State& state) {
  Filled filled(2'000);
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled.store().Read(Latvia()));
  }
}
BENCHMARK(BM_Snapshot);

void BM_Head(benchmark::State& state) {
  Filled filled(2'000);
  const auto snapshot = filled.store().Read(Latvia()).value();
  for (auto _ : state) {
    benchmark::DoNotOptimize(snapshot->Head(Latvia()));
  }
}
BENCHMARK(BM_Head);

void BM_Heads(benchmark::State& state) {
  Filled filled(2'000);
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled.store().Heads());
  }
}
BENCHMARK(BM_Heads);

// Of an entry in the middle, with the tiles read for it.
void BM_InclusionProof(benchmark::State& state) {
  Filled filled(2'000);
  const auto snapshot = filled.store().Read(Latvia()).value();
  for (auto _ : state) {
    const auto tiles = snapshot->Tiles(Latvia()).value();
    benchmark::DoNotOptimize(ProveInclusion(*tiles, {.index = 1'000, .tree_size = 2'000}));
  }
}
BENCHMARK(BM_InclusionProof);

void BM_FindFact(benchmark::State& state) {
  Filled filled(2'000);
  const auto snapshot = filled.store().Read(Latvia()).value();
  const std::string key = rules::NotificationKey(1'000);
  for (auto _ : state) {
    benchmark::DoNotOptimize(snapshot->own().FindFact(key));
  }
}
BENCHMARK(BM_FindFact);

// What the sequencer asks of a batch for each act: a view, the act's id, the next number, an entry.
void BM_LookInBatch(benchmark::State& state) {
  Filled filled(2'000);
  const v1::Act& act = filled.last().act.act;
  const auto batch = filled.store().Write(absl::InfiniteFuture()).value();
  for (auto _ : state) {
    benchmark::DoNotOptimize(batch->ViewOf(Latvia()));
    benchmark::DoNotOptimize(
        batch->FindAct({.party = act.party(), .office = act.office(), .act_id = act.act_id()}));
    benchmark::DoNotOptimize(batch->NextOrdinal(Latvia()));
    benchmark::DoNotOptimize(batch->ReadEntry(Latvia(), 1'000));
  }
}
BENCHMARK(BM_LookInBatch);

// What is done to the contents of an act, each time of another, with a commit of its own.
template <typename Change>
void ChangeContents(benchmark::State& state, Change change) {
  Filled filled;
  for (auto _ : state) {
    state.PauseTiming();
    filled.Append(1);
    state.ResumeTiming();
    const auto batch = filled.store().Write(absl::InfiniteFuture()).value();
    benchmark::DoNotOptimize(change(*batch, filled.last().act.digest));
    benchmark::DoNotOptimize(batch->Commit());
  }
}

void BM_CutContents(benchmark::State& state) {
  ChangeContents(state,
                 [](Batch& batch, const Digest& act) { return batch.CutContents(Latvia(), act); });
}
BENCHMARK(BM_CutContents)->UseRealTime();

void BM_EraseContents(benchmark::State& state) {
  ChangeContents(state, [](Batch& batch, const Digest& act) { return batch.EraseContents(act); });
}
BENCHMARK(BM_EraseContents)->UseRealTime();

void BM_Open(benchmark::State& state) {
  Filled filled(state.range(0));
  for (auto _ : state) {
    filled.Reopen();
  }
}
BENCHMARK(BM_Open)->ArgName("acts")->Arg(100)->Arg(10'000)->UseRealTime();

}  // namespace
}  // namespace cbm
