// Whose a certificate is, and with whose others its sessions are counted.

#include "server/program/holder.h"

#include "core/base/renewal.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/faulty_store.h"
#include "tests/support/server_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

using ::testing::Eq;

class AHolder : public testing::Test {
 protected:
  Holder Find(absl::Time now) {
    const auto found = FindHolder(store_, lv_.credential.certificate.fingerprint(), now);
    EXPECT_TRUE(found.ok() && found->has_value());
    return **found;
  }

  ServerWorld world_;
  FaultyStore store_{world_.store()};
  const Desk& lv_ = ServerWorld::Of("LV");
};

TEST_F(AHolder, IsCountedWithItsOfficesOthersThatAreOfUseOrThoseThatAreNot) {
  const absl::Time now = world_.clock().Now();
  EXPECT_EQ(Find(now).owner, "LV/duty");
  EXPECT_EQ(Find(now).state, "LV");
  EXPECT_TRUE(Find(now).is_active);
  const absl::Time ended = lv_.credential.certificate.not_after() + absl::Seconds(1);
  EXPECT_EQ(Find(ended).owner, "") << "it may still be renewed";
  EXPECT_EQ(Find(ended).state, "LV to be renewed")
      << "and is not kept from it by revoked keys of the State";
  EXPECT_FALSE(Find(ended).is_active);
  EXPECT_EQ(Find(ended + kRenewalAfterEndMax).owner, "LV/duty out of use");
  ASSERT_THAT(world_.Take(world_.Suspend(ServerWorld::Secretariat(), lv_)), IsOk());
  EXPECT_EQ(Find(now).owner, "LV/duty out of use");
  EXPECT_EQ(Find(now).state, "LV out of use");
  EXPECT_FALSE(Find(now).is_active);
}

// What is counted apart is of the same office all the same.
TEST_F(AHolder, HasItsPartysAndItsOfficesNameOfUseOrNot) {
  const HolderName name{.party = "LV", .office = "duty"};
  const absl::Time now = world_.clock().Now();
  const absl::Time ended = lv_.credential.certificate.not_after() + absl::Seconds(1);
  for (const absl::Time at : {now, ended, ended + kRenewalAfterEndMax}) {
    EXPECT_EQ(Find(at).name, name);
  }
  ASSERT_THAT(world_.Take(world_.Suspend(ServerWorld::Secretariat(), lv_)), IsOk());
  EXPECT_EQ(Find(now).name, name);
}

TEST_F(AHolder, IsToldFromNobodyAndFromWhoCannotBeTold) {
  const Digest nobody = Sha256({"nobody's"});
  EXPECT_THAT(FindHolder(store_, nobody, kTestStart).value(), Eq(std::nullopt));
  store_.faults.at_find_credential = [] { return absl::InternalError("broken"); };
  EXPECT_THAT(FindHolder(store_, nobody, kTestStart), HasCode(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace cbm::test
