// Whether an act that its author was told was delivered stands in its reader's own ledger: the
// author's entry, and the ledger that goes on without it, convict an exchange together.

#include "client/delivery.h"

#include <optional>

#include "client/exit_code.h"
#include "core/log/merkle_hash.h"
#include "tests/client/fake_exchange.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::kOwn;
using ::cbm::test::ReplicaTest;
using ::testing::HasSubstr;
using ::testing::Not;

class DeliveryTest : public ReplicaTest {
 protected:
  // What the author of an entry of LV's was told.
  v1::Entry OwnOf(uint64_t ordinal) {
    const std::string& bytes = api_.ledgers[kOwn][ordinal].entry();
    v1::Entry own;
    own.ParseFromString(bytes);
    own.set_ledger("state/EE");
    own.set_role(v1::ENTRY_ROLE_OWN);
    Say("LV", LeafHash(bytes), own);
    return own;
  }
  static void Say(const std::string& party, const Digest& leaf_hash, v1::Entry& own) {
    v1::Delivered& delivered = *own.add_delivered();
    delivered.set_party(party);
    delivered.set_leaf_hash(std::string(BytesOf(leaf_hash)));
  }

  absl::StatusOr<std::vector<FoundEntry>> Find(const v1::Entry& own) {
    replica_.emplace(Open().value());
    EXPECT_THAT(replica_->Sync(api_), IsOk());
    return FindDelivered(*replica_, own);
  }

  std::optional<Replica> replica_;  // What was found points into it.
};

TEST_F(DeliveryTest, IsFoundWhereItStands) {
  AddGood(3);
  const auto found = Find(OwnOf(1));
  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().ledger->id(), kOwn);
  EXPECT_EQ(found->front().ordinal, 1U);
}

TEST_F(DeliveryTest, ConvictsAnExchangeWhoseLedgerGoesOnWithoutIt) {
  AddGood(3);
  v1::Entry other_leaf = OwnOf(1);
  other_leaf.mutable_delivered(0)->mutable_leaf_hash()->front() ^= 1;
  v1::Entry other_act = OwnOf(1);
  other_act.set_act_digest(std::string(kDigestBytes, 'a'));
  for (const v1::Entry& own : {other_leaf, other_act}) {
    const auto found = Find(own);
    EXPECT_THAT(found, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(found.status().message()), HasSubstr("did not deliver"));
  }
}

TEST_F(DeliveryTest, IsNoConvictionWhileTheCopyEndsBefore) {
  AddGood(3);
  v1::Entry later = OwnOf(1);
  later.set_act_digest(std::string(kDigestBytes, 'a'));
  later.mutable_time()->set_seconds(later.time().seconds() + 1'000'000);
  const auto found = Find(later);
  EXPECT_EQ(ExitCodeOf(found.status()), ExitCode::kFailedHere) << found.status();
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("cbm inbox"));
}

TEST_F(DeliveryTest, HasToBeInEachLedgerThatTheAuthorWasToldOf) {
  AddGood(3);
  v1::Entry both = OwnOf(1);
  Say("ALL/OSCE", Sha256("nothing"), both);
  both.mutable_time()->set_seconds(0);
  EXPECT_THAT(Find(both), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(DeliveryTest, IsNotShownByAnEntryThatSaysNothingOfIt) {
  AddGood(3);
  v1::Entry to_another = OwnOf(1);
  to_another.mutable_delivered(0)->set_party("FI");
  v1::Entry nobodys = OwnOf(1);
  nobodys.clear_delivered();
  v1::Entry not_the_authors = OwnOf(1);
  not_the_authors.set_role(v1::ENTRY_ROLE_ADDRESSED);
  for (const v1::Entry& own : {to_another, nobodys, not_the_authors}) {
    const auto found = Find(own);
    EXPECT_THAT(found, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(found.status().message()), Not(HasSubstr("did not deliver")));
  }
}

}  // namespace
}  // namespace cbm
