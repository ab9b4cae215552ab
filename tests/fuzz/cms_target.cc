// A signature: none is taken but the one that was made.

#include "core/crypto/cms_signature.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/test_pki.h"

namespace cbm::fuzz {
namespace {

constexpr std::string_view kAct = "an act";

struct World {
  test::TestPki pki;
  test::Issued office = pki.Issue("EE duty");
  std::string signature = SignDetached(office.certificate, *office.key, kAct).value();
};

World& TheWorld() {
  static auto* const world = new World();
  return *world;
}

}  // namespace

std::vector<std::string> Seeds() { return {TheWorld().signature}; }

void TestOne(std::string_view input) {
  const World& world = TheWorld();
  if (VerifyDetached(world.office.certificate, input, kAct).ok()) {
    Expect(input == world.signature, "no other signature verifies");
  }
}

int Mutations() { return 40'000; }

}  // namespace cbm::fuzz
