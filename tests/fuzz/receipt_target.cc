// A receipt: nothing verifies but what the exchange signed, with the act and entry that it signed.

#include <set>

#include "core/evidence/receipt.h"
#include "core/evidence/verify.h"
#include "tests/core/evidence/small_exchange.h"
#include "tests/fuzz/fuzz_target.h"

namespace cbm::fuzz {
namespace {

struct World {
  test::SmallExchange exchange;
  test::TestOffice duty = exchange.NewOffice("EE", "duty");
  v1::Evidence enrolment = exchange.Enrol(duty, exchange.secretariat);
  v1::Evidence own = exchange.Record(exchange.Sign(duty), "state/EE");
  std::string receipt = exchange.ReceiptOf({own, enrolment}, duty).SerializeAsString();
};

World& TheWorld() {
  static auto* const world = new World();
  return *world;
}

}  // namespace

std::vector<std::string> Seeds() { return {TheWorld().receipt}; }

void TestOne(std::string_view input) {
  const World& world = TheWorld();
  const absl::StatusOr<v1::Receipt> receipt = ReadReceipt(input);
  if (!receipt.ok()) {
    return;
  }
  const absl::StatusOr<VerifiedReceipt> verified =
      VerifyReceipt(*receipt, world.exchange.trust(), {});
  if (verified.ok()) {
    const v1::Evidence& own = receipt->evidence(0);
    Expect((own.act() == world.own.act() && own.entry() == world.own.entry()) ||
               (own.act() == world.enrolment.act() && own.entry() == world.enrolment.entry()),
           "no other act or entry verifies");
    Expect(
        own.signature() == world.own.signature() || own.signature() == world.enrolment.signature(),
        "no other signature verifies");
  }
}

int Mutations() { return 5'000; }

}  // namespace cbm::fuzz
