#ifndef CBM_CORE_RULES_CONSULTATION_ENTRIES_H_
#define CBM_CORE_RULES_CONSULTATION_ENTRIES_H_

#include "cbm/v1/entry.pb.h"
#include "core/rules/decision.h"
#include "core/rules/view.h"

namespace cbm::rules {

// Whether something changed that the secretariat follows: the state, who takes part, or the
// meeting.
bool ChangesHeader(const v1::ConsultationState& before, const v1::ConsultationState& after);

// What the secretariat is given of a state: parties and times, and nothing of the record.
v1::ConsultationState HeaderOf(v1::ConsultationState state);

// Adds the entries of an act that was accepted in a consultation, by the table of visibility.h: for
// the others who take part, for the secretariat if state, parties or meeting changed, for the
// auditor, and the author's own. `before` is null for a request.
void AddConsultationEntries(const View& view, const Submission& submission,
                            const v1::ConsultationState* before, const v1::ConsultationState& after,
                            Decision& decision);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_CONSULTATION_ENTRIES_H_
