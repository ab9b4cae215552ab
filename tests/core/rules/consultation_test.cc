// What an act makes of a consultation: every state, with every act, by everyone who has or had a
// part in it, against a table written down a second time; and what ends one without anybody saying
// so.

#include "core/rules/consultation.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/evidence/domain_hash.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace cbm::rules {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr absl::Time kRequestedAt = absl::FromUnixSeconds(1'772'355'600);  // 2026-03-01 09:00 UTC.
const absl::Time kNow = kRequestedAt + absl::Hours(1);

const std::vector<std::string> kStates = {"requested",
                                          "agreed",
                                          "scheduled",
                                          "held",
                                          "recording",
                                          "concluded_agreed",
                                          "concluded_not_agreed",
                                          "declined",
                                          "lapsed",
                                          "withdrawn"};

v1::Invitation Invited(const std::string& state, v1::AnswerKind answer) {
  v1::Invitation invitation;
  invitation.set_state(state);
  invitation.set_answer(answer);
  return invitation;
}

// LV asked EE (accepted), FI (declined), LT (has not answered), SE (accepted and left) and DE
// (accepted).
v1::ConsultationState InState(const std::string& word) {
  v1::ConsultationState state;
  state.set_consultation_id(std::string(32, 'i'));
  state.set_state(word == "lapsed" ? "requested" : word);
  state.set_requester("LV");
  *state.mutable_answer_by() =
      ToTimestamp(word == "lapsed" ? kNow - absl::Seconds(2) : kNow + absl::Hours(1));
  const bool accepted = word != "requested" && word != "lapsed" && word != "declined";
  for (const std::string party : {"DE", "EE"}) {
    if (accepted) {
      state.add_parties(party);
    }
  }
  state.add_parties("LV");
  state.add_invitees("LT");
  *state.add_invitations() =
      Invited("DE", accepted ? v1::ANSWER_KIND_ACCEPT : v1::ANSWER_KIND_DECLINE);
  *state.add_invitations() =
      Invited("EE", accepted ? v1::ANSWER_KIND_ACCEPT : v1::ANSWER_KIND_DECLINE);
  *state.add_invitations() = Invited("FI", v1::ANSWER_KIND_DECLINE);
  *state.add_invitations() = Invited("LT", v1::ANSWER_KIND_UNSPECIFIED);
  *state.add_invitations() = Invited("SE", v1::ANSWER_KIND_ACCEPT);
  *state.mutable_invitations(4)->mutable_left() = ToTimestamp(kNow);
  if (word == "recording" || word.starts_with("concluded")) {
    state.set_record_version(1);
    state.set_record_digest(std::string(32, 'r'));
  }
  return state;
}

v1::Act ActOf(const std::string& name, const std::string& party) {
  v1::Act act;
  act.set_party(party);
  if (name == "accept" || name == "decline" || name == "other_time" || name == "refer") {
    act.mutable_answer()->set_answer(name == "accept"       ? v1::ANSWER_KIND_ACCEPT
                                     : name == "decline"    ? v1::ANSWER_KIND_DECLINE
                                     : name == "other_time" ? v1::ANSWER_KIND_OTHER_TIME
                                                            : v1::ANSWER_KIND_REFER);
  } else if (name == "schedule") {
    *act.mutable_schedule()->mutable_from() = ToTimestamp(kNow + absl::Hours(1));
    *act.mutable_schedule()->mutable_to() = ToTimestamp(kNow + absl::Hours(2));
  } else if (name == "postpone") {
    act.mutable_schedule();
  } else if (name == "post") {
    act.mutable_post();
  } else if (name == "held") {
    *act.mutable_mark_held()->mutable_from() = ToTimestamp(kNow - absl::Hours(2));
    *act.mutable_mark_held()->mutable_to() = ToTimestamp(kNow - absl::Hours(1));
  } else if (name == "confirm") {
    act.mutable_confirm_record()->set_record_digest(std::string(32, 'r'));
  } else if (name == "refuse") {
    act.mutable_refuse_record()->set_record_digest(std::string(32, 'r'));
  } else if (name == "statement") {
    act.mutable_file_statement();
  } else if (name == "leave") {
    act.mutable_leave();
  } else if (name == "withdraw") {
    act.mutable_withdraw_consultation();
  }
  return act;
}

