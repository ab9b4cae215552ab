// An act that comes in: whatever is accepted is the one serialization of what it parses to.

#include "core/evidence/encoded.h"
#include "tests/core/evidence/small_exchange.h"
#include "tests/fuzz/fuzz_target.h"

namespace cbm::fuzz {

std::vector<std::string> Seeds() {
  test::SmallExchange exchange;
  const test::TestOffice duty = exchange.NewOffice("EE", "duty");
  std::vector<std::string> seeds = {exchange.Sign(duty).bytes};
  seeds.push_back(exchange.Enrol(duty, exchange.secretariat).act());
  return seeds;
}

void TestOne(std::string_view input) {
  const std::string bytes(input);
  const absl::StatusOr<EncodedAct> accepted = EncodedAct::Accept(bytes, "signature");
  const absl::StatusOr<EncodedAct> read = EncodedAct::Read(bytes, "signature");
  if (accepted.ok()) {
    Expect(read.ok(), "what is accepted can be read");
    Expect(!HasUnknownParts(accepted->act), "nothing unknown is accepted");
    Expect(SerializeDeterministically(accepted->act) == bytes, "there is one serialization");
    Expect(accepted->bytes == bytes, "the bytes are kept");
  }
}

int Mutations() { return 50'000; }

}  // namespace cbm::fuzz
