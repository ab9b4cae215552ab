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
      const absl::StatusOr<Certificate> certificate = kept_.Find(desk->fingerprint(), desk->party);
      ASSERT_THAT(certificate, IsOk()) << desk->party;
      EXPECT_EQ(certificate->der(), desk->credential.certificate.der());
    }
  }
}

TEST_F(Kept, AreNotOfCredentialsThatAreNotRegistered) {
  const Desk& spare = ServerWorld::Spare("LV");
  EXPECT_THAT(kept_.Find(spare.fingerprint(), "LV"), HasCode(absl::StatusCode::kNotFound));
  // That it was asked for before does not hide a registration.
  ASSERT_THAT(world_.Take(world_.Enrol(spare)), IsOk());
  EXPECT_THAT(kept_.Find(spare.fingerprint(), "LV"), IsOk());
}

// Else a State could ask which certificates the others have registered.
TEST_F(Kept, AreNotOfCredentialsOfAnotherParty) {
  const Digest theirs = ServerWorld::Of("EE").fingerprint();
  const absl::Status unknown = kept_.Find(ServerWorld::Spare("LV").fingerprint(), "LV").status();
  EXPECT_EQ(kept_.Find(theirs, "LV").status(), unknown);
  ASSERT_THAT(kept_.Find(theirs, "EE"), IsOk());
  EXPECT_EQ(kept_.Find(theirs, "LV").status(), unknown);
}

TEST_F(Kept, AreReadFromTheStoreOnce) {
  FaultyStore store(world_.store());
  KeptCertificates kept(store);
  const Digest first = ServerWorld::Of("EE").fingerprint();
  ASSERT_THAT(kept.Find(first, "EE"), IsOk());
  store.faults.at_find_credential = [] { return absl::UnavailableError("as the test wants"); };
  EXPECT_THAT(kept.Find(first, "EE"), IsOk());
  EXPECT_THAT(kept.Find(ServerWorld::Of("LV").fingerprint(), "LV"),
              HasCode(absl::StatusCode::kUnavailable));
}

TEST_F(Kept, AreFoundByManyAtOnce) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (const Desk* const desk : {&ServerWorld::Of("EE"), &ServerWorld::Of("LV")}) {
        EXPECT_THAT(kept_.Find(desk->fingerprint(), desk->party), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace cbm::test
