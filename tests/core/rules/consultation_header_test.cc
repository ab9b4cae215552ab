// What the secretariat believes of consultations, of which it is given no act: what some act of the
// kind leads to, whatever it is not told, and nothing else.

#include "core/rules/consultation_header.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/rules/facts.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/consultation_acts.h"
#include "tests/support/rules_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::rules {
namespace {

using ::cbm::test::Attempt;
using ::cbm::test::HasCode;
using ::cbm::test::IsAccepted;
using ::cbm::test::IsOk;
using ::cbm::test::RulesWorld;

constexpr absl::StatusCode kDoubt = absl::StatusCode::kDataLoss;

using Forge = std::function<void(v1::ConsultationState&)>;

// What is never so, whatever was done.
const std::vector<std::pair<std::string, Forge>>& Lies() {
  static const auto& lies = *new std::vector<std::pair<std::string, Forge>>{
      {"another party", [](auto& s) { s.add_parties("UA"); }},
      {"another invitee", [](auto& s) { s.add_invitees("UA"); }},
      {"nobody", [](auto& s) { s.clear_parties(); }},
      {"lapsed", [](auto& s) { s.set_state("lapsed"); }},
      {"merged", [](auto& s) { s.set_state("merged"); }},
      {"no state", [](auto& s) { s.clear_state(); }},
      {"another requester", [](auto& s) { s.set_requester("UA"); }},
      {"another id", [](auto& s) { s.set_consultation_id(std::string(32, 'x')); }},
      {"requested before", [](auto& s) { s.mutable_requested()->set_seconds(1); }},
      {"accepted before", [](auto& s) { s.mutable_accepted()->set_seconds(1); }},
      {"held before", [](auto& s) { s.mutable_marked_held()->set_seconds(1); }},
      {"concluded before", [](auto& s) { s.mutable_concluded()->set_seconds(1); }},
      {"a facilitator", [](auto& s) { s.set_facilitator("UA"); }},
      {"no deadline", [](auto& s) { s.clear_answer_by(); }},
      {"a record", [](auto& s) { s.set_record_version(1); }},
      {"a confirmation", [](auto& s) { s.add_confirmed("LV"); }},
      {"a refusal", [](auto& s) { s.add_refused("LV"); }},
      {"a statement", [](auto& s) { s.add_statements("LV"); }},
      {"an invitation", [](auto& s) { s.add_invitations()->set_state("EE"); }},
  };
  return lies;
}

class ConsultationHeader : public ::testing::Test {
 protected:
  const v1::CredentialRecord& Duty(std::string_view state) const { return world_.Duty(state); }

  const v1::ConsultationState* before() const { return before_.has_value() ? &*before_ : nullptr; }

  // Performs an act that the secretariat is told of, and must believe; and nothing of all Lies.
  v1::Entry Do(const Attempt& attempt) {
    v1::Entry entry = DoUnchecked(attempt);
    EXPECT_THAT(CheckConsultationHeader(entry, before()), IsOk());
    for (const auto& [name, forge] : Lies()) {
      v1::Entry forged = entry;
      forge(*forged.mutable_effect()->mutable_consultation());
      EXPECT_THAT(CheckConsultationHeader(forged, before()), HasCode(kDoubt)) << name;
    }
    before_ = entry.effect().consultation();
    return entry;
  }

  // An entry with another kind, and with a state of its own.
  v1::Entry As(v1::Entry entry, v1::ActKind kind, const Forge& forge) {
    entry.set_kind(kind);
    forge(*entry.mutable_effect()->mutable_consultation());
    return entry;
  }

  // Performs an act that the secretariat is not told of.
  void DoUntold(const Attempt& attempt) {
    const size_t told = Told();
    EXPECT_THAT(world_.Perform(attempt).decision, IsAccepted());
    EXPECT_EQ(Told(), told);
  }

  void Agree() {
    Do(Request(world_, Duty("LV"), {"EE", "FI"}));
    Do(Answer(world_, Duty("EE"), v1::ANSWER_KIND_ACCEPT));
    Do(Answer(world_, Duty("FI"), v1::ANSWER_KIND_ACCEPT));
  }

