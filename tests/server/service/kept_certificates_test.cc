// Certificates of registered credentials, the same from the second time on as from the first.

#include "server/service/kept_certificates.h"

#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/faulty_store.h"
#include "tests/support/server_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

class Kept : public ::testing::Test {
 protected:
  ServerWorld world_;
  KeptCertificates kept_{world_.store()};
};

TEST_F(Kept, AreThoseOfRegisteredCredentials) {
  for (int i = 0; i < 2; ++i) {
    for (const Desk* const desk :
         {&ServerWorld::Secretariat(), &ServerWorld::Of("EE"), &ServerWorld::Of("LV", "siem")}) {
      const absl::StatusOr<Certificate> certificate = kept_.Find(desk->party, desk->fingerprint());
      ASSERT_THAT(certificate, IsOk()) << desk->party;
      EXPECT_EQ(certificate->der(), desk->credential.certificate.der());
    }
  }
}

TEST_F(Kept, AreNotOfCredentialsThatAreNotRegistered) {
  const Desk& spare = ServerWorld::Spare("LV");
  EXPECT_THAT(kept_.Find("LV", spare.fingerprint()), HasCode(absl::StatusCode::kNotFound));
  // That it was asked for before does not hide a registration.
  ASSERT_THAT(world_.Take(world_.Enrol(spare)), IsOk());
  EXPECT_THAT(kept_.Find("LV", spare.fingerprint()), IsOk());
}

// A credential of another party is as one that nobody has, whether it is kept already or not.
TEST_F(Kept, AreOfTheirOwnPartyAlone) {
  const Digest theirs = ServerWorld::Of("EE").fingerprint();
  const absl::Status nobodys = kept_.Find("LV", Sha256("none")).status();
  EXPECT_THAT(nobodys, HasCode(absl::StatusCode::kNotFound));
  EXPECT_EQ(kept_.Find("LV", theirs).status(), nobodys);
  ASSERT_THAT(kept_.Find("EE", theirs), IsOk());
  EXPECT_EQ(kept_.Find("LV", theirs).status(), nobodys);
}

// What stands in a damaged store under its name is not taken for it.
TEST_F(Kept, AreNotOthersThanThoseTheyAreNamedBy) {
  v1::CredentialRecord record;
  ASSERT_TRUE(record.ParseFromString(
      world_.store().FindCredential(ServerWorld::Of("EE").fingerprint()).value().value()));
  record.set_certificate(ServerWorld::Of("LV").credential.certificate.der());
  FaultyStore store(world_.store());
  store.faults.other_credential = record.SerializeAsString();
  KeptCertificates kept(store);
  EXPECT_THAT(kept.Find("EE", ServerWorld::Of("EE").fingerprint()),
              HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(Kept, AreReadFromTheStoreOnce) {
  FaultyStore store(world_.store());
  KeptCertificates kept(store);
  const Digest first = ServerWorld::Of("EE").fingerprint();
  ASSERT_THAT(kept.Find("EE", first), IsOk());
  store.faults.at_find_credential = [] { return absl::UnavailableError("as the test wants"); };
  EXPECT_THAT(kept.Find("EE", first), IsOk());
  EXPECT_THAT(kept.Find("LV", ServerWorld::Of("LV").fingerprint()),
              HasCode(absl::StatusCode::kUnavailable));
}

TEST_F(Kept, AreFoundByManyAtOnce) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (const Desk* const desk : {&ServerWorld::Of("EE"), &ServerWorld::Of("LV")}) {
        EXPECT_THAT(kept_.Find(desk->party, desk->fingerprint()), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace cbm::test
