// Origins: the names that keep the logs of an exchange apart, and what a client reads of the one
// key that it is given by hand. tests/core/evidence/known_answers_test.cc has the answers.

#include "core/evidence/origin.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;

const std::string kDigits(64, 'a');

std::string AnchorKeyNamed(const std::string& name) {
  return FormatVerifierKey(
      {.name = name, .algorithm = NoteAlgorithm::kEd25519, .public_key = std::string(32, 'k')});
}

TEST(ExchangeId, IsANameAndTheGenesisDigest) {
  EXPECT_TRUE(IsExchangeId("osce.cbm-1/" + kDigits));
  EXPECT_TRUE(IsExchangeId(std::string(32, 'n') + "/" + kDigits));
  for (const std::string& text :
       {std::string(), kDigits, "/" + kDigits, "Name/" + kDigits, "a b/" + kDigits,
        std::string(33, 'n') + "/" + kDigits, "n/" + kDigits + "a", "n/" + kDigits.substr(1),
        "n/" + std::string(64, 'A'), "n/m/" + kDigits}) {
    EXPECT_FALSE(IsExchangeId(text)) << text;
  }
}

TEST(AnchorKey, TellsExchangeEpochAndKey) {
  const LogIdentity log{
      .exchange_id = "n/" + kDigits, .epoch = 4'294'967'295U, .public_key = std::string(32, 'k')};
  const auto parsed = ParseAnchorKey(FormatVerifierKey(KeyOfAnchor(log)));
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(*parsed, log);
}

TEST(AnchorKey, IsRefusedUnlessItIsAnAnchors) {
  const std::string id = "n/" + kDigits;
  for (const std::string& name : {std::string("n"), id, id + "/0", id + "/01", id + "/x",
                                  id + "/4294967296", id + "/1/state/EE", "N/" + kDigits + "/1"}) {
    EXPECT_THAT(ParseAnchorKey(AnchorKeyNamed(name)), HasCode(absl::StatusCode::kInvalidArgument))
        << name;
  }
  EXPECT_THAT(ParseAnchorKey("nonsense"), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseAnchorKey(FormatVerifierKey({.name = id + "/1",
                                                .algorithm = NoteAlgorithm::kCosignature,
                                                .public_key = std::string(32, 'k')})),
              HasCode(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace cbm