v1::Act DraftBy(const std::string& party, uint32_t version) {
  v1::Act act;
  act.set_party(party);
  act.mutable_draft_record()->set_record_version(version);
  return act;
}

absl::StatusOr<v1::ConsultationState> Next(const v1::ConsultationState& before, const v1::Act& act,
                                           absl::Time now = kNow) {
  return NextConsultation(before, act, Sha256("an act"), now);
}

// The state after an act that must be allowed.
v1::ConsultationState After(const v1::ConsultationState& before, const v1::Act& act,
                            absl::Time now = kNow) {
  absl::StatusOr<v1::ConsultationState> next = Next(before, act, now);
  EXPECT_THAT(next, IsOk());
  return next.value_or(before);
}

// For each act: who may, and what each state becomes; what is not here is refused. The codes are
// R(equester), P(arty), I(nvitee).
struct Allowed {
  std::string_view act;
  std::string_view who;
  std::map<std::string, std::string> states;
};
const std::vector<Allowed>& AllowedActs() {
  static const auto& table = *new std::vector<Allowed>{
      {"accept",
       "I",
       {{"requested", "agreed"},
        {"agreed", "agreed"},
        {"scheduled", "scheduled"},
        {"held", "held"},
        {"recording", "recording"}}},
      {"decline",
       "I",
       {{"requested", "declined"},  // It was the last that was asked.
        {"agreed", "agreed"},
        {"scheduled", "scheduled"},
        {"held", "held"},
        {"recording", "recording"}}},
      {"other_time",
       "I",
       {{"requested", "requested"},
        {"agreed", "agreed"},
        {"scheduled", "scheduled"},
        {"held", "held"},
        {"recording", "recording"}}},
      {"refer",
       "I",
       {{"requested", "requested"},
        {"agreed", "agreed"},
        {"scheduled", "scheduled"},
        {"held", "held"},
        {"recording", "recording"}}},
      {"schedule", "RP", {{"agreed", "scheduled"}, {"scheduled", "scheduled"}}},
      {"postpone", "RP", {{"agreed", "agreed"}, {"scheduled", "agreed"}}},
      {"post",
       "RP",
       {{"agreed", "agreed"},
        {"scheduled", "scheduled"},
        {"held", "held"},
        {"recording", "recording"}}},
      {"held", "RP", {{"agreed", "held"}, {"scheduled", "held"}}},
      {"draft 1", "RP", {{"held", "recording"}}},
      {"draft 2", "RP", {{"recording", "recording"}}},
      {"confirm", "RP", {{"recording", "recording"}}},
      {"refuse", "RP", {{"recording", "recording"}}},
      {"statement", "RP", {{"held", "held"}, {"recording", "recording"}}},
      {"leave",
       "RP",
       {{"agreed", "agreed"},
        {"scheduled", "scheduled"},
        {"held", "held"},
        {"recording", "recording"}}},
      {"withdraw",
       "R",
       {{"requested", "withdrawn"}, {"agreed", "withdrawn"}, {"scheduled", "withdrawn"}}},
  };
  return table;
}

