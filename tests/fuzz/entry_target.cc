// An entry of a ledger: its leaf is the hash of its bytes, whatever they say.

#include "core/evidence/encoded.h"
#include "core/log/merkle_hash.h"
#include "tests/core/evidence/small_exchange.h"
#include "tests/fuzz/fuzz_target.h"

namespace cbm::fuzz {

std::vector<std::string> Seeds() {
  test::SmallExchange exchange;
  const test::TestOffice duty = exchange.NewOffice("EE", "duty");
  return {exchange.Record(exchange.Sign(duty), "state/EE").entry(),
          exchange.Enrol(duty, exchange.secretariat).entry()};
}

void TestOne(std::string_view input) {
  const absl::StatusOr<EncodedEntry> entry = EncodedEntry::Read(std::string(input));
  if (entry.ok()) {
    Expect(entry->bytes == input, "the bytes are kept");
    Expect(entry->leaf_hash == LeafHash(input), "the leaf is of the bytes");
    Expect(input.size() <= kEntryBytesMax, "an entry is bounded");
  }
}

int Mutations() { return 50'000; }

}  // namespace cbm::fuzz
