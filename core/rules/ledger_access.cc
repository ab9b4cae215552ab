#include "core/rules/ledger_access.h"

#include <utility>

namespace cbm::rules {

std::vector<LedgerId> ReadableLedgers(const Exchange& exchange, const LedgerId& own) {
  std::vector<LedgerId> ledgers = exchange.AllLedgersOf(own);
  ledgers.insert(ledgers.begin(), own);
  return ledgers;
}

absl::StatusOr<LedgerId> FindReadableLedger(const Exchange& exchange, const LedgerId& own,
                                            std::string_view name) {
  for (LedgerId& ledger : ReadableLedgers(exchange, own)) {
    if (ledger.text() == name) {
      return std::move(ledger);
    }
  }
  return absl::NotFoundError("there is no such ledger");
}

const LedgerView* FindLedgerView(const View& view, const LedgerId& ledger) {
  if (ledger == view.own_id()) {
    return &view.own();
  }
  return ledger.is_all() ? view.All(ledger.name()) : nullptr;
}

}  // namespace cbm::rules
