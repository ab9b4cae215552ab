#include "core/rules/consultation.h"

#include <algorithm>
#include <vector>

#include "core/base/status_macros.h"
#include "core/rules/deadlines.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"
#include "fmt/format.h"

namespace cbm::rules {

using namespace consultation;  // NOLINT(google-build-using-namespace): its words, and nothing else.

namespace {

using Names = google::protobuf::RepeatedPtrField<std::string>;

bool Contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void Insert(const std::string& name, Names& names) {
  if (!Contains(names, name)) {
    *names.Add() = name;
    std::sort(names.begin(), names.end());
  }
}

void Remove(std::string_view name, Names& names) {
  names.erase(std::remove(names.begin(), names.end(), name), names.end());
}

absl::Status First(std::string_view text) {
  return absl::FailedPreconditionError(std::string(text));
}

v1::Invitation* FindInvitation(v1::ConsultationState& state, std::string_view party) {
  for (v1::Invitation& invitation : *state.mutable_invitations()) {
    if (invitation.state() == party) {
      return &invitation;
    }
  }
  return nullptr;
}

// What has to come first, or why nothing can, where `state` does not allow an act.
absl::Status NotIn(std::string_view state) {
  if (state == kRequested) {
    return First("nobody has accepted the consultation yet: wait for an answer");
  }
  if (state == kAgreed || state == kScheduled) {
    return First("the meeting has not been held yet: mark it held first");
  }
  if (state == kHeld) {
    return First(
        "the meeting was held, and no record is drafted yet: draft one, or file a statement");
  }
  if (state == kRecording) {
    return First(
        "the meeting was held, and its record is being agreed: confirm or refuse it, draft another "
        "version, or file a statement");
  }
  return First(fmt::format("the consultation is over ({}): request another", state));
}

// Who may do what, and in which states.
struct Row {
  v1::ActKind kind;
  v1::Standing least;  // PARTY means the requester too.
  std::vector<std::string_view> states;
};

const Row& RowOf(v1::ActKind kind) {
  static const std::vector<Row>& rows = *new std::vector<Row>{
      {v1::ACT_KIND_ANSWER,
       v1::STANDING_INVITED,
       {kRequested, kAgreed, kScheduled, kHeld, kRecording}},
      {v1::ACT_KIND_SCHEDULE, v1::STANDING_PARTY, {kAgreed, kScheduled}},
      {v1::ACT_KIND_POST, v1::STANDING_PARTY, {kAgreed, kScheduled, kHeld, kRecording}},
      {v1::ACT_KIND_MARK_HELD, v1::STANDING_PARTY, {kAgreed, kScheduled}},
      {v1::ACT_KIND_DRAFT_RECORD, v1::STANDING_PARTY, {kHeld, kRecording}},
      {v1::ACT_KIND_CONFIRM_RECORD, v1::STANDING_PARTY, {kRecording}},
      {v1::ACT_KIND_REFUSE_RECORD, v1::STANDING_PARTY, {kRecording}},
      {v1::ACT_KIND_FILE_STATEMENT, v1::STANDING_PARTY, {kHeld, kRecording}},
      {v1::ACT_KIND_LEAVE, v1::STANDING_PARTY, {kAgreed, kScheduled, kHeld, kRecording}},
      {v1::ACT_KIND_WITHDRAW_CONSULTATION,
       v1::STANDING_REQUESTER,
       {kRequested, kAgreed, kScheduled}},
      {v1::ACT_KIND_UNSPECIFIED, v1::STANDING_UNSPECIFIED, {}},
  };
  return *std::find_if(rows.begin(), rows.end() - 1,
                       [kind](const Row& row) { return row.kind == kind; });
}

absl::Status CheckStanding(v1::Standing least, v1::Standing standing) {
  switch (standing) {
    case v1::STANDING_DECLINED:
      return First(
          "your State declined this consultation, and takes no part in it: request another");
    case v1::STANDING_LEFT:
      return First("your State left this consultation, and takes no part in it: request another");
    case v1::STANDING_REQUESTER:
      return least == v1::STANDING_INVITED ? First("your State requested this consultation itself")
                                           : absl::OkStatus();
    case v1::STANDING_PARTY:
      if (least == v1::STANDING_INVITED) {
        return First("your State has accepted this consultation already: leave it to end its part");
      }
      return least == v1::STANDING_REQUESTER
                 ? First("the requester alone withdraws a consultation: leave it to end your part")
                 : absl::OkStatus();
    case v1::STANDING_INVITED:
      return least == v1::STANDING_INVITED
                 ? absl::OkStatus()
                 : First("your State is asked and no party yet: accept, or decline");
    default:
      return NoSuchConsultation();
  }
}

void Conclude(std::string_view state, absl::Time now, v1::ConsultationState& consultation) {
  consultation.set_state(std::string(state));
  *consultation.mutable_concluded() = ToTimestamp(now);
}

// The ends that nobody declares: they follow from what was done.
void Settle(absl::Time now, v1::ConsultationState& consultation) {
  const int parties = consultation.parties_size();
  if (consultation.state() == kRequested) {
    if (consultation.invitees().empty()) {
      Conclude(kDeclined, now, consultation);
    }
  } else if (parties == 1 || consultation.statements_size() == parties) {
    Conclude(kConcludedNotAgreed, now, consultation);
  } else if (consultation.confirmed_size() == parties) {
    Conclude(kConcludedAgreed, now, consultation);
  }
}

void TakeAnswer(const v1::Act& act, absl::Time now, v1::ConsultationState& next) {
  v1::Invitation& invitation = *FindInvitation(next, act.party());
  invitation.set_answer(act.answer().answer());
  *invitation.mutable_answered() = ToTimestamp(now);
  if (act.answer().answer() == v1::ANSWER_KIND_ACCEPT) {
    Remove(act.party(), *next.mutable_invitees());
    Insert(act.party(), *next.mutable_parties());
    if (next.state() == kRequested) {
      next.set_state(std::string(kAgreed));
      *next.mutable_accepted() = ToTimestamp(now);
    }
  } else if (act.answer().answer() == v1::ANSWER_KIND_DECLINE) {
    Remove(act.party(), *next.mutable_invitees());
  }
}

void TakeLeave(const v1::Act& act, absl::Time now, v1::ConsultationState& next) {
  if (act.party() == next.requester()) {
    *next.mutable_requester_left() = ToTimestamp(now);
  } else {
    *FindInvitation(next, act.party())->mutable_left() = ToTimestamp(now);
  }
  for (Names* const names : {next.mutable_parties(), next.mutable_confirmed(),
                             next.mutable_refused(), next.mutable_statements()}) {
    Remove(act.party(), *names);
  }
}

void TakeSchedule(const v1::Schedule& schedule, v1::ConsultationState& next) {
  if (!schedule.has_from()) {
    next.set_state(std::string(kAgreed));
    next.clear_meeting_from();
    next.clear_meeting_to();
    return;
  }
  next.set_state(std::string(kScheduled));
  *next.mutable_meeting_from() = schedule.from();
  *next.mutable_meeting_to() = schedule.to();
}

void TakeHeld(const v1::MarkHeld& held, absl::Time now, v1::ConsultationState& next) {
  next.set_state(std::string(kHeld));
  *next.mutable_held_from() = held.from();
  *next.mutable_held_to() = held.to();
  *next.mutable_marked_held() = ToTimestamp(now);
}

absl::Status TakeDraft(const v1::DraftRecord& draft, const Digest& act_digest,
                       v1::ConsultationState& next) {
  if (draft.record_version() != next.record_version() + 1) {
    return absl::AbortedError(fmt::format(
        "the record is at version {} now, so the next is {}, not {}: read it, and draft "
        "again",
        next.record_version(), next.record_version() + 1, draft.record_version()));
  }
  next.set_state(std::string(kRecording));
  next.set_record_version(draft.record_version());
  next.set_record_digest(std::string(BytesOf(act_digest)));
  next.clear_confirmed();
  next.clear_refused();
  return absl::OkStatus();
}

// A party may change its mind; the last word counts.
absl::Status TakeWord(const std::string& party, std::string_view record_digest, bool confirms,
                      v1::ConsultationState& next) {
  if (record_digest != next.record_digest()) {
    return absl::AbortedError(
        fmt::format("the record is at version {} now, and you mean another: read it, and decide "
                    "again",
                    next.record_version()));
  }
  Names& to = confirms ? *next.mutable_confirmed() : *next.mutable_refused();
  Names& from = confirms ? *next.mutable_refused() : *next.mutable_confirmed();
  if (Contains(to, party)) {
    return First(fmt::format("your State has {} version {} of the record already",
                             confirms ? "confirmed" : "refused", next.record_version()));
  }
  Remove(party, from);
  Insert(party, to);
  return absl::OkStatus();
}

absl::Status TakeStatement(const std::string& party, v1::ConsultationState& next) {
  if (Contains(next.statements(), party)) {
    return First("your State has filed its statement already");
  }
  Insert(party, *next.mutable_statements());
  return absl::OkStatus();
}

absl::Status Take(const v1::Act& act, const Digest& act_digest, absl::Time now,
                  v1::ConsultationState& next) {
  switch (act.kind_case()) {
    case v1::Act::kAnswer:
      TakeAnswer(act, now, next);
      return absl::OkStatus();
    case v1::Act::kSchedule:
      TakeSchedule(act.schedule(), next);
      return absl::OkStatus();
    case v1::Act::kMarkHeld:
      TakeHeld(act.mark_held(), now, next);
      return absl::OkStatus();
    case v1::Act::kDraftRecord:
      return TakeDraft(act.draft_record(), act_digest, next);
    case v1::Act::kConfirmRecord:
      return TakeWord(act.party(), act.confirm_record().record_digest(), true, next);
    case v1::Act::kRefuseRecord:
      return TakeWord(act.party(), act.refuse_record().record_digest(), false, next);
    case v1::Act::kFileStatement:
      return TakeStatement(act.party(), next);
    case v1::Act::kLeave:
      TakeLeave(act, now, next);
      return absl::OkStatus();
    case v1::Act::kWithdrawConsultation:
      Conclude(kWithdrawn, now, next);
      return absl::OkStatus();
    default:
      return absl::OkStatus();  // A post changes nothing.
  }
}

}  // namespace

absl::Status NoSuchConsultation() { return absl::NotFoundError("there is no such consultation"); }

bool IsOfConsultation(v1::ActKind kind) {
  return kind == v1::ACT_KIND_CONSULTATION_REQUEST || RowOf(kind).kind != v1::ACT_KIND_UNSPECIFIED;
}

std::string_view ConsultationIdOf(const v1::Act& act, std::string_view act_digest) {
  switch (act.kind_case()) {
    case v1::Act::kConsultationRequest:
      return act_digest;
    case v1::Act::kAnswer:
      return act.answer().consultation_id();
    case v1::Act::kSchedule:
      return act.schedule().consultation_id();
    case v1::Act::kPost:
      return act.post().consultation_id();
    case v1::Act::kMarkHeld:
      return act.mark_held().consultation_id();
    case v1::Act::kDraftRecord:
      return act.draft_record().consultation_id();
    case v1::Act::kConfirmRecord:
      return act.confirm_record().consultation_id();
    case v1::Act::kRefuseRecord:
      return act.refuse_record().consultation_id();
    case v1::Act::kFileStatement:
      return act.file_statement().consultation_id();
    case v1::Act::kLeave:
      return act.leave().consultation_id();
    case v1::Act::kWithdrawConsultation:
      return act.withdraw_consultation().consultation_id();
    default:
      return {};
  }
}

std::string_view StateAt(const v1::ConsultationState& consultation, absl::Time now) {
  const bool lapsed =
      consultation.state() == kRequested && IsPast(FromTimestamp(consultation.answer_by()), now);
  return lapsed ? kLapsed : std::string_view{consultation.state()};
}

bool IsOpen(std::string_view state) {
  return state == kRequested || state == kAgreed || state == kScheduled || state == kHeld ||
         state == kRecording;
}

v1::Standing StandingOf(const v1::ConsultationState& consultation, std::string_view state) {
  if (consultation.requester() == state) {
    return consultation.has_requester_left() ? v1::STANDING_LEFT : v1::STANDING_REQUESTER;
  }
  for (const v1::Invitation& invitation : consultation.invitations()) {
    if (invitation.state() != state) {
      continue;
    }
    if (invitation.has_left()) {
      return v1::STANDING_LEFT;
    }
    switch (invitation.answer()) {
      case v1::ANSWER_KIND_ACCEPT:
        return v1::STANDING_PARTY;
      case v1::ANSWER_KIND_DECLINE:
        return v1::STANDING_DECLINED;
      default:
        return v1::STANDING_INVITED;
    }
  }
  return v1::STANDING_UNSPECIFIED;
}

std::string PartySetOf(const v1::ConsultationState& consultation) {
  const std::string codes = fmt::format("{}{}{}", fmt::join(consultation.parties(), ""), '\0',
                                        fmt::join(consultation.invitees(), ""));
  return std::string(BytesOf(Sha256({"cbm.v1/parties", consultation.consultation_id(), codes})));
}

std::string DescribePartySet(const v1::ConsultationState& consultation) {
  return consultation.invitees().empty() ? fmt::format("the parties are {}; nobody is still asked",
                                                       fmt::join(consultation.parties(), ", "))
                                         : fmt::format("the parties are {}; still asked: {}",
                                                       fmt::join(consultation.parties(), ", "),
                                                       fmt::join(consultation.invitees(), ", "));
}

v1::ConsultationState NewConsultation(const v1::Act& request, const Digest& act_digest,
                                      absl::Time now) {
  const v1::ConsultationRequest& asked = request.consultation_request();
  v1::ConsultationState consultation;
  consultation.set_consultation_id(std::string(BytesOf(act_digest)));
  consultation.set_state(std::string(kRequested));
  consultation.add_parties(request.party());
  consultation.set_requester(request.party());
  *consultation.mutable_requested() = ToTimestamp(now);
  consultation.set_precedence(asked.notification().precedence());
  consultation.set_context(asked.notification().context());
  consultation.set_marking(asked.notification().marking());
  return consultation;
}

void Invite(const v1::AddresseeOpening& opening, v1::ConsultationState& consultation) {
  v1::Invitation& invitation = *consultation.add_invitations();
  invitation.set_state(opening.state());
  invitation.set_commitment(CommitmentOf(opening));
  consultation.add_invitees(opening.state());
}

absl::StatusOr<v1::ConsultationState> NextConsultation(const v1::ConsultationState& before,
                                                       const v1::Act& act, const Digest& act_digest,
                                                       absl::Time now) {
  const auto kind = static_cast<v1::ActKind>(act.kind_case());
  const Row& row = RowOf(kind);
  CBM_RETURN_IF_ERROR(CheckStanding(row.least, StandingOf(before, act.party())));
  const std::string_view state = StateAt(before, now);
  if (std::find(row.states.begin(), row.states.end(), state) == row.states.end()) {
    if (state == kRequested && act.party() == before.requester() && act.has_leave()) {
      return First("nobody has accepted the consultation yet: withdraw it instead");
    }
    if (IsOpen(state) && act.has_withdraw_consultation()) {
      return First("a request is withdrawn before the meeting, which was held: leave instead");
    }
    return NotIn(state);
  }
  v1::ConsultationState next = before;
  CBM_RETURN_IF_ERROR(Take(act, act_digest, now, next));
  if (IsOpen(next.state())) {
    Settle(now, next);
  }
  return next;
}

bool HasRecordText(const v1::ConsultationRecord& record) {
  return std::any_of(record.history().begin(), record.history().end(),
                     [&record](const v1::ConsultationEvent& event) {
                       return event.kind() == v1::ACT_KIND_DRAFT_RECORD &&
                              event.act_digest() == record.state().record_digest() &&
                              !event.party().empty();
                     });
}

v1::ConsultationRecord ShownAt(v1::ConsultationRecord record, absl::Time now) {
  if (!record.history().empty()) {
    now = std::max(now, FromTimestamp(record.history(record.history_size() - 1).time()));
  }
  if (record.standing() != v1::STANDING_DECLINED && record.standing() != v1::STANDING_LEFT) {
    record.mutable_state()->set_state(std::string(StateAt(record.state(), now)));
  }
  return record;
}

}  // namespace cbm::rules