TEST(Consultation, IsTakenFurtherByWhatTheTableAllowsAndByNothingElse) {
  const std::map<std::string, char> roles = {{"LV", 'R'}, {"EE", 'P'}, {"LT", 'I'},
                                             {"FI", 'D'}, {"SE", 'L'}, {"JP", 'S'}};
  for (const Allowed& row : AllowedActs()) {
    for (const std::string& state : kStates) {
      for (const auto& [party, role] : roles) {
        SCOPED_TRACE(fmt::format("{} by {} when {}", row.act, party, state));
        const v1::ConsultationState before = InState(state);
        // Before the first acceptance EE is no party; it is one that declined.
        const bool is_party = before.parties_size() > 1;
        const char now_is = role == 'P' && !is_party ? 'D' : role;
        const v1::Act act = row.act.starts_with("draft")
                                ? DraftBy(party, row.act.ends_with('1') ? 1 : 2)
                                : ActOf(std::string(row.act), party);
        const auto next = Next(before, act);
        const auto becomes = row.states.find(state);
        if (now_is == 'S') {
          EXPECT_THAT(next, HasCode(absl::StatusCode::kNotFound));
        } else if (row.who.find(now_is) != std::string_view::npos && becomes != row.states.end()) {
          ASSERT_THAT(next, IsOk());
          EXPECT_EQ(next->state(), becomes->second);
        } else if (row.act.starts_with("draft") && (now_is == 'R' || now_is == 'P') &&
                   (state == "held" || state == "recording")) {
          EXPECT_THAT(next, HasCode(absl::StatusCode::kAborted));  // Another version is next.
        } else {
          ASSERT_THAT(next, HasCode(absl::StatusCode::kFailedPrecondition));
          EXPECT_GT(next.status().message().size(), 20u);
        }
      }
    }
  }
}

TEST(Consultation, KnowsWhatEachStateIsInIt) {
  const v1::ConsultationState state = InState("agreed");
  const std::map<std::string, v1::Standing> expected = {
      {"LV", v1::STANDING_REQUESTER}, {"EE", v1::STANDING_PARTY}, {"LT", v1::STANDING_INVITED},
      {"FI", v1::STANDING_DECLINED},  {"SE", v1::STANDING_LEFT},  {"JP", v1::STANDING_UNSPECIFIED},
      {"", v1::STANDING_UNSPECIFIED}};
  for (const auto& [party, standing] : expected) {
    EXPECT_EQ(StandingOf(state, party), standing) << party;
  }
}

TEST(Consultation, NamesItsPartySetAsTheFormatSays) {
  const v1::ConsultationState state = InState("agreed");
  EXPECT_EQ(PartySetOf(state), BytesOf(PartySetDigest({.consultation_id = std::string(32, 'i'),
                                                       .parties = {"DE", "EE", "LV"},
                                                       .invitees = {"LT"}})));
  EXPECT_THAT(DescribePartySet(state), HasSubstr("DE, EE, LV; still asked: LT"));
}

TEST(Consultation, IsAgreedByTheFirstAcceptanceAndKeepsItsTime) {
  const v1::ConsultationState first = After(InState("requested"), ActOf("accept", "LT"));
  EXPECT_EQ(first.state(), "agreed");
  EXPECT_THAT(first.parties(), ElementsAre("LT", "LV"));
  EXPECT_THAT(first.invitees(), ElementsAre());
  EXPECT_EQ(FromTimestamp(first.accepted()), kNow);

  v1::ConsultationState agreed = InState("agreed");
  *agreed.mutable_accepted() = ToTimestamp(kRequestedAt);
  const v1::ConsultationState second = After(agreed, ActOf("accept", "LT"));
  EXPECT_THAT(second.parties(), ElementsAre("DE", "EE", "LT", "LV"));
  EXPECT_EQ(FromTimestamp(second.accepted()), kRequestedAt);
}

TEST(Consultation, IsDeclinedOnceAllHaveDeclined) {
  v1::ConsultationState two = InState("requested");
  two.add_invitees("NO");
  *two.add_invitations() = Invited("NO", v1::ANSWER_KIND_OTHER_TIME);
  const v1::ConsultationState one = After(two, ActOf("decline", "LT"));
  EXPECT_EQ(one.state(), "requested");
  EXPECT_FALSE(one.has_concluded());
  const v1::ConsultationState none = After(one, ActOf("decline", "NO"));
  EXPECT_EQ(none.state(), "declined");
  EXPECT_EQ(FromTimestamp(none.concluded()), kNow);
  EXPECT_THAT(none.parties(), ElementsAre("LV"));
}

