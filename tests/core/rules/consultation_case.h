#ifndef CBM_TESTS_CORE_RULES_CONSULTATION_CASE_H_
#define CBM_TESTS_CORE_RULES_CONSULTATION_CASE_H_

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/consultation_acts.h"
#include "tests/support/rules_world.h"

namespace cbm::test {

// LV asks EE, FI and SE; each has an integration that may read everything.
class ConsultationCase : public ::testing::Test {
 protected:
  ConsultationCase() {
    AddIntegrations(world_);
    requested_at_ = world_.now();
    request_ = Do(Request(world_, Duty("LV"), {"EE", "FI", "SE"}));
  }

  static void AddIntegrations(RulesWorld& world) {
    for (const std::string state : {"EE", "FI", "LV", "SE"}) {
      world.Enrol({.party = state, .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
      world.Perform(world.Grant(world.Duty(state), "siem", v1::MARKING_RED));
    }
  }

  const v1::CredentialRecord& Duty(std::string_view state) const { return world_.Duty(state); }

  Performed Do(const Attempt& attempt) {
    Performed performed = world_.Perform(attempt);
    EXPECT_THAT(performed.decision, IsAccepted());
    EXPECT_THAT(performed.passed_on, ::testing::IsEmpty()) << "integrations get nothing";
    return performed;
  }
  Performed Accept(std::string_view state) {
    return Do(Answer(world_, Duty(state), v1::ANSWER_KIND_ACCEPT));
  }
  Performed Decline(std::string_view state) {
    return Do(Answer(world_, Duty(state), v1::ANSWER_KIND_DECLINE));
  }
  void Hold() { Do(MarkHeld(world_, Duty("LV"))); }

  v1::ConsultationRecord RecordOf(std::string_view state) {
    return ConsultationIn(world_, LedgerId::State(state));
  }
  std::string StateOf(std::string_view state) { return RecordOf(state).state().state(); }

  RulesWorld world_;
  absl::Time requested_at_;
  Performed request_;
};

}  // namespace cbm::test

#endif  // CBM_TESTS_CORE_RULES_CONSULTATION_CASE_H_
