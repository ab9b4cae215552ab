// Asking States for a consultation.

#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/consultation.h"
#include "core/rules/consultation_entries.h"
#include "core/rules/consultation_form.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"

namespace cbm::rules {
namespace {

// Where a framework sets no clock of its own.
constexpr absl::Duration kAnswerUrgentDefault = absl::Hours(48);
constexpr absl::Duration kAnswerRoutineDefault = absl::Hours(24 * 10);

// By the framework of the first measure.
absl::Duration AnswerWithin(const Exchange& exchange, const v1::Notification& notification) {
  const v1::Clocks& clocks = exchange.FrameworkOfMeasure(notification.measures(0))->clocks();
  const bool urgent = notification.precedence() == v1::PRECEDENCE_URGENT;
  const int64_t seconds = urgent ? clocks.consultation_answer_urgent().seconds()
                                 : clocks.consultation_answer_routine().seconds();
  if (seconds > 0) {
    return absl::Seconds(seconds);
  }
  return urgent ? kAnswerUrgentDefault : kAnswerRoutineDefault;
}

}  // namespace

absl::StatusOr<Decision> DecideConsultationRequest(const View& view, const Submission& submission,
                                                   absl::Time now) {
  CBM_ASSIGN_OR_RETURN(absl::Status form, CheckRequestForm(view, submission, now));
  if (!form.ok()) {
    return Refuse(std::move(form));
  }
  const v1::ConsultationRequest& request = submission.act.consultation_request();
  v1::ConsultationState state = NewConsultation(submission.act, submission.act_digest, now);
  for (const v1::AddresseeOpening& opening : submission.openings) {
    Invite(opening, state);
  }
  *state.mutable_answer_by() = ToTimestamp(
      request.has_answer_by() ? FromTimestamp(request.answer_by())
                              : now + AnswerWithin(view.exchange(), request.notification()));
  Decision decision;
  AddConsultationEntries(view, submission, nullptr, state, decision);
  return decision;
}

}  // namespace cbm::rules