TEST(Consultation, LapsesPastItsDeadlineAndNotAtIt) {
  v1::ConsultationState state = InState("requested");
  const absl::Time deadline = kNow + absl::Milliseconds(250);
  *state.mutable_answer_by() = ToTimestamp(deadline);
  for (const absl::Time in_time : {kNow, deadline}) {
    EXPECT_EQ(StateAt(state, in_time), "requested");
    EXPECT_THAT(Next(state, ActOf("accept", "LT"), in_time), IsOk());
  }
  const absl::Time late = deadline + absl::Microseconds(1);
  EXPECT_EQ(StateAt(state, late), "lapsed");
  const auto refused = Next(state, ActOf("accept", "LT"), late);
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(refused.status().message(), HasSubstr("lapsed"));
  EXPECT_EQ(state.state(), "requested") << "it is computed, not written";
}

TEST(Consultation, DoesNotLapseOnceAccepted) {
  const absl::Time late = kNow + absl::Hours(24 * 400);
  for (const std::string& word : kStates) {
    if (word != "requested" && word != "lapsed") {
      EXPECT_EQ(StateAt(InState(word), late), word);
    }
  }
  EXPECT_THAT(Next(InState("agreed"), ActOf("accept", "LT"), late), IsOk()) << "late, and taken";
}

TEST(Consultation, RecordIsAgreedOnceEveryPartyConfirmedOneVersion) {
  v1::ConsultationState state = InState("recording");
  state = After(state, ActOf("confirm", "EE"));
  state = After(state, ActOf("confirm", "LV"));
  EXPECT_EQ(state.state(), "recording");
  EXPECT_THAT(state.confirmed(), ElementsAre("EE", "LV"));
  EXPECT_THAT(Next(state, ActOf("confirm", "EE")), HasCode(absl::StatusCode::kFailedPrecondition));

  v1::ConsultationState redrafted = After(state, DraftBy("LV", 2));
  EXPECT_EQ(redrafted.record_version(), 2u);
  EXPECT_EQ(redrafted.record_digest(), BytesOf(Sha256("an act")));
  EXPECT_THAT(redrafted.confirmed(), ElementsAre());
  EXPECT_THAT(Next(redrafted, ActOf("confirm", "DE")), HasCode(absl::StatusCode::kAborted));

  state = After(state, ActOf("confirm", "DE"));
  EXPECT_EQ(state.state(), "concluded_agreed");
  EXPECT_EQ(FromTimestamp(state.concluded()), kNow);
}

TEST(Consultation, PartyMayChangeItsMindAboutARecord) {
  v1::ConsultationState state = After(InState("recording"), ActOf("confirm", "EE"));
  state = After(state, ActOf("refuse", "EE"));
  EXPECT_THAT(state.confirmed(), ElementsAre());
  EXPECT_THAT(state.refused(), ElementsAre("EE"));
  EXPECT_THAT(Next(state, ActOf("refuse", "EE")), HasCode(absl::StatusCode::kFailedPrecondition));
  state = After(state, ActOf("confirm", "EE"));
  EXPECT_THAT(state.confirmed(), ElementsAre("EE"));
  EXPECT_THAT(state.refused(), ElementsAre());
  EXPECT_THAT(After(After(state, ActOf("refuse", "DE")), DraftBy("DE", 2)).refused(),
              ElementsAre());
}

TEST(Consultation, EndsWithoutARecordOnceEveryPartyFiledAStatement) {
  for (const std::string word : {"held", "recording"}) {
    v1::ConsultationState state = InState(word);
    state = After(state, ActOf("statement", "EE"));
    EXPECT_THAT(Next(state, ActOf("statement", "EE")),
                HasCode(absl::StatusCode::kFailedPrecondition));
    state = After(state, ActOf("statement", "LV"));
    EXPECT_EQ(state.state(), word);
    state = After(state, ActOf("statement", "DE"));
    EXPECT_EQ(state.state(), "concluded_not_agreed");
    EXPECT_EQ(FromTimestamp(state.concluded()), kNow);
  }
}

TEST(Consultation, StatementsDoNotKeepARecordFromBeingAgreed) {
  v1::ConsultationState state = After(InState("recording"), ActOf("statement", "EE"));
  for (const std::string party : {"DE", "EE", "LV"}) {
    state = After(state, ActOf("confirm", party));
  }
  EXPECT_EQ(state.state(), "concluded_agreed");
}

