#ifndef CBM_CORE_RULES_CONSULTATION_HEADER_H_
#define CBM_CORE_RULES_CONSULTATION_HEADER_H_

#include "absl/status/status.h"
#include "cbm/v1/entry.pb.h"

namespace cbm::rules {

// Whether the secretariat, which is given no act of a consultation, can be told by this entry what
// it tells of one: nothing of the record; of a request what it makes of those that are asked; of
// any other act a change of what was told `before` (null if nothing was), to which an act of its
// kind leads, of a State that takes part, whatever the record, statements and answers are that the
// secretariat is not told of.
//
// DATA_LOSS if not. The entry must tell a state of a consultation.
absl::Status CheckConsultationHeader(const v1::Entry& entry, const v1::ConsultationState* before);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_CONSULTATION_HEADER_H_
