// Who calls: whoever the certificate is registered to now, and nobody else. Refusals say whose
// certificate it is and what to do; their holder alone can provoke them.

#include "server/identity/identity.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "grpcpp/server_context.h"
#include "gtest/gtest.h"
#include "tests/support/server_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class IdentityOfACaller : public ::testing::Test {
 protected:
  void Enrol(const Registering& registering) {
    ASSERT_THAT(world_.Take(world_.Enrol(spare_, registering)), IsOk());
  }
  absl::StatusOr<Caller> IdentifySpare() const {
    return identity_.IdentifyCredential(spare_.fingerprint());
  }

  const Desk& spare_ = ServerWorld::Spare("LV");

  ServerWorld world_;
  SessionTable sessions_{world_.random()};
  ClientTrust trust_{world_.clock()};
  Identity identity_{world_.store(), sessions_, trust_, world_.clock()};
};

TEST_F(IdentityOfACaller, IsThatOfTheRegistry) {
  const Desk& desk = ServerWorld::Of("LV");
  const absl::StatusOr<Caller> caller = identity_.IdentifyCredential(desk.fingerprint());
  ASSERT_THAT(caller, IsOk());
  EXPECT_EQ(caller->credential, desk.fingerprint());
  EXPECT_EQ(caller->record.party(), "LV");
  EXPECT_EQ(caller->record.office(), "duty");
  EXPECT_EQ(caller->record.credential(), BytesOf(desk.fingerprint()));
}

TEST_F(IdentityOfACaller, ReadsAndActsInTheLedgerOfItsParty) {
  for (const auto& [desk, ledger] :
       {std::pair{&ServerWorld::Of("EE"), LedgerId::State("EE")},
        std::pair{&ServerWorld::Of("EE", "policy"), LedgerId::State("EE")},
        std::pair{&ServerWorld::Of("LV"), LedgerId::State("LV")},
        std::pair{&ServerWorld::Of("LV", "siem"), LedgerId::Integration("LV", "siem")},
        std::pair{&ServerWorld::Secretariat(), LedgerId::Secretariat()},
        std::pair{&ServerWorld::Of("CHAIR", "2026"), LedgerId::Chair("2026")},
        std::pair{&ServerWorld::Of("AUDITOR", "audit"), LedgerId::Auditor()}}) {
    SCOPED_TRACE(ledger.text());
    const absl::StatusOr<Caller> caller = identity_.IdentifyCredential(desk->fingerprint());
    ASSERT_THAT(caller, IsOk());
    EXPECT_EQ(caller->ledger, ledger);
    EXPECT_EQ(caller->is_integration(), desk->type == v1::OFFICE_TYPE_INTEGRATION);
  }
}

