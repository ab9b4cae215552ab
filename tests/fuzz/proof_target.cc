// A .tlog-proof file: it has one form, and convinces of nothing but what was signed.

#include "core/evidence/encoded.h"
#include "core/evidence/origin.h"
#include "core/log/merkle_hash.h"
#include "core/log/tlog_proof.h"
#include "tests/core/evidence/small_exchange.h"
#include "tests/fuzz/fuzz_target.h"

namespace cbm::fuzz {
namespace {

struct World {
  test::SmallExchange exchange;
  test::TestOffice duty = exchange.NewOffice("EE", "duty");
  v1::Evidence own = exchange.Record(exchange.Sign(duty), "state/EE");
  Digest leaf = LeafHash(own.entry());
  VerifierKey key = KeyOfLedger({.exchange_id = exchange.genesis.exchange_id,
                                 .epoch = exchange.epoch,
                                 .public_key = exchange.log_key.public_key()},
                                LedgerId::State("EE"));
};

World& TheWorld() {
  static auto* const world = new World();
  return *world;
}

}  // namespace

std::vector<std::string> Seeds() { return {TheWorld().own.tlog_proof()}; }

void TestOne(std::string_view input) {
  const World& world = TheWorld();
  const absl::StatusOr<TlogProof> proof = ParseTlogProof(input);
  if (proof.ok()) {
    Expect(FormatTlogProof(*proof) == input, "a proof has one form");
  }
  if (VerifyTlogProof(input, world.leaf, world.key).ok()) {
    const TlogProof good = ParseTlogProof(world.own.tlog_proof()).value();
    Expect(proof.ok() && proof->path == good.path && proof->index == good.index,
           "no other path convinces");
  }
}

int Mutations() { return 30'000; }

}  // namespace cbm::fuzz
