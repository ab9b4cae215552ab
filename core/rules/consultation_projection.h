#ifndef CBM_CORE_RULES_CONSULTATION_PROJECTION_H_
#define CBM_CORE_RULES_CONSULTATION_PROJECTION_H_

#include "absl/status/status.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/entry.pb.h"
#include "core/rules/view.h"

namespace cbm::rules {

// Project, for an entry of an act of a consultation. One that tells no state (the auditor's) leaves
// no fact.
absl::Status ProjectConsultation(const v1::Entry& entry, const v1::Act* act, FactTable& facts);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_CONSULTATION_PROJECTION_H_