TEST_F(IdentityOfACaller, IsUnknownUnlessRegistered) {
  const absl::Status unknown = IdentifySpare().status();
  EXPECT_THAT(unknown, HasCode(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("call the secretariat"));
  Enrol({});
  EXPECT_THAT(IdentifySpare(), IsOk());
}

TEST_F(IdentityOfACaller, HoldsFromItsBeginningOn) {
  const absl::Time begin = kTestStart + absl::Hours(1);
  Enrol({.not_before = begin});
  world_.clock().Set(begin - absl::Nanoseconds(1));
  const absl::Status early = IdentifySpare().status();
  EXPECT_THAT(early, HasCode(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(std::string(early.message()),
              AllOf(HasSubstr("LV/spare"),
                    HasSubstr(absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", begin, absl::UTCTimeZone()))));
  world_.clock().Set(begin);
  EXPECT_THAT(IdentifySpare(), IsOk());
}

TEST_F(IdentityOfACaller, EndsAtItsEnd) {
  const absl::Time end = kTestStart + absl::Hours(1);
  Enrol({.not_after = end});
  world_.clock().Set(end - absl::Nanoseconds(1));
  EXPECT_THAT(IdentifySpare(), IsOk());
  world_.clock().Set(end);
  const absl::Status late = IdentifySpare().status();
  EXPECT_THAT(late, HasCode(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(std::string(late.message()),
              AllOf(HasSubstr("LV/spare"), HasSubstr("enrols an office with a new one"),
                    HasSubstr("secretariat")));
}

TEST_F(IdentityOfACaller, IsTakenToRenewForSevenDaysAfterItsEndAndForNothingElse) {
  const absl::Time end = kTestStart + absl::Hours(1);
  const absl::Time last = end + absl::Hours(24 * 7);
  Enrol({.not_after = end});
  EXPECT_THAT(identity_.IdentifyCredentialToAct(spare_.fingerprint())->active, IsOk());
  for (const absl::Time now : {end, last - absl::Nanoseconds(1)}) {
    world_.clock().Set(now);
    const absl::Status refused = IdentifySpare().status();
    EXPECT_THAT(refused, HasCode(absl::StatusCode::kUnauthenticated));
    EXPECT_THAT(std::string(refused.message()), HasSubstr("cbm directory renew"));
    const absl::StatusOr<Caller> caller = identity_.IdentifyCredentialToAct(spare_.fingerprint());
    ASSERT_THAT(caller, IsOk());
    EXPECT_EQ(caller->active, refused);
  }
  world_.clock().Set(last);
  const absl::Status late = identity_.IdentifyCredentialToAct(spare_.fingerprint()).status();
  EXPECT_THAT(late, HasCode(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(std::string(late.message()), Not(HasSubstr("renew")));
}

TEST_F(IdentityOfACaller, IsNoneWhileItIsSuspended) {
  Enrol({});
  ASSERT_THAT(IdentifySpare(), IsOk());
  ASSERT_THAT(world_.Take(world_.Suspend(ServerWorld::Secretariat(), spare_)), IsOk());
  for (const absl::Status& refused :
       {IdentifySpare().status(),
        identity_.IdentifyCredentialToAct(spare_.fingerprint()).status()}) {
    EXPECT_THAT(refused, HasCode(absl::StatusCode::kUnauthenticated));
    EXPECT_THAT(
        std::string(refused.message()),
        AllOf(HasSubstr("LV/spare was suspended at"), HasSubstr("by SECRETARIAT (key lost)"),
              HasSubstr("call the secretariat, or another office of LV")));
  }
  ASSERT_THAT(world_.Take(world_.Restore(ServerWorld::Of("LV"), spare_)), IsOk());
  EXPECT_THAT(IdentifySpare(), IsOk());
  ASSERT_THAT(world_.Take(world_.Suspend(ServerWorld::Of("LV"), spare_)), IsOk());
  EXPECT_THAT(std::string(IdentifySpare().status().message()),
              HasSubstr("call another office of LV, who can restore it"));
}

TEST_F(IdentityOfACaller, IsNoneForEverOnceItIsRevoked) {
  const absl::Time end = kTestStart + absl::Hours(1);
  Enrol({.not_after = end});
  ASSERT_THAT(world_.Take(world_.Revoke(ServerWorld::Of("LV"), spare_)), IsOk());
  for (const absl::Time now : {world_.clock().Now(), end}) {
    world_.clock().Set(now);
    const absl::Status refused = identity_.IdentifyCredentialToAct(spare_.fingerprint()).status();
    EXPECT_THAT(refused, HasCode(absl::StatusCode::kUnauthenticated));
    EXPECT_THAT(std::string(refused.message()),
                AllOf(HasSubstr("was revoked at"), HasSubstr("by LV (key compromised), for ever"),
                      HasSubstr("call the secretariat")));
  }
}

TEST_F(IdentityOfACaller, NeedsThePurposeToConnect) {
  Enrol({.purposes = {v1::CREDENTIAL_PURPOSE_SIGN, v1::CREDENTIAL_PURPOSE_OPEN}});
  const absl::Status cannot = IdentifySpare().status();
  EXPECT_THAT(cannot, HasCode(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(std::string(cannot.message()), AllOf(HasSubstr("CONNECT"), HasSubstr("LV/spare")));
}

// To whom it is not registered, nothing is told of anybody else.
TEST_F(IdentityOfACaller, IsRefusedWithoutNamingAnother) {
  EXPECT_THAT(std::string(IdentifySpare().status().message()),
              AllOf(Not(HasSubstr("LV")), Not(HasSubstr("EE"))));
}

TEST_F(IdentityOfACaller, IsNobodyWithoutAConnection) {
  const grpc::ServerContext context;
  EXPECT_THAT(identity_.Identify(context), HasCode(absl::StatusCode::kUnauthenticated));
}

}  // namespace
}  // namespace cbm::test
