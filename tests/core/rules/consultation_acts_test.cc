// Acts of a consultation, decided and written one after the other: races, records, and ends.

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/core/rules/consultation_case.h"
#include "tests/support/consultation_acts.h"
#include "tests/support/rules_world.h"

namespace cbm::rules {
namespace {

using ::cbm::test::Attempt;
using ::cbm::test::ConsultationCase;
using ::cbm::test::IsAccepted;
using ::cbm::test::IsRefusedAs;
using ::cbm::test::RulesWorld;
using ::testing::HasSubstr;

using ConsultationActs = ConsultationCase;

TEST_F(ConsultationActs, ForAnotherPartySetThanThePresentAreAbortedWithTheNewList) {
  const Attempt stale = Answer(world_, Duty("SE"), v1::ANSWER_KIND_ACCEPT);
  Accept("EE");
  const std::map<std::string, size_t> before = world_.Sizes();
  const test::Performed aborted = world_.Perform(stale);
  EXPECT_THAT(aborted.decision, IsRefusedAs(absl::StatusCode::kAborted));
  EXPECT_THAT(std::string(aborted.decision.verdict.message()),
              HasSubstr("the parties are EE, LV; still asked: FI, SE"));
  EXPECT_EQ(world_.Sizes(), before);
  Accept("SE");
}

TEST_F(ConsultationActs, OfTwoOverOnePartySetTheSecondIsAbortedIfTheFirstChangedIt) {
  Accept("EE");
  for (const Attempt& second : EveryConsultationAct(world_, Duty("LV"))) {
    RulesWorld other;
    AddIntegrations(other);
    other.Perform(Request(other, other.Duty("LV"), {"EE", "FI", "SE"}));
    other.Perform(Answer(other, other.Duty("EE"), v1::ANSWER_KIND_ACCEPT));
    ASSERT_THAT(other.Perform(Answer(other, other.Duty("FI"), v1::ANSWER_KIND_DECLINE)).decision,
                IsAccepted());
    EXPECT_THAT(other.Decide(second), IsRefusedAs(absl::StatusCode::kAborted));
  }
  // One that leaves the set as it was leaves the other good.
  const Attempt post = Post(world_, Duty("EE"));
  Do(Schedule(world_, Duty("LV")));
  EXPECT_THAT(world_.Perform(post).decision, IsAccepted());
}

TEST_F(ConsultationActs, TwoDraftsOfOneVersionAreNotBothTaken) {
  Accept("EE");
  Hold();
  const Attempt second = DraftRecord(world_, Duty("EE"));
  const Attempt word = DraftRecord(world_, Duty("LV"));
  Do(word);
  const Decision aborted = world_.Decide(second);
  EXPECT_THAT(aborted, IsRefusedAs(absl::StatusCode::kAborted));
  EXPECT_THAT(std::string(aborted.verdict.message()), HasSubstr("version 1 now"));

  const Attempt confirm_first = ConfirmRecord(world_, Duty("EE"));
  Do(DraftRecord(world_, Duty("LV")));
  EXPECT_THAT(world_.Decide(confirm_first), IsRefusedAs(absl::StatusCode::kAborted));
}

TEST_F(ConsultationActs, RecordIsConfirmedByThoseWhoWereGivenIt) {
  Accept("EE");
  Hold();
  const Digest draft = Do(DraftRecord(world_, Duty("LV"))).act_digest;
  Accept("SE");
  const Decision unseen = world_.Decide(ConfirmRecord(world_, Duty("SE")));
  EXPECT_THAT(unseen, IsRefusedAs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(unseen.verdict.message()), HasSubstr("another version"));
  EXPECT_EQ(RecordOf("SE").state().record_digest(), BytesOf(draft));
  Do(DraftRecord(world_, Duty("EE")));
  for (const std::string state : {"LV", "EE", "SE"}) {
    Do(ConfirmRecord(world_, Duty(state)));
  }
  for (const std::string state : {"LV", "EE", "SE"}) {
    EXPECT_EQ(StateOf(state), "concluded_agreed");
    EXPECT_EQ(RecordOf(state).state().record_version(), 2u);
  }
}

TEST_F(ConsultationActs, WithdrawingAfterTheMeetingSaysWhatToDoInstead) {
  Accept("EE");
  Hold();
  const Decision late = world_.Decide(Withdraw(world_, Duty("LV")));
  EXPECT_THAT(late, IsRefusedAs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(late.verdict.message()), HasSubstr("leave instead"));
  Do(Leave(world_, Duty("LV")));
  EXPECT_THAT(std::string(world_.Decide(Withdraw(world_, Duty("LV"))).verdict.message()),
              HasSubstr("left this consultation"));
}

TEST_F(ConsultationActs, LateAnswersAreTakenWhileTheConsultationIsOpen) {
  Accept("EE");
  world_.SetNow(requested_at_ + absl::Hours(24 * 30));
  Accept("SE");
  Hold();
  Decline("FI");
}

// LV, EE, FI and SE: each has as much room as the others, whenever it came and whatever they do.
TEST_F(ConsultationActs, EndSomewhereEvenIfNobodyEndsThem) {
  Accept("EE");
  for (int posts = 1; posts < 250; ++posts) {
    Do(Post(world_, Duty("EE")));
  }
  for (const Attempt& attempt : {Post(world_, Duty("EE")), Schedule(world_, Duty("EE"))}) {
    EXPECT_THAT(world_.Decide(attempt),
                IsRefusedAs(absl::StatusCode::kFailedPrecondition, "your State made 250 acts"));
  }
  for (const Attempt& attempt : {Leave(world_, Duty("EE")), MarkHeld(world_, Duty("EE"))}) {
    EXPECT_THAT(world_.Decide(attempt), IsAccepted());
  }
  Accept("SE");
  for (const std::string state : {"LV", "SE"}) {
    EXPECT_THAT(world_.Decide(Post(world_, Duty(state))), IsAccepted());
  }
}

// Who is still asked may ask for another time again and again.
TEST_F(ConsultationActs, HaveRoomForWhoIsAskedToo) {
  for (int answers = 0; answers < 250; ++answers) {
    Do(Answer(world_, Duty("FI"), v1::ANSWER_KIND_OTHER_TIME));
  }
  EXPECT_THAT(world_.Decide(Answer(world_, Duty("FI"), v1::ANSWER_KIND_OTHER_TIME)),
              IsRefusedAs(absl::StatusCode::kFailedPrecondition, "250"));
  Accept("FI");
}

}  // namespace
}  // namespace cbm::rules
