// Hashing, signing and verifying: what every act costs whatever else is done with it.

#include <string>

#include "benchmark/benchmark.h"
#include "core/crypto/cms_signature.h"
#include "core/crypto/digest.h"
#include "core/crypto/note_key.h"
#include "tests/support/test_pki.h"

namespace cbm {
namespace {

const std::string& Act() {
  static const std::string kAct(1024, 'a');
  return kAct;
}

void BM_Sha256(benchmark::State& state) {
  const std::string bytes(static_cast<size_t>(state.range(0)), 'a');
  for (auto _ : state) {
    benchmark::DoNotOptimize(Sha256(bytes));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Sha256)->Arg(64)->Arg(1024)->Arg(65536);

void BM_SignAct(benchmark::State& state) {
  test::TestPki pki;
  const test::Issued office = pki.Issue("EE duty");
  for (auto _ : state) {
    benchmark::DoNotOptimize(SignDetached(office.certificate, *office.key, Act()));
  }
}
BENCHMARK(BM_SignAct);

void BM_VerifyAct(benchmark::State& state) {
  test::TestPki pki;
  const test::Issued office = pki.Issue(
      "EE duty", {.key = state.range(0) == 256 ? test::TestKey::kP256 : test::TestKey::kP384});
  const std::string signature = SignDetached(office.certificate, *office.key, Act()).value();
  for (auto _ : state) {
    benchmark::DoNotOptimize(VerifyDetached(office.certificate, signature, Act()));
  }
}
BENCHMARK(BM_VerifyAct)->Arg(256)->Arg(384);

void BM_SignCheckpoint(benchmark::State& state) {
  const NoteSigningKey key = NoteSigningKey::FromSeed(std::string(kEd25519SeedBytes, 'k')).value();
  const std::string text(160, 'c');
  for (auto _ : state) {
    benchmark::DoNotOptimize(key.Sign(text));
  }
}
BENCHMARK(BM_SignCheckpoint);

}  // namespace
}  // namespace cbm