 private:
  size_t Told() { return world_.Ledger(LedgerId::Secretariat()).entries().size(); }

  v1::Entry DoUnchecked(const Attempt& attempt) {
    const size_t told = Told();
    EXPECT_THAT(world_.Perform(attempt).decision, IsAccepted());
    EXPECT_EQ(Told(), told + 1);
    return world_.Ledger(LedgerId::Secretariat()).entries().back();
  }

 protected:
  RulesWorld world_;

 private:
  std::optional<v1::ConsultationState> before_;
};

TEST_F(ConsultationHeader, BelievesAConsultationThatEndsInAnAgreedRecord) {
  Agree();
  Do(Schedule(world_, Duty("LV")));
  Do(MarkHeld(world_, Duty("EE")));
  Do(DraftRecord(world_, Duty("LV")));
  DoUntold(ConfirmRecord(world_, Duty("LV")));
  DoUntold(ConfirmRecord(world_, Duty("EE")));
  Do(ConfirmRecord(world_, Duty("FI")));
}

TEST_F(ConsultationHeader, BelievesAConsultationThatEndsInStatements) {
  Agree();
  Do(MarkHeld(world_, Duty("EE")));
  DoUntold(FileStatement(world_, Duty("LV")));
  DoUntold(FileStatement(world_, Duty("EE")));
  Do(FileStatement(world_, Duty("FI")));
}

TEST_F(ConsultationHeader, BelievesWhoLeavesAndWhatThatEnds) {
  Agree();
  Do(MarkHeld(world_, Duty("EE")));
  Do(DraftRecord(world_, Duty("LV")));
  DoUntold(ConfirmRecord(world_, Duty("EE")));
  DoUntold(ConfirmRecord(world_, Duty("FI")));
  const v1::Entry end = Do(Leave(world_, Duty("LV")));
  EXPECT_EQ(end.effect().consultation().state(), "concluded_agreed");
}

TEST_F(ConsultationHeader, BelievesAnswersUntilNobodyIsAsked) {
  Do(Request(world_, Duty("LV"), {"EE", "FI"}));
  DoUntold(Answer(world_, Duty("EE"), v1::ANSWER_KIND_REFER));
  Do(Answer(world_, Duty("EE"), v1::ANSWER_KIND_DECLINE));
  const v1::Entry end = Do(Answer(world_, Duty("FI"), v1::ANSWER_KIND_DECLINE));
  EXPECT_EQ(end.effect().consultation().state(), "declined");
}

TEST_F(ConsultationHeader, BelievesAWithdrawal) {
  Agree();
  Do(Withdraw(world_, Duty("LV")));
}

// Nobody leaves off waiting because of an end that nothing that was done can have led to.
TEST_F(ConsultationHeader, DoubtsWhatNoActOfTheKindLeadsTo) {
  Do(Request(world_, Duty("LV"), {"EE", "FI"}));
  const v1::Entry declined = Do(Answer(world_, Duty("EE"), v1::ANSWER_KIND_DECLINE));
  const auto ends = [&](const std::string& state) {
    return [&declined, state](v1::ConsultationState& told) {
      told.set_state(state);
      *told.mutable_concluded() = declined.time();
    };
  };
  for (const auto& [kind, forge] : std::vector<std::pair<v1::ActKind, Forge>>{
           {v1::ACT_KIND_ANSWER, ends("declined")},
           {v1::ACT_KIND_ANSWER, ends("withdrawn")},
           {v1::ACT_KIND_LEAVE, ends("withdrawn")},
           {v1::ACT_KIND_LEAVE, ends("concluded_not_agreed")},
           {v1::ACT_KIND_CONFIRM_RECORD, ends("concluded_agreed")},
           {v1::ACT_KIND_FILE_STATEMENT, ends("concluded_not_agreed")},
           {v1::ACT_KIND_POST, ends("declined")},
           {v1::ACT_KIND_REFUSE_RECORD, ends("concluded_not_agreed")},
           {v1::ACT_KIND_WITHDRAW_CONSULTATION, [](auto& told) { told.set_state("withdrawn"); }},
           {v1::ACT_KIND_SCHEDULE, [](auto& told) { told.set_state("scheduled"); }},
           {v1::ACT_KIND_MARK_HELD, [](auto& told) { told.set_state("held"); }},
           {v1::ACT_KIND_DRAFT_RECORD, [](auto& told) { told.set_state("recording"); }}}) {
    EXPECT_THAT(CheckConsultationHeader(As(declined, kind, forge), before()), HasCode(kDoubt))
        << kind << " " << As(declined, kind, forge).effect().consultation().state();
  }
  const v1::Entry withdrawn = As(declined, v1::ACT_KIND_WITHDRAW_CONSULTATION, ends("withdrawn"));
  EXPECT_THAT(CheckConsultationHeader(withdrawn, before()), IsOk());
}

TEST_F(ConsultationHeader, DoubtsStatementsBeforeTheMeetingWasHeld) {
  Agree();
  const v1::Entry left = Do(Leave(world_, Duty("EE")));
  const v1::ConsultationState three = [&] {
    v1::ConsultationState state = *before();
    state.add_parties("EE");
    std::sort(state.mutable_parties()->begin(), state.mutable_parties()->end());
    return state;
  }();
  EXPECT_THAT(CheckConsultationHeader(left, &three), IsOk());
  const v1::Entry ended = As(left, v1::ACT_KIND_LEAVE, [&](auto& told) {
    told.set_state("concluded_not_agreed");
    *told.mutable_concluded() = left.time();
  });
  EXPECT_THAT(CheckConsultationHeader(ended, &three), HasCode(kDoubt));
}

TEST_F(ConsultationHeader, DoubtsAnAgreementBeforeThereIsARecord) {
  Agree();
  const v1::Entry held = Do(MarkHeld(world_, Duty("EE")));
  const Forge agrees = [&](auto& told) {
    told.set_state("concluded_agreed");
    *told.mutable_concluded() = held.time();
    told.mutable_parties()->RemoveLast();
  };
  EXPECT_THAT(CheckConsultationHeader(As(held, v1::ACT_KIND_LEAVE, agrees), before()),
              HasCode(kDoubt));
  Do(DraftRecord(world_, Duty("LV")));
  EXPECT_THAT(CheckConsultationHeader(As(held, v1::ACT_KIND_LEAVE,
                                         [&](auto& told) {
                                           told = *before();
                                           agrees(told);
                                         }),
                                      before()),
              IsOk());
}

TEST_F(ConsultationHeader, PassesOverWhatALaterVersionTells) {
  v1::Entry request = Do(Request(world_, Duty("LV"), {"EE", "FI"}));
  v1::ConsultationState later = *before();
  later.GetReflection()->MutableUnknownFields(&later)->AddVarint(900, 1);
  *request.mutable_effect()->mutable_consultation() = later;
  EXPECT_THAT(CheckConsultationHeader(request, nullptr), IsOk());
  v1::Entry answer = Do(Answer(world_, Duty("EE"), v1::ANSWER_KIND_ACCEPT));
  v1::ConsultationState& told = *answer.mutable_effect()->mutable_consultation();
  told.GetReflection()->MutableUnknownFields(&told)->AddVarint(900, 2);
  EXPECT_THAT(CheckConsultationHeader(answer, &later), IsOk());
}

TEST_F(ConsultationHeader, DoubtsARequestOfOthersThanItIsAddressedTo) {
  const v1::Entry request = Do(Request(world_, Duty("LV"), {"EE", "FI"}));
  v1::Entry fewer = request;
  fewer.mutable_openings()->RemoveLast();
  EXPECT_THAT(CheckConsultationHeader(fewer, nullptr), HasCode(kDoubt));
  v1::Entry later = request;
  later.mutable_time()->set_seconds(request.time().seconds() + 1);
  EXPECT_THAT(CheckConsultationHeader(later, nullptr), HasCode(kDoubt));
}

}  // namespace
}  // namespace cbm::rules
