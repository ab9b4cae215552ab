#ifndef CBM_CORE_RULES_LEDGER_ACCESS_H_
#define CBM_CORE_RULES_LEDGER_ACCESS_H_

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/ledger_id.h"
#include "core/rules/exchange.h"
#include "core/rules/view.h"

namespace cbm::rules {

// The ledgers that the reader of `own` may read: it, and the ALL ledgers it belongs to, sorted.
std::vector<LedgerId> ReadableLedgers(const Exchange& exchange, const LedgerId& own);

// The one of them that is called `name`.
//
// NOT_FOUND for every other text, whether it names another's ledger, one that does not exist, or
// nothing at all: with the same words, so that nobody learns which.
absl::StatusOr<LedgerId> FindReadableLedger(const Exchange& exchange, const LedgerId& own,
                                            std::string_view name);

// A readable ledger in the view of its reader; null if it is none of the view's.
const LedgerView* FindLedgerView(const View& view, const LedgerId& ledger);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_LEDGER_ACCESS_H_
