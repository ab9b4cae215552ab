// Acts of a consultation, decided and written in a world where everybody has a ledger: who is told
// what, who may do what, and that a State which declined or left is told nothing later.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/rules/consultation.h"
#include "core/rules/content_access.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/consultation_acts.h"
#include "tests/support/rules_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::rules {
namespace {

using ::cbm::test::Attempt;
using ::cbm::test::ConsultationId;
using ::cbm::test::ConsultationIn;
using ::cbm::test::HasCode;
using ::cbm::test::IsAccepted;
using ::cbm::test::IsOk;
using ::cbm::test::IsRefusedAs;
using ::cbm::test::OnlyEntry;
using ::cbm::test::RulesWorld;
using ::cbm::test::ToldBy;
using ::cbm::test::Written;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// LV asks EE, FI and SE; each has an integration that may read everything.
class ConsultationActs : public ::testing::Test {
 protected:
  ConsultationActs() {
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

  test::Performed Do(const Attempt& attempt) {
    test::Performed performed = world_.Perform(attempt);
    EXPECT_THAT(performed.decision, IsAccepted());
    EXPECT_THAT(performed.passed_on, IsEmpty()) << "integrations get nothing";
    return performed;
  }
  test::Performed Accept(std::string_view state) {
    return Do(Answer(world_, Duty(state), v1::ANSWER_KIND_ACCEPT));
  }
  test::Performed Decline(std::string_view state) {
    return Do(Answer(world_, Duty(state), v1::ANSWER_KIND_DECLINE));
  }
  void Hold() { Do(MarkHeld(world_, Duty("LV"))); }

  v1::ConsultationRecord RecordOf(std::string_view state) {
    return ConsultationIn(world_, LedgerId::State(state));
  }
  std::string StateOf(std::string_view state) { return RecordOf(state).state().state(); }

  RulesWorld world_;
  absl::Time requested_at_;
  test::Performed request_;
};

TEST_F(ConsultationActs, RequestIsGivenToThoseAskedWithTheWholeList) {
  EXPECT_THAT(
      ToldBy(request_.decision.entries),
      ElementsAre("auditor header summary", "secretariat header summary", "state/EE addressed act",
                  "state/FI addressed act", "state/LV own act", "state/SE addressed act"));
  for (const std::string state : {"EE", "FI", "SE", "LV"}) {
    const NewEntry& entry = OnlyEntry(request_.decision, LedgerId::State(state));
    EXPECT_EQ(entry.entry.openings_size(), 3);
    EXPECT_TRUE(entry.gives_contents);
    EXPECT_EQ(entry.delivered_to, state == "LV" ? "" : state);
    const v1::ConsultationState& told = entry.entry.effect().consultation();
    EXPECT_EQ(told.state(), "requested");
    EXPECT_THAT(told.parties(), ElementsAre("LV"));
    EXPECT_THAT(told.invitees(), ElementsAre("EE", "FI", "SE"));
    EXPECT_EQ(told.request(), BytesOf(request_.act_digest));
    EXPECT_EQ(RecordOf(state).request().format(), v1::CONSULTATION_FORMAT_VIDEO);
  }
  EXPECT_EQ(RecordOf("LV").standing(), v1::STANDING_REQUESTER);
  EXPECT_EQ(RecordOf("FI").standing(), v1::STANDING_INVITED);
}

TEST_F(ConsultationActs, SecretariatIsToldPartiesAndTimesAndNoContent) {
  const NewEntry& entry = OnlyEntry(request_.decision, LedgerId::Secretariat());
  EXPECT_FALSE(entry.gives_contents);
  EXPECT_EQ(entry.entry.openings_size(), 3);
  EXPECT_EQ(entry.entry.summary().party(), "LV");
  EXPECT_EQ(entry.entry.summary().notification_kind(), "CRQ");
  Accept("EE");
  Do(Schedule(world_, Duty("EE")));
  world_.SetNow(world_.now() + absl::Hours(26));
  Hold();
  Do(DraftRecord(world_, Duty("LV")));
  Do(ConfirmRecord(world_, Duty("LV")));
  const test::Performed last = Do(ConfirmRecord(world_, Duty("EE")));
  const v1::Summary& summary = OnlyEntry(last.decision, LedgerId::Secretariat()).entry.summary();
  EXPECT_EQ(summary.party(), "");
  EXPECT_EQ(summary.commitment(), RecordOf("LV").state().invitations(0).commitment());
  EXPECT_EQ(summary.new_state(), "concluded_agreed");
  EXPECT_EQ(summary.acted_on(), BytesOf(request_.act_digest));

  const v1::ConsultationRecord seen = ConsultationIn(world_, LedgerId::Secretariat());
  EXPECT_EQ(seen.standing(), v1::STANDING_UNSPECIFIED);
  EXPECT_FALSE(seen.has_request());
  EXPECT_EQ(seen.state().state(), "concluded_agreed");
  EXPECT_THAT(seen.state().parties(), ElementsAre("EE", "LV"));
  EXPECT_THAT(seen.state().invitees(), ElementsAre("FI", "SE"));
  EXPECT_TRUE(seen.state().has_held_from() && seen.state().has_accepted() &&
              seen.state().has_meeting_from() && seen.state().has_concluded());
  EXPECT_EQ(seen.state().record_digest(), "");
  EXPECT_EQ(seen.state().record_version(), 0u);
  EXPECT_THAT(seen.state().confirmed(), IsEmpty());
  EXPECT_THAT(seen.state().invitations(), IsEmpty());
  std::vector<int> kinds;
  for (const v1::ConsultationEvent& event : seen.history()) {
    kinds.push_back(event.kind());
    EXPECT_EQ(event.party(), "");
    EXPECT_EQ(event.manifest_digest(), "");
  }
  EXPECT_THAT(kinds, ElementsAre(v1::ACT_KIND_CONSULTATION_REQUEST, v1::ACT_KIND_ANSWER,
                                 v1::ACT_KIND_SCHEDULE, v1::ACT_KIND_MARK_HELD,
                                 v1::ACT_KIND_CONFIRM_RECORD))
      << "of what changed state, parties or meeting, and of that alone";
}

TEST_F(ConsultationActs, AuditorIsToldNoParty) {
  Accept("EE");
  Do(Schedule(world_, Duty("LV")));
  Do(Post(world_, Duty("EE")));
  EXPECT_EQ(ConsultationIn(world_, LedgerId::Auditor()).state().consultation_id(), "");
  for (const v1::Entry& entry : world_.Ledger(LedgerId::Auditor()).entries()) {
    if (IsOfConsultation(entry.kind())) {
      EXPECT_EQ(entry.summary().party(), "");
      EXPECT_EQ(entry.summary().commitment(), "");
      EXPECT_FALSE(entry.has_effect());
      EXPECT_EQ(entry.openings_size(), 0);
      EXPECT_EQ(entry.summary().context(), v1::CONTEXT_TEST);
    }
  }
}

TEST_F(ConsultationActs, AreToldToThePartiesAndToThoseStillAsked) {
  EXPECT_THAT(
      ToldBy(Accept("EE").decision.entries),
      ElementsAre("auditor header summary", "secretariat header summary", "state/EE own act",
                  "state/FI addressed act", "state/LV addressed act", "state/SE addressed act"));
  EXPECT_THAT(
      ToldBy(Decline("FI").decision.entries),
      ElementsAre("auditor header summary", "secretariat header summary", "state/EE addressed act",
                  "state/FI own act", "state/LV addressed act", "state/SE addressed act"));
  EXPECT_THAT(ToldBy(Do(Answer(world_, Duty("SE"), v1::ANSWER_KIND_OTHER_TIME)).decision.entries),
              ElementsAre("auditor header summary", "state/EE addressed act",
                          "state/LV addressed act", "state/SE own act"));
  const std::vector<std::string> all = {"auditor header summary", "secretariat header summary",
                                        "state/EE addressed act", "state/LV own act",
                                        "state/SE addressed act"};
  EXPECT_EQ(ToldBy(Do(Schedule(world_, Duty("LV"))).decision.entries), all);
  EXPECT_EQ(ToldBy(Do(Postpone(world_, Duty("LV"))).decision.entries), all);
  EXPECT_THAT(ToldBy(Do(Post(world_, Duty("LV"))).decision.entries),
              ElementsAre("auditor header summary", "state/EE addressed act", "state/LV own act"));
  EXPECT_EQ(ToldBy(Do(MarkHeld(world_, Duty("LV"))).decision.entries), all);
  const std::vector<std::string> parties_alone = {"auditor header summary",
                                                  "state/EE addressed act", "state/LV own act",
                                                  "state/SE informed summary"};
  EXPECT_EQ(ToldBy(Do(DraftRecord(world_, Duty("LV"))).decision.entries), parties_alone);
  for (const Attempt& word :
       {ConfirmRecord(world_, Duty("LV")), RefuseRecord(world_, Duty("LV"))}) {
    EXPECT_THAT(ToldBy(Do(word).decision.entries),
                ElementsAre("auditor header summary", "state/EE addressed act", "state/LV own act",
                            "state/SE addressed act"));
  }
  EXPECT_EQ(ToldBy(Do(FileStatement(world_, Duty("LV"))).decision.entries), parties_alone);
  EXPECT_EQ(ToldBy(Do(Leave(world_, Duty("LV"))).decision.entries), all);
}

TEST_F(ConsultationActs, WhoIsStillAskedLearnsOfADraftThatItIsAndNothingOfIt) {
  Accept("EE");
  Hold();
  const test::Performed draft = Do(DraftRecord(world_, Duty("LV")));
  const NewEntry& told = OnlyEntry(draft.decision, LedgerId::State("SE"));
  EXPECT_FALSE(told.gives_contents);
  EXPECT_EQ(told.delivered_to, "");
  EXPECT_EQ(told.entry.summary().party(), "");
  EXPECT_EQ(StateOf("SE"), "recording");
  const v1::ConsultationRecord seen = RecordOf("SE");
  EXPECT_EQ(seen.history(seen.history_size() - 1).manifest_digest(), "");
}

TEST_F(ConsultationActs, NothingLaterReachesADeclinerOrALeaver) {
  Accept("EE");
  Accept("SE");
  Decline("FI");
  Do(Leave(world_, Duty("SE")));
  const std::map<std::string, size_t> before = world_.Sizes();
  const std::string fi = RecordOf("FI").SerializeAsString();
  const std::string se = RecordOf("SE").SerializeAsString();
  Do(Schedule(world_, Duty("LV")));
  Do(Post(world_, Duty("EE")));
  Hold();
  Do(DraftRecord(world_, Duty("LV")));
  Do(DraftRecord(world_, Duty("EE")));
  Do(RefuseRecord(world_, Duty("LV")));
  Do(FileStatement(world_, Duty("LV")));
  Do(ConfirmRecord(world_, Duty("LV")));
  Do(ConfirmRecord(world_, Duty("EE")));
  EXPECT_EQ(StateOf("LV"), "concluded_agreed");
  const std::map<std::string, size_t> after = world_.Sizes();
  for (const std::string state : {"FI", "SE", "JP"}) {
    EXPECT_EQ(after.at("state/" + state), before.at("state/" + state));
  }
  EXPECT_EQ(RecordOf("FI").SerializeAsString(), fi);
  EXPECT_EQ(RecordOf("SE").SerializeAsString(), se);
  EXPECT_EQ(RecordOf("FI").standing(), v1::STANDING_DECLINED);
  EXPECT_EQ(RecordOf("SE").standing(), v1::STANDING_LEFT);
}

// What is refused is refused with the same words whatever the others did since.
TEST_F(ConsultationActs, DeclinerCannotTellFromARefusalWhatCameLater) {
  Accept("EE");
  Decline("FI");
  std::vector<std::string> before;
  for (const Attempt& attempt : EveryConsultationAct(world_, Duty("FI"))) {
    before.push_back(Written(world_.Decide(attempt)));
    EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(absl::StatusCode::kFailedPrecondition));
  }
  Hold();
  Do(DraftRecord(world_, Duty("LV")));
  Do(Leave(world_, Duty("EE")));
  size_t i = 0;
  for (const Attempt& attempt : EveryConsultationAct(world_, Duty("FI"))) {
    EXPECT_EQ(Written(world_.Decide(attempt)), before[i++]);
  }
}

TEST_F(ConsultationActs, OfAnotherStateAreAnsweredAsIfThereWereNoConsultation) {
  for (const Attempt& attempt : EveryConsultationAct(world_, Duty("JP"))) {
    const Decision decision = world_.Decide(attempt);
    EXPECT_THAT(decision, IsRefusedAs(absl::StatusCode::kNotFound));
    EXPECT_EQ(decision.verdict.message(), "there is no such consultation");
  }
  Attempt unknown = Post(world_, Duty("LV"));
  unknown.act.mutable_post()->set_consultation_id(ConsultationId("another"));
  EXPECT_THAT(world_.Decide(unknown), IsRefusedAs(absl::StatusCode::kNotFound));
  EXPECT_EQ(world_.Decide(unknown).verdict.message(), "there is no such consultation");
}

TEST_F(ConsultationActs, AreMadeByOfficesOfStatesThatMayConsult) {
  world_.Enrol({.party = "CHAIR", .office = "2026", .type = v1::OFFICE_TYPE_CHAIR});
  world_.Enrol({.party = "AUDITOR",
                .office = "first",
                .type = v1::OFFICE_TYPE_AUDITOR,
                .scopes = {v1::SCOPE_CONSULT}});
  world_.Enrol({.party = "EE", .office = "reader", .scopes = {v1::SCOPE_READ, v1::SCOPE_RELEASE}});
  for (const v1::CredentialRecord& signer :
       {world_.Secretariat(), world_.Signer("CHAIR", "2026"), world_.Signer("AUDITOR", "first"),
        world_.Signer("EE", "siem"), world_.Signer("EE", "reader")}) {
    SCOPED_TRACE(signer.party() + "-" + signer.office());
    std::vector<Attempt> attempts = EveryConsultationAct(world_, signer);
    attempts.push_back(Request(world_, signer, {"FI"}, ConsultationId("another")));
    for (const Attempt& attempt : attempts) {
      EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(absl::StatusCode::kPermissionDenied));
    }
  }
  EXPECT_THAT(world_.Ledger(LedgerId::Integration("EE", "siem")).facts(), Not(IsEmpty()));
  EXPECT_EQ(ConsultationIn(world_, LedgerId::Integration("EE", "siem")).ledger(), "");
}

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

