// What a client accepts of a consultation's entries: all that the rules make, and nothing that
// gives an act to a State without a part in it.

#include <string>
#include <vector>

#include "core/rules/entry_check.h"
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

class ConsultationEntryCheck : public ::testing::Test {
 protected:
  const v1::CredentialRecord& Duty(std::string_view state) const { return world_.Duty(state); }

  // Performs the act, and holds that each of its entries is accepted where it stands, and its act
  // at JP's nowhere.
  void Do(const Attempt& attempt) {
    SCOPED_TRACE(static_cast<int>(attempt.act.kind_case()));
    const Decision decision = world_.Perform(attempt).decision;
    ASSERT_THAT(decision, IsAccepted());
    for (NewEntry made : decision.entries) {
      SCOPED_TRACE(made.ledger.text());
      made.entry = world_.Ledger(made.ledger).entries().back();
      if (made.entry.has_summary()) {
        EXPECT_THAT(CheckToldOnly(made.ledger, made.entry), IsOk());
        continue;
      }
      EXPECT_THAT(
          CheckGivenAct(world_.exchange(), made.ledger, made.entry, attempt.act, attempt.signer),
          IsOk());
      EXPECT_THAT(CheckGivenAct(world_.exchange(), LedgerId::State("JP"), made.entry, attempt.act,
                                attempt.signer),
                  HasCode(kDoubt));
      EXPECT_THAT(CheckGivenAct(world_.exchange(), LedgerId::Secretariat(), made.entry, attempt.act,
                                attempt.signer),
                  HasCode(kDoubt));
      ExpectDoubts(made, attempt);
    }
  }

  void ExpectDoubts(const NewEntry& made, const Attempt& attempt) {
    v1::CredentialRecord reader = attempt.signer;
    reader.mutable_scopes()->Clear();
    reader.add_scopes(v1::SCOPE_READ);
    EXPECT_THAT(CheckGivenAct(world_.exchange(), made.ledger, made.entry, attempt.act, reader),
                HasCode(kDoubt));
    v1::CredentialRecord integration = attempt.signer;
    integration.set_type(v1::OFFICE_TYPE_INTEGRATION);
    EXPECT_THAT(CheckGivenAct(world_.exchange(), made.ledger, made.entry, attempt.act, integration),
                HasCode(kDoubt));
    v1::Entry other = made.entry;
    other.mutable_effect()->mutable_consultation()->set_consultation_id(
        std::string(kDigestBytes, 'x'));
    EXPECT_THAT(CheckGivenAct(world_.exchange(), made.ledger, other, attempt.act, attempt.signer),
                HasCode(kDoubt));
  }

  RulesWorld world_;
};

TEST_F(ConsultationEntryCheck, AcceptsWhatTheRulesMakeAndNoActForAnybodyElse) {
  Do(Request(world_, Duty("LV"), {"EE", "FI", "SE"}));
  Do(Answer(world_, Duty("EE"), v1::ANSWER_KIND_ACCEPT));
  Do(Answer(world_, Duty("FI"), v1::ANSWER_KIND_DECLINE));
  Do(Schedule(world_, Duty("EE")));
  Do(Post(world_, Duty("LV")));
  Do(MarkHeld(world_, Duty("LV")));
  Do(DraftRecord(world_, Duty("LV")));
  Do(ConfirmRecord(world_, Duty("EE")));
  Do(RefuseRecord(world_, Duty("LV")));
  Do(FileStatement(world_, Duty("EE")));
  Do(Leave(world_, Duty("EE")));
}

TEST_F(ConsultationEntryCheck, DoubtsASummaryWhereTheActIsDue) {
  v1::Entry told;
  told.mutable_summary();
  const LedgerId party = LedgerId::State("EE");
  for (const auto kind :
       {v1::ACT_KIND_CONSULTATION_REQUEST, v1::ACT_KIND_ANSWER, v1::ACT_KIND_SCHEDULE,
        v1::ACT_KIND_POST, v1::ACT_KIND_MARK_HELD, v1::ACT_KIND_CONFIRM_RECORD,
        v1::ACT_KIND_REFUSE_RECORD, v1::ACT_KIND_LEAVE, v1::ACT_KIND_WITHDRAW_CONSULTATION}) {
    told.set_kind(kind);
    EXPECT_THAT(CheckToldOnly(party, told), HasCode(kDoubt));
  }
  for (const auto kind : {v1::ACT_KIND_DRAFT_RECORD, v1::ACT_KIND_FILE_STATEMENT}) {
    told.set_kind(kind);
    v1::ConsultationState& state = *told.mutable_effect()->mutable_consultation();
    v1::Invitation& invitation = *state.add_invitations();
    invitation.set_state("EE");
    EXPECT_THAT(CheckToldOnly(party, told), IsOk()) << "who is still asked is told only";
    EXPECT_THAT(CheckToldOnly(LedgerId::State("FI"), told), HasCode(kDoubt));
    invitation.set_answer(v1::ANSWER_KIND_ACCEPT);
    EXPECT_THAT(CheckToldOnly(party, told), HasCode(kDoubt)) << "a party is given it";
    state.clear_invitations();
    EXPECT_THAT(CheckToldOnly(LedgerId::Secretariat(), told), IsOk()) << "which is told of states";
  }
  told.set_kind(v1::ACT_KIND_POST);
  EXPECT_THAT(CheckToldOnly(LedgerId::Secretariat(), told), HasCode(kDoubt));
}

}  // namespace
}  // namespace cbm::rules
