// Addressee commitments: who a notification is for, without telling anyone else. The number of
// addressees is small, so every one is tried.

#include "core/evidence/addressees.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/evidence/domain_hash.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/fake_random.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::FakeRandom;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

std::vector<std::string> States(size_t count) {
  std::vector<std::string> states;
  for (size_t i = 0; i < count; ++i) {
    states.push_back({static_cast<char>('Z' - i / 26), static_cast<char>('A' + i % 26)});
  }
  return states;
}

Addressees Make(size_t count) {
  FakeRandom random;
  return MakeAddressees(States(count), v1::LIST_VISIBILITY_HIDDEN, random).value();
}

absl::Status Check(const Addressees& addressees) {
  return CheckOpenings(addressees.commitments, addressees.openings);
}

TEST(Addressees, AreHiddenAmongTheSmallestOfFourNumbersThatFits) {
  for (size_t count = 1; count <= kAddresseesMax; ++count) {
    SCOPED_TRACE(count);
    const Addressees made = Make(count);
    const int wanted = count <= 8 ? 8 : count <= 16 ? 16 : count <= 32 ? 32 : 64;
    EXPECT_EQ(made.commitments.commitments_size(), wanted);
    EXPECT_EQ(made.commitments.list(), v1::LIST_VISIBILITY_HIDDEN);
    EXPECT_EQ(made.openings.size(), count);
    EXPECT_THAT(Check(made), IsOk());
    const auto& values = made.commitments.commitments();
    EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
    for (const v1::AddresseeOpening& opening : made.openings) {
      const Digest commitment = AddresseeCommitment(opening.salt(), opening.state());
      EXPECT_EQ(std::count(values.begin(), values.end(), BytesOf(commitment)), 1);
    }
  }
}

TEST(Addressees, CannotBeNoneTooManyTwiceOrMalformed) {
  FakeRandom random;
  const auto make = [&random](std::vector<std::string> states) {
    return MakeAddressees(std::move(states), v1::LIST_VISIBILITY_SHOWN, random);
  };
  EXPECT_THAT(make({}), HasCode(kInvalid));
  EXPECT_THAT(make(States(65)), HasCode(kInvalid));
  EXPECT_THAT(make({"EE", "LV", "EE"}), HasCode(kInvalid));
  EXPECT_THAT(make({"ee"}), HasCode(kInvalid));
  EXPECT_THAT(make({"EST"}), HasCode(kInvalid));
}

TEST(Openings, AreRefusedUnlessEachIsWellFormedAndACommitments) {
  Addressees altered = Make(3);
  altered.openings[1].mutable_salt()->push_back('x');
  EXPECT_THAT(Check(altered), HasCode(kInvalid));
  altered = Make(3);
  altered.openings[1].mutable_salt()->front() ^= 1;
  EXPECT_THAT(Check(altered), HasCode(kInvalid));
  altered = Make(3);
  altered.openings[1].set_state("ee");
  EXPECT_THAT(Check(altered), HasCode(kInvalid));
  altered = Make(3);
  altered.openings[1].set_state("AA");
  EXPECT_THAT(Check(altered), HasCode(kInvalid));
}

TEST(Openings, AreRefusedOutOfOrderOrTwice) {
  Addressees altered = Make(3);
  std::swap(altered.openings[0], altered.openings[1]);
  EXPECT_THAT(Check(altered), HasCode(kInvalid));
  altered = Make(3);
  altered.openings[1] = altered.openings[0];
  EXPECT_THAT(Check(altered), HasCode(kInvalid));
}

TEST(Openings, AreRefusedInAnotherNumber) {
  Addressees altered = Make(9);
  altered.openings.clear();
  EXPECT_THAT(Check(altered), HasCode(kInvalid));
  altered = Make(9);
  altered.openings.pop_back();  // Eight would need eight commitments; these are sixteen.
  EXPECT_THAT(Check(altered), HasCode(kInvalid));
  altered = Make(64);
  altered.openings.push_back(altered.openings.back());
  EXPECT_THAT(Check(altered), HasCode(kInvalid));
}

TEST(Commitments, AreRefusedUnlessAscendingOnceAndOf32Bytes) {
  Addressees altered = Make(3);
  altered.commitments.mutable_commitments()->SwapElements(0, 1);
  EXPECT_THAT(Check(altered), HasCode(kInvalid));
  altered = Make(3);
  altered.commitments.mutable_commitments()->RemoveLast();
  EXPECT_THAT(Check(altered), HasCode(kInvalid));
  altered = Make(3);
  altered.commitments.add_commitments(std::string(32, '\xFF'));
  EXPECT_THAT(Check(altered), HasCode(kInvalid));
  altered = Make(3);
  altered.commitments.mutable_commitments(7)->push_back('x');
  EXPECT_THAT(Check(altered), HasCode(kInvalid));
  altered = Make(8);  // No padding: one twice must hide another.
  *altered.commitments.mutable_commitments(7) = altered.commitments.commitments(6);
  EXPECT_THAT(Check(altered), HasCode(kInvalid));
}

}  // namespace
}  // namespace cbm