TEST_F(ConsultationActs, WhatIsAskedByNobodyAnyLongerIsToldOnlyToTheParties) {
  Accept("EE");
  Hold();
  Do(FileStatement(world_, Duty("EE")));
  Do(FileStatement(world_, Duty("LV")));
  EXPECT_EQ(StateOf("SE"), "concluded_not_agreed") << "who is asked learns that it is over";
  EXPECT_THAT(world_.Decide(Answer(world_, Duty("SE"), v1::ANSWER_KIND_ACCEPT)),
              IsRefusedAs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(ConsultationActs, HistoryShowsEachPartyWhatItWasGiven) {
  Accept("EE");
  const test::Performed post = Do(Post(world_, Duty("EE")));
  const v1::ConsultationRecord seen = RecordOf("LV");
  ASSERT_EQ(seen.history_size(), 3);
  const v1::ConsultationEvent& last = seen.history(2);
  EXPECT_EQ(last.kind(), v1::ACT_KIND_POST);
  EXPECT_EQ(last.party(), "EE");
  EXPECT_EQ(last.office(), "duty");
  EXPECT_EQ(last.act_digest(), BytesOf(post.act_digest));
  EXPECT_EQ(last.manifest_digest(), BytesOf(Sha256("manifest")));
  EXPECT_EQ(last.state(), "agreed");
  EXPECT_EQ(seen.history(1).answer(), v1::ANSWER_KIND_ACCEPT);
  EXPECT_EQ(RecordOf("SE").history_size(), 2) << "posts are the parties'";
  EXPECT_EQ(seen.ledger(), "state/LV");
}

TEST_F(ConsultationActs, ContentsNeedNoOpenAndAreThePartiesAlone) {
  Accept("EE");
  const Digest post = Do(Post(world_, Duty("LV"))).act_digest;
  const auto may = [&](std::string_view state, const Digest& act) {
    return MayReadContent(*world_.ViewOf(LedgerId::State(state)), Duty(state),
                          LedgerId::State(state), act);
  };
  EXPECT_THAT(may("FI", request_.act_digest), IsOk());
  EXPECT_THAT(may("EE", post), IsOk());
  EXPECT_THAT(may("LV", post), IsOk());
  for (const std::string state : {"FI", "JP"}) {
    EXPECT_THAT(may(state, post), HasCode(absl::StatusCode::kNotFound));
  }
  EXPECT_THAT(may("JP", request_.act_digest), HasCode(absl::StatusCode::kNotFound));
}

TEST_F(ConsultationActs, AnswerIsDueByTheFrameworksClockOrAsWanted) {
  EXPECT_EQ(FromTimestamp(RecordOf("EE").state().answer_by()), requested_at_ + absl::Hours(48));
  // Ten days over the end of February, in a leap year and in another.
  for (const auto& [asked, due] :
       std::map<std::string, std::string>{{"2028-02-20T12:00:00Z", "2028-03-01T12:00:00Z"},
                                          {"2026-02-20T12:00:00Z", "2026-03-02T12:00:00Z"}}) {
    RulesWorld world;
    absl::Time at;
    absl::Time expected;
    std::string error;
    ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, asked, &at, &error)) << error;
    ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, due, &expected, &error)) << error;
    world.SetNow(at);
    Attempt attempt = Request(world, world.Duty("LV"), {"EE"});
    attempt.act.mutable_consultation_request()->mutable_notification()->set_precedence(
        v1::PRECEDENCE_ROUTINE);
    ASSERT_THAT(world.Perform(attempt).decision, IsAccepted());
    const v1::ConsultationState state = ConsultationIn(world, LedgerId::State("EE")).state();
    EXPECT_EQ(FromTimestamp(state.answer_by()), expected);

    // Inclusive at the second, refused one past it.
    Attempt answer = Answer(world, world.Duty("EE"), v1::ANSWER_KIND_ACCEPT);
    *answer.act.mutable_author_time() = ToTimestamp(expected);
    *answer.act.mutable_valid_until() = ToTimestamp(expected + absl::Hours(1));
    world.SetNow(expected);
    EXPECT_THAT(world.Decide(answer), IsAccepted());
    world.SetNow(expected + absl::Seconds(1));
    EXPECT_THAT(world.Decide(answer), IsRefusedAs(absl::StatusCode::kFailedPrecondition));
  }
  Attempt wanted = Request(world_, Duty("LV"), {"EE"}, ConsultationId("wanted"));
  *wanted.act.mutable_consultation_request()->mutable_answer_by() =
      ToTimestamp(world_.now() + absl::Hours(3));
  const absl::Time expected = world_.now() + absl::Hours(3);
  Do(wanted);
  EXPECT_EQ(FromTimestamp(ConsultationIn(world_, LedgerId::State("EE"), ConsultationId("wanted"))
                              .state()
                              .answer_by()),
            expected);
}

