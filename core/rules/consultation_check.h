#ifndef CBM_CORE_RULES_CONSULTATION_CHECK_H_
#define CBM_CORE_RULES_CONSULTATION_CHECK_H_

#include "absl/status/status.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/entry.pb.h"
#include "core/base/ledger_id.h"
#include "core/rules/view.h"

namespace cbm::rules {

// Whether the state that an entry of a consultation tells to a State is what the rules make of the
// state before it, in `facts`, and the act: so that nobody can say by a state what no party signed.
// Where the act is not given, only what concerns record and statements may have changed, and the
// summary must name the same state. Of the secretariat, which is given no act,
// consultation_header.h says what it may be told. Of acts of a later version, and of what was
// refused, nothing is said.
//
// DATA_LOSS if not. To be asked before the entry is projected; by readers, who believe nothing
// without proof.
absl::Status CheckConsultationState(const LedgerId& ledger, const v1::Entry& entry,
                                    const v1::Act* act, const FactTable& facts);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_CONSULTATION_CHECK_H_
