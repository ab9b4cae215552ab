// Whose a certificate is, without waiting for a store that does not answer: the gate's threads
// write of it, and all sessions of a thread would wait with it.

#include "server/program/holder_lookup.h"

#include <atomic>
#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/faulty_store.h"
#include "tests/support/server_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::test {
namespace {

using ::testing::Eq;
using ::testing::Ne;

// For a store that answers: on a busy machine, too.
constexpr std::chrono::seconds kLong{30};

class Holders : public testing::Test {
 protected:
  // A test that ends early lets the store's caller go.
  ~Holders() override { store_.gate.Open(); }

  absl::StatusOr<std::optional<std::string>> Find() {
    return holders_->Find(ServerWorld::Of("LV").credential.certificate.fingerprint());
  }

  ServerWorld world_;
  FaultyStore store_{world_.store()};
  std::optional<HolderLookup> holders_{std::in_place, store_, kLong};
};

TEST_F(Holders, AreFoundByTheCertificate) {
  EXPECT_THAT(Find().value(), Ne(std::nullopt));
  EXPECT_THAT(holders_->Find(Sha256({"nobody's"})).value(), Eq(std::nullopt));
}

TEST_F(Holders, AreNotKnownWhereTheStoreFails) {
  store_.faults.at_find_credential = [] { return absl::InternalError("broken"); };
  EXPECT_THAT(Find(), HasCode(absl::StatusCode::kInternal));
}

TEST_F(Holders, AreNotKnownWhileTheStoreDoesNotAnswerAndAreFoundAgainAfterwards) {
  holders_.emplace(store_);
  std::atomic<int> asked = 0;
  store_.gate.Shut();
  store_.faults.at_find_credential = [&] {
    ++asked;
    store_.gate.Pass();
    return absl::OkStatus();
  };
  EXPECT_THAT(Find(), HasCode(absl::StatusCode::kUnavailable));
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(Find(), HasCode(absl::StatusCode::kUnavailable));
  }
  store_.gate.Open();
  while (!Find().ok()) {
  }
  EXPECT_LT(asked, 10) << "who comes while it does not answer neither waits nor asks";
}

}  // namespace
}  // namespace cbm::test