TEST(Consultation, EndsWithoutARecordWhenOnePartyIsLeft) {
  for (const std::string word : {"agreed", "scheduled", "held", "recording"}) {
    v1::ConsultationState state = After(InState(word), ActOf("leave", "DE"));
    EXPECT_EQ(state.state(), word);
    EXPECT_THAT(state.parties(), ElementsAre("EE", "LV"));
    EXPECT_EQ(StandingOf(state, "DE"), v1::STANDING_LEFT);
    const v1::ConsultationState one = After(state, ActOf("leave", "EE"));
    EXPECT_EQ(one.state(), "concluded_not_agreed");
    const v1::ConsultationState without_requester = After(state, ActOf("leave", "LV"));
    EXPECT_EQ(without_requester.state(), "concluded_not_agreed");
    EXPECT_EQ(StandingOf(without_requester, "LV"), v1::STANDING_LEFT);
  }
}

TEST(Consultation, LeaverNoLongerCountsForTheRecord) {
  v1::ConsultationState state = After(InState("recording"), ActOf("confirm", "EE"));
  state = After(state, ActOf("confirm", "LV"));
  EXPECT_EQ(After(state, ActOf("leave", "DE")).state(), "concluded_agreed");
  state = After(InState("recording"), ActOf("confirm", "DE"));
  EXPECT_THAT(After(state, ActOf("leave", "DE")).confirmed(), ElementsAre());
}

TEST(Consultation, KeepsTheTimesOfItsMeeting) {
  v1::ConsultationState state = After(InState("agreed"), ActOf("schedule", "EE"));
  EXPECT_EQ(FromTimestamp(state.meeting_from()), kNow + absl::Hours(1));
  EXPECT_EQ(FromTimestamp(state.meeting_to()), kNow + absl::Hours(2));
  const v1::ConsultationState postponed = After(state, ActOf("postpone", "LV"));
  EXPECT_FALSE(postponed.has_meeting_from() || postponed.has_meeting_to());
  const v1::ConsultationState held = After(state, ActOf("held", "LV"));
  EXPECT_EQ(FromTimestamp(held.held_from()), kNow - absl::Hours(2));
  EXPECT_EQ(FromTimestamp(held.held_to()), kNow - absl::Hours(1));
  EXPECT_EQ(FromTimestamp(held.marked_held()), kNow);
  EXPECT_EQ(FromTimestamp(held.meeting_from()), kNow + absl::Hours(1));
}

TEST(Consultation, PostChangesNothing) {
  const v1::ConsultationState state = InState("scheduled");
  EXPECT_EQ(After(state, ActOf("post", "EE")).SerializeAsString(), state.SerializeAsString());
}

TEST(Consultation, IsShownWithTheStateOfTheMomentToThoseWhoTakePart) {
  v1::ConsultationRecord record;
  *record.mutable_state() = InState("lapsed");
  for (const v1::Standing standing :
       {v1::STANDING_UNSPECIFIED, v1::STANDING_REQUESTER, v1::STANDING_INVITED}) {
    record.set_standing(standing);
    EXPECT_EQ(ShownAt(record, kNow).state().state(), "lapsed");
    EXPECT_EQ(ShownAt(record, kNow - absl::Hours(1)).state().state(), "requested");
  }
  record.set_standing(v1::STANDING_DECLINED);
  EXPECT_EQ(ShownAt(record, kNow).state().state(), "requested") << "it is not told what came of it";

  // A clock that was set back does not undo what was shown after a later entry.
  record.set_standing(v1::STANDING_INVITED);
  *record.add_history()->mutable_time() = ToTimestamp(kNow);
  EXPECT_EQ(ShownAt(record, kNow - absl::Hours(1)).state().state(), "lapsed");
}

TEST(Consultation, HasActsOfItsOwnRangeAlone) {
  std::set<int> kinds;
  for (int kind = 0; kind <= v1::ActKind_MAX; ++kind) {
    if (IsOfConsultation(static_cast<v1::ActKind>(kind))) {
      kinds.insert(kind);
    }
  }
  EXPECT_THAT(kinds, ElementsAre(140, 141, 142, 143, 144, 145, 146, 147, 148, 149, 150));
}

}  // namespace
}  // namespace cbm::rules
