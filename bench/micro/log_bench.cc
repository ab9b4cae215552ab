// Trees and proofs.

#include <cstdint>

#include "benchmark/benchmark.h"
#include "core/crypto/digest.h"
#include "core/log/inclusion_proof.h"
#include "core/log/merkle_tree.h"

namespace cbm {
namespace {

MerkleTree TreeOf(int64_t size) {
  MerkleTree tree;
  for (int64_t i = 0; i < size; ++i) {
    tree.Append(Sha256(std::to_string(i)));
  }
  return tree;
}

void BM_AppendLeaf(benchmark::State& state) {
  MerkleTree tree;
  const Digest leaf = Sha256("leaf");
  for (auto _ : state) {
    tree.Append(leaf);
  }
}
BENCHMARK(BM_AppendLeaf);

void BM_ProveInclusion(benchmark::State& state) {
  const MerkleTree tree = TreeOf(state.range(0));
  uint64_t index = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(tree.ProveInclusion(index++ % tree.size()));
  }
}
BENCHMARK(BM_ProveInclusion)->Arg(1'000)->Arg(1'000'000);

void BM_VerifyInclusion(benchmark::State& state) {
  const MerkleTree tree = TreeOf(state.range(0));
  const std::vector<Digest> proof = tree.ProveInclusion(uint64_t{7}).value();
  const Digest leaf = Sha256("7");
  const Digest root = tree.Root();
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        VerifyInclusion(leaf, {.index = 7, .tree_size = tree.size()}, proof, root));
  }
}
BENCHMARK(BM_VerifyInclusion)->Arg(1'000)->Arg(1'000'000);

}  // namespace
}  // namespace cbm
