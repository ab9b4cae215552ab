#ifndef CBM_CORE_RULES_ENTRY_CHECK_H_
#define CBM_CORE_RULES_ENTRY_CHECK_H_

#include "absl/status/status.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/directory.pb.h"
#include "cbm/v1/entry.pb.h"
#include "core/rules/exchange.h"

namespace cbm::rules {

// Whether an exchange that keeps the rules could have told the reader of `ledger` no more of an act
// than this: an entry with a summary instead of the act. Where the act is due, the exchange's word
// that somebody performed it is worth nothing.
//
// DATA_LOSS if the act is due.
absl::Status CheckToldOnly(const LedgerId& ledger, const v1::Entry& entry);

// Whether an exchange that keeps the rules could have given this act to the reader of `ledger`, by
// this entry: it is the reader's own, it is addressed to it, or it concerns it; and `signer`, whose
// credential signed it, may perform an act of its kind: it has the scope that such an act needs.
// The entry's openings must be those of commitments of the act. Of acts of a later version, which
// are not known here, nothing is said.
//
// DATA_LOSS if not.
absl::Status CheckGivenAct(const Exchange& exchange, const LedgerId& ledger, const v1::Entry& entry,
                           const v1::Act& act, const v1::CredentialRecord& signer);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_ENTRY_CHECK_H_
