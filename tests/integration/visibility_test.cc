// Over random histories of all acts that there are: what each reader can obtain, through every RPC,
// is what the table of who is told what allows (tests/integration/visibility_model.h, a second
// writing of it), nothing more and nothing missing; every act is taken or refused as the model
// says; and the facts that a client replays from its ledgers are those that the exchange answers
// with.
//
// A red test names its seed: CBM_SEED=<seed> plays that history alone.

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/random_history.h"
#include "tests/integration/visibility_checks.h"

namespace cbm {
namespace {

using ::cbm::test::ModelOffice;
using ::cbm::test::RandomHistory;
using ::cbm::test::VisibilityChecks;

constexpr int kSteps = 240;
constexpr absl::Duration kPastEveryAnswer = absl::Hours(11 * 24);

std::vector<uint64_t> Seeds() {
  const char* const wanted = std::getenv("CBM_SEED");
  return wanted == nullptr ? std::vector<uint64_t>{1, 4, 9}
                           : std::vector<uint64_t>{std::strtoull(wanted, nullptr, 10)};
}

// What the histories of all seeds came to.
struct Reached {
  std::set<v1::ActKind> taken;
  std::set<absl::StatusCode> refused;  // Of acts in a consultation.
  std::set<std::string> states;        // Of consultations, at the end.
};

Reached& InAll() {
  static Reached& reached = *new Reached;
  return reached;
}

void Note(RandomHistory& history) {
  for (const auto& [kind, code] : history.tried()) {
    if (code == absl::StatusCode::kOk) {
      InAll().taken.insert(kind);
    } else if (kind >= v1::ACT_KIND_CONSULTATION_REQUEST &&
               kind <= v1::ACT_KIND_WITHDRAW_CONSULTATION) {
      InAll().refused.insert(code);
    }
  }
  for (const test::ModelConsultation& consultation : history.model().consultations()) {
    InAll().states.insert(consultation.StateAt(history.Now()));
  }
}

class Visibility : public testing::TestWithParam<uint64_t> {
 protected:
  // Histories in which little happens show little.
  static void TearDownTestSuite() {
    if (std::getenv("CBM_SEED") != nullptr ||
        testing::UnitTest::GetInstance()->current_test_suite()->Failed()) {
      return;
    }
    for (int kind = v1::ACT_KIND_SUBMIT; kind <= v1::ACT_KIND_RENEW_CREDENTIAL; ++kind) {
      const bool is_taken = InAll().taken.count(static_cast<v1::ActKind>(kind)) != 0;
      EXPECT_EQ(is_taken, v1::ActKind_IsValid(kind)) << kind;
    }
    EXPECT_THAT(
        InAll().refused,
        testing::ElementsAre(absl::StatusCode::kNotFound, absl::StatusCode::kPermissionDenied,
                             absl::StatusCode::kFailedPrecondition, absl::StatusCode::kAborted));
    EXPECT_THAT(InAll().states,
                testing::IsSupersetOf({"concluded_agreed", "concluded_not_agreed", "declined",
                                       "lapsed", "recording", "withdrawn"}));
  }
};

TEST_P(Visibility, IsWhatTheTableSays) {
  SCOPED_TRACE(fmt::format("CBM_SEED={} repeats it", GetParam()));
  RandomHistory history(GetParam());
  for (int i = 0; i < kSteps && !HasFatalFailure(); ++i) {
    SCOPED_TRACE(fmt::format("step {}", i));
    history.Step();
  }
  ASSERT_FALSE(HasFatalFailure());
  Note(history);
  VisibilityChecks checks(history);
  for (const ModelOffice& reader : history.model().offices()) {
    checks.CheckAll(reader);
  }
  // What is still asked lapses, for those alone who are still told of it.
  history.exchange().clock().Advance(kPastEveryAnswer);
  for (const ModelOffice& reader : history.model().offices()) {
    checks.CheckConsultations(reader);
  }
}

INSTANTIATE_TEST_SUITE_P(OfRandomHistories, Visibility, testing::ValuesIn(Seeds()),
                         [](const auto& seed) { return fmt::format("Seed{}", seed.param); });

}  // namespace
}  // namespace cbm
