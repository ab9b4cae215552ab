// The store that tests use is held to what the real one promises.

#include "server/store/memory_store.h"

#include "tests/contract/store_contract.h"

namespace cbm::test {
namespace {

struct MemoryEngine {
  std::unique_ptr<Store> MakeStore(const Founding& founding) {
    FakeRandom random;
    return MemoryStore::Create(founding, random).value();
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, StoreContract, MemoryEngine);

TEST(MemoryStore, RefusesADocumentThatIsNone) {
  FakeRandom random;
  EXPECT_THAT(MemoryStore::Create({.genesis = "{}", .signature = "", .time = kTestStart}, random),
              HasCode(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace cbm::test
