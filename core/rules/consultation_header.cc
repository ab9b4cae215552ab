#include "core/rules/consultation_header.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/rules/consultation.h"
#include "core/rules/consultation_entries.h"
#include "core/rules/facts.h"

namespace cbm::rules {
namespace {

absl::Status Doubt(std::string_view text) { return absl::DataLossError(std::string(text)); }

bool IsHeader(v1::ConsultationState state, v1::ConsultationState told) {
  for (v1::ConsultationState* const each : {&state, &told}) {
    each->DiscardUnknownFields();  // Of a later version.
  }
  return HeaderOf(std::move(state)).SerializeAsString() == told.SerializeAsString();
}

absl::Status CheckRequest(const v1::Entry& entry) {
  const v1::ConsultationState& told = entry.effect().consultation();
  CBM_ASSIGN_OR_RETURN(const Digest digest, DigestFrom(entry.act_digest()));
  v1::Act act;
  act.set_party(told.requester());
  v1::Notification& asked = *act.mutable_consultation_request()->mutable_notification();
  asked.set_precedence(told.precedence());
  asked.set_context(told.context());
  asked.set_marking(told.marking());
  v1::ConsultationState requested = NewConsultation(act, digest, FromTimestamp(entry.time()));
  for (const v1::AddresseeOpening& opening : entry.openings()) {
    Invite(opening, requested);
  }
  *requested.mutable_answer_by() = told.answer_by();
  return IsHeader(std::move(requested), told)
             ? absl::OkStatus()
             : Doubt("it tells of another consultation than was asked for");
}

// A consultation as it may be, with what the secretariat is not told of those who take part:
// nobody's word, or that of everybody but `author`, so that the author's ends it.
std::vector<v1::ConsultationState> WholeStates(const v1::ConsultationState& header,
                                               const std::string& author) {
  v1::ConsultationState whole = header;
  for (const std::string& invitee : header.invitees()) {
    whole.add_invitations()->set_state(invitee);
  }
  for (const std::string& party : header.parties()) {
    if (party != header.requester()) {
      v1::Invitation& invitation = *whole.add_invitations();
      invitation.set_state(party);
      invitation.set_answer(v1::ANSWER_KIND_ACCEPT);
    }
  }
  std::vector<v1::ConsultationState> states(3, whole);
  for (const std::string& party : header.parties()) {
    if (party != author && header.has_marked_held()) {
      states[1].add_statements(party);
    }
    if (party != author && header.state() == consultation::kRecording) {
      states[2].add_confirmed(party);
    }
  }
  return states;
}

// What an act of this kind may say, as far as the secretariat is told of it.
std::vector<v1::Act> ActsOf(v1::ActKind kind, const v1::ConsultationState& told) {
  std::vector<v1::Act> acts(1);
  v1::Act& act = acts.front();
  switch (kind) {
    case v1::ACT_KIND_ANSWER:
      act.mutable_answer()->set_answer(v1::ANSWER_KIND_ACCEPT);
      acts.emplace_back().mutable_answer()->set_answer(v1::ANSWER_KIND_DECLINE);
      break;
    case v1::ACT_KIND_SCHEDULE:
      act.mutable_schedule();
      if (told.has_meeting_from()) {
        *act.mutable_schedule()->mutable_from() = told.meeting_from();
        *act.mutable_schedule()->mutable_to() = told.meeting_to();
      }
      break;
    case v1::ACT_KIND_MARK_HELD:
      *act.mutable_mark_held()->mutable_from() = told.held_from();
      *act.mutable_mark_held()->mutable_to() = told.held_to();
      break;
    case v1::ACT_KIND_DRAFT_RECORD:
      act.mutable_draft_record()->set_record_version(1);
      break;
    case v1::ACT_KIND_CONFIRM_RECORD:
      act.mutable_confirm_record();
      break;
    case v1::ACT_KIND_FILE_STATEMENT:
      act.mutable_file_statement();
      break;
    case v1::ACT_KIND_LEAVE:
      act.mutable_leave();
      break;
    case v1::ACT_KIND_WITHDRAW_CONSULTATION:
      act.mutable_withdraw_consultation();
      break;
    default:  // A post, or who refuses the record, changes nothing that it follows.
      acts.clear();
  }
  return acts;
}

bool LeadsTo(const v1::Entry& entry, const v1::ConsultationState& before,
             const std::string& author) {
  const v1::ConsultationState& told = entry.effect().consultation();
  for (const v1::ConsultationState& whole : WholeStates(before, author)) {
    for (v1::Act& act : ActsOf(entry.kind(), told)) {
      act.set_party(author);
      const absl::StatusOr<v1::ConsultationState> after =
          NextConsultation(whole, act, Digest{}, FromTimestamp(entry.time()));
      if (after.ok() && IsHeader(*after, told)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

absl::Status CheckConsultationHeader(const v1::Entry& entry, const v1::ConsultationState* before) {
  const v1::ConsultationState& told = entry.effect().consultation();
  if (entry.kind() == v1::ACT_KIND_CONSULTATION_REQUEST) {
    return CheckRequest(entry);
  }
  if (before == nullptr) {
    return Doubt("it is of a consultation of whose request nothing was told");
  }
  if (!ChangesHeader(*before, told)) {
    return Doubt("it is of an act that changed nothing that the secretariat follows");
  }
  const auto leads = [&](const std::string& author) { return LeadsTo(entry, *before, author); };
  return std::any_of(before->parties().begin(), before->parties().end(), leads) ||
                 std::any_of(before->invitees().begin(), before->invitees().end(), leads)
             ? absl::OkStatus()
             : Doubt("it tells another state than a State's act of its kind leads to");
}

}  // namespace cbm::rules
