// What a store keeps of a fact: whatever chance does to its value, its key or its ledger, no other
// fact comes of it.

#include "server/store/kept_facts.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;

constexpr FactPlace kPlace{.ledger = 0, .key = "C123"};

std::string Flipped(std::string_view bytes, size_t at, unsigned bit) {
  std::string altered(bytes);
  altered[at] = static_cast<char>(static_cast<unsigned char>(altered[at]) ^ (1U << bit));
  return altered;
}

// Calls check(text, altered) for each bit of a text.
template <typename Check>
void ForEachBit(std::string_view bytes, Check check) {
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      SCOPED_TRACE(::testing::Message() << "bit " << bit << " of byte " << at);
      check(Flipped(bytes, at, bit));
    }
  }
}

TEST(KeptFact, IsTheValueThatWasKept) {
  for (const std::string& value : {std::string(), std::string("EE"), std::string(2'000, 'x')}) {
    EXPECT_EQ(FactAt(KeepFact(kPlace, value), kPlace).value(), value);
  }
}

TEST(KeptFact, IsNoneOnceABitOfItIsAltered) {
  ForEachBit(KeepFact(kPlace, std::string(300, 'x')), [](const std::string& altered) {
    EXPECT_THAT(FactAt(altered, kPlace), HasCode(absl::StatusCode::kDataLoss));
  });
}

TEST(KeptFact, IsNoneUnderAnotherKey) {
  const std::string kept = KeepFact(kPlace, "EE");
  ForEachBit(kPlace.key, [&](const std::string& key) {
    EXPECT_THAT(FactAt(kept, {.ledger = 0, .key = key}), HasCode(absl::StatusCode::kDataLoss));
  });
}

TEST(KeptFact, IsNoneInAnotherLedger) {
  const std::string kept = KeepFact(kPlace, "EE");
  for (unsigned bit = 0; bit < 64; ++bit) {
    EXPECT_THAT(FactAt(kept, {.ledger = static_cast<int64_t>(uint64_t{1} << bit), .key = "C123"}),
                HasCode(absl::StatusCode::kDataLoss))
        << bit;
  }
}

TEST(KeptFact, IsNoneOfLessThanASum) {
  for (size_t size = 0; size < 8; ++size) {
    EXPECT_THAT(FactAt(std::string(size, '\0'), kPlace), HasCode(absl::StatusCode::kDataLoss));
  }
}

}  // namespace
}  // namespace cbm