TEST_F(ConsultationActs, LateAnswersAreTakenWhileTheConsultationIsOpen) {
  Accept("EE");
  world_.SetNow(requested_at_ + absl::Hours(24 * 30));
  Accept("SE");
  Hold();
  Decline("FI");
}

TEST_F(ConsultationActs, IdIsUsedOnce) {
  for (const std::string state : {"LV", "EE"}) {
    EXPECT_THAT(world_.Decide(Request(world_, Duty(state), {"JP", "SE"})),
                IsRefusedAs(absl::StatusCode::kInvalidArgument));
  }
}

// JP cannot know the id unless a party told it; then it must not be able to speak in the
// consultation, and the exchange must go on.
TEST_F(ConsultationActs, IdThatAnOutsiderTakesAgainChangesNothingForTheParties) {
  Accept("EE");
  const std::string at_lv = RecordOf("LV").SerializeAsString();
  Attempt again = Request(world_, Duty("JP"), {"LV", "FI"});
  again.act.mutable_consultation_request()->mutable_notification()->set_measures(0, "UN-3");
  Do(again);
  Do(Withdraw(world_, Duty("JP")));
  EXPECT_EQ(RecordOf("LV").SerializeAsString(), at_lv);
  EXPECT_EQ(StateOf("JP"), "withdrawn");
  Do(Post(world_, Duty("EE")));
  EXPECT_EQ(StateOf("LV"), "agreed");
}

