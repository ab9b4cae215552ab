#ifndef CBM_CORE_RULES_CONSULTATION_FORM_H_
#define CBM_CORE_RULES_CONSULTATION_FORM_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/rules/decision.h"
#include "core/rules/view.h"

namespace cbm::rules {

// Whether an act of a consultation has a form that it may have, whatever state the consultation is
// in: who may make such acts at all, and each of its fields.
//
// PERMISSION_DENIED if the author's role or scope does not allow it; INVALID_ARGUMENT names the
// field and its bound; FAILED_PRECONDITION if nobody in a State that is asked could read the
// request.
absl::StatusOr<absl::Status> CheckRequestForm(const View& view, const Submission& submission,
                                              absl::Time now);
absl::Status CheckConsultationForm(const Submission& submission, absl::Time now);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_CONSULTATION_FORM_H_
