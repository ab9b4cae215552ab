#ifndef CBM_CORE_RULES_DECIDE_H_
#define CBM_CORE_RULES_DECIDE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/rules/decision.h"
#include "core/rules/view.h"

namespace cbm::rules {

// Decides an act. `view` is the author's: its party's ledger, or its own if it is an integration,
// and the ALL ledgers it belongs to; `now` is the time that its entries will have. Pure: the same
// on a client that asks beforehand.
//
// A refusal is a Decision too. An error is of the view: UNAVAILABLE, DATA_LOSS.
absl::StatusOr<Decision> Decide(const View& view, const Submission& submission, absl::Time now);

// The entries that integrations of a State get when its ledger gets `entry`. `view` is that
// State's; nothing of the answer may reach the author. The entry itself was given with its act or
// without.
absl::StatusOr<std::vector<NewEntry>> Distribute(const View& view, const v1::Act& act,
                                                 const NewEntry& entry);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_DECIDE_H_
