#include "core/rules/consultation_entries.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/rules/consultation.h"
#include "core/rules/families.h"

namespace cbm::rules {
namespace {

template <typename Names>
bool Same(const Names& a, const Names& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

bool SameTime(const google::protobuf::Timestamp& a, const google::protobuf::Timestamp& b) {
  return a.seconds() == b.seconds() && a.nanos() == b.nanos();
}

void FillSummary(const v1::Act& act, const v1::ConsultationState& after, v1::Summary& summary) {
  summary.set_precedence(after.precedence());
  summary.set_context(after.context());
  summary.set_marking(after.marking());
  summary.set_notification_kind("CRQ");
  if (!act.has_consultation_request()) {
    summary.set_acted_on(after.consultation_id());
  }
  summary.set_new_state(after.state());
  if (act.has_consultation_request()) {
    *summary.add_instants() = after.answer_by();
  } else if (act.has_schedule() && act.schedule().has_from()) {
    *summary.add_instants() = after.meeting_from();
    *summary.add_instants() = after.meeting_to();
  } else if (act.has_mark_held()) {
    *summary.add_instants() = after.held_from();
    *summary.add_instants() = after.held_to();
  }
}

// The author, as the secretariat may know it: the requester by name, who was asked by its
// commitment in the request.
void NameAuthor(const v1::Act& act, const v1::ConsultationState& after, v1::Summary& summary) {
  if (act.party() == after.requester()) {
    summary.set_party(act.party());
    return;
  }
  for (const v1::Invitation& invitation : after.invitations()) {
    if (invitation.state() == act.party()) {
      summary.set_commitment(invitation.commitment());
    }
  }
}

// One who takes part, other than the author.
void AddParticipant(const Submission& submission, const std::string& state, Share share,
                    const v1::ConsultationState& after, Decision& decision) {
  v1::Entry* const entry = AddEntry(
      submission, LedgerId::State(state),
      share == Share::kAct ? v1::ENTRY_ROLE_ADDRESSED : v1::ENTRY_ROLE_INFORMED, share, decision);
  if (entry == nullptr) {
    return;
  }
  *entry->mutable_effect()->mutable_consultation() = after;
  if (share == Share::kAct) {
    decision.entries.back().delivered_to = state;
    entry->mutable_openings()->Assign(submission.openings.begin(), submission.openings.end());
  } else {
    FillSummary(submission.act, after, *entry->mutable_summary());
  }
}

}  // namespace

bool ChangesHeader(const v1::ConsultationState& before, const v1::ConsultationState& after) {
  return before.state() != after.state() || !Same(before.parties(), after.parties()) ||
         !Same(before.invitees(), after.invitees()) ||
         !SameTime(before.meeting_from(), after.meeting_from()) ||
         !SameTime(before.meeting_to(), after.meeting_to());
}

v1::ConsultationState HeaderOf(v1::ConsultationState state) {
  state.clear_record_version();
  state.clear_record_digest();
  state.clear_confirmed();
  state.clear_invitations();
  state.clear_refused();
  state.clear_statements();
  state.clear_requester_left();
  return state;
}

void AddConsultationEntries(const View& view, const Submission& submission,
                            const v1::ConsultationState* before, const v1::ConsultationState& after,
                            Decision& decision) {
  const v1::Act& act = submission.act;
  const Visibility visibility =
      VisibilityOf(static_cast<v1::ActKind>(act.kind_case()), act.audience().to_case());
  // Nobody but the author's State ends its part by an act, and it has its own entry.
  for (const std::string& party : after.parties()) {
    if (party != act.party()) {
      AddParticipant(submission, party, visibility.parties, after, decision);
    }
  }
  for (const std::string& invitee : after.invitees()) {
    if (invitee != act.party()) {
      AddParticipant(submission, invitee, visibility.invitees, after, decision);
    }
  }
  if (before == nullptr || ChangesHeader(*before, after)) {
    if (v1::Entry* const entry =
            AddEntry(submission, LedgerId::Secretariat(), v1::ENTRY_ROLE_HEADER,
                     visibility.secretariat, decision)) {
      FillSummary(act, after, *entry->mutable_summary());
      NameAuthor(act, after, *entry->mutable_summary());
      *entry->mutable_effect()->mutable_consultation() = HeaderOf(after);
      entry->mutable_openings()->Assign(submission.openings.begin(), submission.openings.end());
    }
  }
  if (v1::Entry* const entry = AddEntry(submission, LedgerId::Auditor(), v1::ENTRY_ROLE_HEADER,
                                        visibility.auditor, decision)) {
    FillSummary(act, after, *entry->mutable_summary());
  }
  v1::Entry own;
  *own.mutable_effect()->mutable_consultation() = after;
  own.mutable_openings()->Assign(submission.openings.begin(), submission.openings.end());
  AddOwnEntry(view, submission, std::move(own), decision);
}

}  // namespace cbm::rules
