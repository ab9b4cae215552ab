// Who learns what of a consultation, in a world where everybody has a ledger: those who take part,
// the secretariat and the auditor what is theirs, and a State that declined or left nothing later.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/rules/consultation.h"
#include "core/rules/content_access.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/core/rules/consultation_case.h"
#include "tests/support/consultation_acts.h"
#include "tests/support/rules_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::rules {
namespace {

using ::cbm::test::Attempt;
using ::cbm::test::ConsultationCase;
using ::cbm::test::ConsultationIn;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::IsRefusedAs;
using ::cbm::test::OnlyEntry;
using ::cbm::test::RulesWorld;
using ::cbm::test::ToldBy;
using ::cbm::test::Written;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using ConsultationReaders = ConsultationCase;

TEST_F(ConsultationReaders, RequestIsGivenToThoseAskedWithTheWholeList) {
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
    EXPECT_EQ(told.consultation_id(), BytesOf(request_.act_digest));
    EXPECT_EQ(RecordOf(state).request().format(), v1::CONSULTATION_FORMAT_VIDEO);
  }
  EXPECT_EQ(RecordOf("LV").standing(), v1::STANDING_REQUESTER);
  EXPECT_EQ(RecordOf("FI").standing(), v1::STANDING_INVITED);
}

TEST_F(ConsultationReaders, SecretariatIsToldPartiesAndTimesAndNoContent) {
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
                                 v1::ACT_KIND_DRAFT_RECORD, v1::ACT_KIND_CONFIRM_RECORD))
      << "of what changed state, parties or meeting, and of that alone";
}

TEST_F(ConsultationReaders, SecretariatIsToldOfADraftOrAStatementThatChangesTheState) {
  Accept("EE");
  Hold();
  const auto told = [this](const Attempt& attempt) {
    return ToldBy(Do(attempt).decision.entries).at(1) == "secretariat header summary";
  };
  const test::Performed draft = Do(DraftRecord(world_, Duty("EE")));
  const NewEntry& header = OnlyEntry(draft.decision, LedgerId::Secretariat());
  EXPECT_FALSE(header.gives_contents);
  EXPECT_EQ(header.delivered_to, "");
  const v1::Summary& summary = header.entry.summary();
  EXPECT_EQ(summary.new_state(), "recording");
  EXPECT_EQ(summary.party(), "");
  EXPECT_EQ(summary.commitment(), RecordOf("LV").state().invitations(0).commitment());
  EXPECT_EQ(summary.record_version(), 0u);
  EXPECT_EQ(header.entry.effect().consultation().record_version(), 0u);
  EXPECT_EQ(header.entry.effect().consultation().record_digest(), "");
  EXPECT_FALSE(told(DraftRecord(world_, Duty("LV")))) << "it was recording already";
  EXPECT_FALSE(told(FileStatement(world_, Duty("LV")))) << "EE has not filed its own";
  EXPECT_FALSE(told(ConfirmRecord(world_, Duty("LV"))));
  EXPECT_TRUE(told(FileStatement(world_, Duty("EE")))) << "it is over";
  const v1::ConsultationRecord seen = ConsultationIn(world_, LedgerId::Secretariat());
  EXPECT_EQ(seen.state().state(), "concluded_not_agreed");
  EXPECT_TRUE(seen.state().has_concluded());
  EXPECT_THAT(seen.state().statements(), IsEmpty());
}

TEST_F(ConsultationReaders, AuditorIsToldNoParty) {
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

TEST_F(ConsultationReaders, AreToldToThePartiesAndToThoseStillAsked) {
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
  EXPECT_THAT(
      ToldBy(Do(DraftRecord(world_, Duty("LV"))).decision.entries),
      ElementsAre("auditor header summary", "secretariat header summary", "state/EE addressed act",
                  "state/LV own act", "state/SE informed summary"));
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

TEST_F(ConsultationReaders, WhoIsStillAskedLearnsOfADraftThatItIsAndNothingOfIt) {
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

TEST_F(ConsultationReaders, NothingLaterReachesADeclinerOrALeaver) {
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
TEST_F(ConsultationReaders, DeclinerCannotTellFromARefusalWhatCameLater) {
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

TEST_F(ConsultationReaders, OfAnotherStateAreAnsweredAsIfThereWereNoConsultation) {
  for (const Attempt& attempt : EveryConsultationAct(world_, Duty("JP"))) {
    const Decision decision = world_.Decide(attempt);
    EXPECT_THAT(decision, IsRefusedAs(absl::StatusCode::kNotFound));
    EXPECT_EQ(decision.verdict.message(), "there is no such consultation");
  }
  Attempt unknown = Post(world_, Duty("LV"));
  unknown.act.mutable_post()->set_consultation_id(std::string(kDigestBytes, 'u'));
  EXPECT_THAT(world_.Decide(unknown), IsRefusedAs(absl::StatusCode::kNotFound));
  EXPECT_EQ(world_.Decide(unknown).verdict.message(), "there is no such consultation");
}

TEST_F(ConsultationReaders, WhatIsAskedByNobodyAnyLongerIsToldOnlyToTheParties) {
  Accept("EE");
  Hold();
  Do(FileStatement(world_, Duty("EE")));
  Do(FileStatement(world_, Duty("LV")));
  EXPECT_EQ(StateOf("SE"), "concluded_not_agreed") << "who is asked learns that it is over";
  EXPECT_THAT(world_.Decide(Answer(world_, Duty("SE"), v1::ANSWER_KIND_ACCEPT)),
              IsRefusedAs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(ConsultationReaders, HistoryShowsEachPartyWhatItWasGiven) {
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

TEST_F(ConsultationReaders, ContentsNeedNoOpenAndAreThePartiesAlone) {
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

TEST_F(ConsultationReaders, AreDecidedTheSameWhateverOthersDo) {
  RulesWorld quiet;
  AddIntegrations(quiet);
  quiet.Perform(Request(quiet, quiet.Duty("LV"), {"EE", "FI", "SE"}));
  quiet.Perform(Answer(quiet, quiet.Duty("EE"), v1::ANSWER_KIND_ACCEPT));
  Accept("EE");
  const absl::Time later = world_.now() + absl::Hours(1);
  world_.Perform(Request(world_, Duty("SE"), {"FI"}));
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