TEST_F(ConsultationActs, RequestIsRefusedForEachFieldThatIsNotAsItMustBe) {
  using Spoil = std::function<void(Attempt&, v1::ConsultationRequest&)>;
  const std::vector<std::pair<std::string, Spoil>> spoils = {
      {"consultation_id", [](Attempt&, auto& r) { r.set_consultation_id("short"); }},
      {"kind", [](Attempt&, auto& r) { r.mutable_notification()->set_kind("INC"); }},
      {"precedence", [](Attempt&, auto& r) { r.mutable_notification()->clear_precedence(); }},
      {"precedence",
       [](Attempt&, auto& r) {
         r.mutable_notification()->set_precedence(v1::PRECEDENCE_EMERGENCY);
       }},
      {"context", [](Attempt&, auto& r) { r.mutable_notification()->clear_context(); }},
      {"marking", [](Attempt&, auto& r) { r.mutable_notification()->clear_marking(); }},
      {"measures", [](Attempt&, auto& r) { r.mutable_notification()->clear_measures(); }},
      {"OSCE-99", [](Attempt&, auto& r) { r.mutable_notification()->set_measures(0, "OSCE-99"); }},
      {"language", [](Attempt&, auto& r) { r.mutable_notification()->set_language("xx"); }},
      {"proposed_times", [](Attempt&, auto& r) { r.clear_proposed_times(); }},
      {"proposed_times", [](Attempt&, auto& r) { r.mutable_proposed_times()->SwapElements(0, 1); }},
      {"proposed_times",
       [](Attempt&, auto& r) {
         while (r.proposed_times_size() < 9) {
           const auto last = r.proposed_times(r.proposed_times_size() - 1);
           r.add_proposed_times()->set_seconds(last.seconds() + 60);
         }
       }},
      {"not past",
       [](Attempt&, auto& r) {
         r.clear_proposed_times();
         r.add_proposed_times()->set_seconds(1);
       }},
      {"proposed_times", [](Attempt&, auto& r) { r.mutable_proposed_times(0)->set_nanos(-1); }},
      {"level", [](Attempt&, auto& r) { r.clear_level(); }},
      {"format", [](Attempt&, auto& r) { r.clear_format(); }},
      {"answer_by", [](Attempt&, auto& r) { r.mutable_answer_by()->set_seconds(1); }},
      {"366 days",
       [](Attempt& a, auto& r) {
         r.mutable_answer_by()->set_seconds(a.act.author_time().seconds() + 367 * 24 * 3600);
       }},
      {"manifest_digest", [](Attempt& a, auto&) { a.act.clear_manifest_digest(); }},
      {"list shown",
       [](Attempt& a, auto&) {
         a.act.mutable_audience()->mutable_commitments()->set_list(v1::LIST_VISIBILITY_HIDDEN);
       }},
      {"commitments", [](Attempt& a, auto&) { a.act.mutable_audience()->mutable_own(); }},
      {"addressees", [](Attempt& a, auto&) { a.openings.clear(); }},
      {"'XX'", [](Attempt& a, auto&) { a.openings[0].set_state("XX"); }},
      {"itself", [](Attempt& a, auto&) { a.openings[0].set_state("LV"); }},
      {"references",
       [](Attempt& a, auto&) { a.act.add_references()->set_act_digest(std::string(32, 'a')); }},
      {"office_filter", [](Attempt& a, auto&) { a.act.add_office_filter(v1::OFFICE_TYPE_DUTY); }},
  };
  for (const auto& [named, spoil] : spoils) {
    SCOPED_TRACE(named);
    Attempt attempt = Request(world_, Duty("LV"), {"EE"}, ConsultationId("another"));
    spoil(attempt, *attempt.act.mutable_consultation_request());
    const Decision decision = world_.Decide(attempt);
    EXPECT_THAT(decision, IsRefusedAs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(std::string(decision.verdict.message()), HasSubstr(named));
  }
  EXPECT_THAT(world_.Decide(Request(world_, Duty("LV"), {"LT"}, ConsultationId("another"))),
              IsRefusedAs(absl::StatusCode::kFailedPrecondition))
      << "LT has no office";
  EXPECT_THAT(world_.Decide(Request(world_, Duty("LV"), {"JP"}, ConsultationId("another"))),
              IsRefusedAs(absl::StatusCode::kInvalidArgument))
      << "JP is not of OSCE";
}

TEST_F(ConsultationActs, AreRefusedForEachFieldThatIsNotAsItMustBe) {
  Accept("EE");
  const std::vector<std::pair<std::string, std::function<void(Attempt&)>>> of_all = {
      {"references",
       [](Attempt& a) { a.act.add_references()->set_act_digest(std::string(32, 'a')); }},
      {"party set", [](Attempt& a) { a.act.mutable_audience()->mutable_own(); }},
      {"32 bytes",
       [](Attempt& a) { a.act.mutable_audience()->mutable_party_set()->set_digest(""); }},
      {"addressees", [](Attempt& a) { a.openings.emplace_back(); }},
      {"consultation_id",
       [](Attempt& a) {
         const auto* const kind = a.act.GetReflection()->GetOneofFieldDescriptor(
             a.act, a.act.GetDescriptor()->FindOneofByName("kind"));
         google::protobuf::Message& of_kind = *a.act.GetReflection()->MutableMessage(&a.act, kind);
         of_kind.GetReflection()->SetString(
             &of_kind, of_kind.GetDescriptor()->FindFieldByName("consultation_id"), "short");
       }},
  };
  for (const auto& [named, spoil] : of_all) {
    for (Attempt attempt : EveryConsultationAct(world_, Duty("LV"))) {
      SCOPED_TRACE(fmt::format("{} of {}", named, static_cast<int>(attempt.act.kind_case())));
      spoil(attempt);
      const Decision decision = world_.Decide(attempt);
      EXPECT_THAT(decision, IsRefusedAs(absl::StatusCode::kInvalidArgument));
      EXPECT_THAT(std::string(decision.verdict.message()), HasSubstr(named));
    }
  }
  const auto refuses = [&](Attempt attempt, const std::function<void(v1::Act&)>& spoil) {
    spoil(attempt.act);
    return world_.Decide(attempt).verdict.code() == absl::StatusCode::kInvalidArgument;
  };
  const v1::CredentialRecord& lv = Duty("LV");
  for (const Attempt& attempt :
       {Post(world_, lv), DraftRecord(world_, lv), FileStatement(world_, lv)}) {
    EXPECT_TRUE(refuses(attempt, [](v1::Act& act) { act.clear_manifest_digest(); }));
  }
  EXPECT_TRUE(refuses(ConfirmRecord(world_, lv),
                      [](v1::Act& act) { act.set_manifest_digest(std::string(32, 'm')); }));
  EXPECT_TRUE(refuses(ConfirmRecord(world_, lv), [](v1::Act& act) {
    act.mutable_confirm_record()->set_record_digest("short");
  }));
  EXPECT_TRUE(refuses(DraftRecord(world_, lv),
                      [](v1::Act& act) { act.mutable_draft_record()->clear_record_version(); }));
  EXPECT_TRUE(refuses(Answer(world_, Duty("FI"), v1::ANSWER_KIND_ACCEPT),
                      [](v1::Act& act) { act.mutable_answer()->clear_answer(); }));
  EXPECT_TRUE(
      refuses(Schedule(world_, lv), [](v1::Act& act) { act.mutable_schedule()->clear_from(); }));
  EXPECT_TRUE(refuses(Schedule(world_, lv), [](v1::Act& act) {
    *act.mutable_schedule()->mutable_from() = act.schedule().to();
  }));
  EXPECT_TRUE(refuses(Schedule(world_, lv), [](v1::Act& act) {
    act.mutable_schedule()->mutable_from()->set_seconds(1);
    act.mutable_schedule()->mutable_to()->set_seconds(2);
  }));
  EXPECT_TRUE(refuses(MarkHeld(world_, lv), [](v1::Act& act) {
    act.mutable_mark_held()->mutable_to()->set_seconds(act.author_time().seconds() + 1);
  }));
  EXPECT_TRUE(
      refuses(MarkHeld(world_, lv), [](v1::Act& act) { act.mutable_mark_held()->clear_to(); }));
}

TEST_F(ConsultationActs, EndSomewhereEvenIfNobodyEndsThem) {
  Accept("EE");
  v1::ConsultationRecord full = RecordOf("LV");
  while (full.history_size() < 1'000) {
    *full.add_history() = full.history(0);
  }
  ASSERT_THAT(world_.State("LV").Put(ConsultationKey(ConsultationId()), full.SerializeAsString()),
              IsOk());
  for (const Attempt& attempt : {Post(world_, Duty("LV")), Schedule(world_, Duty("LV"))}) {
    const Decision decision = world_.Decide(attempt);
    EXPECT_THAT(decision, IsRefusedAs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(std::string(decision.verdict.message()), HasSubstr("1000"));
  }
  for (const Attempt& attempt :
       {Leave(world_, Duty("LV")), Withdraw(world_, Duty("LV")), MarkHeld(world_, Duty("LV"))}) {
    EXPECT_THAT(world_.Decide(attempt), IsAccepted());
  }
}

TEST_F(ConsultationActs, AreDecidedTheSameWhateverOthersDo) {
  RulesWorld quiet;
  AddIntegrations(quiet);
  quiet.Perform(Request(quiet, quiet.Duty("LV"), {"EE", "FI", "SE"}));
  quiet.Perform(Answer(quiet, quiet.Duty("EE"), v1::ANSWER_KIND_ACCEPT));
  Accept("EE");
  const absl::Time later = world_.now() + absl::Hours(1);
  world_.Perform(Request(world_, Duty("SE"), {"FI"}, ConsultationId("another")));
  world_.Perform(world_.ToNamed(Duty("SE"), {"FI"}));
  world_.SetNow(later);
  quiet.SetNow(later);
  for (const std::string state : {"LV", "EE", "FI", "JP"}) {
    const std::vector<Attempt> loud = EveryConsultationAct(world_, Duty(state));
    const std::vector<Attempt> still = EveryConsultationAct(quiet, quiet.Duty(state));
    for (size_t i = 0; i < loud.size(); ++i) {
      EXPECT_EQ(Written(world_.Decide(loud[i])), Written(quiet.Decide(still[i])));
    }
  }
}

}  // namespace
}  // namespace cbm::rules
