#ifndef CBM_SERVER_STORE_FACT_RANGE_H_
#define CBM_SERVER_STORE_FACT_RANGE_H_

#include <string>
#include <string_view>

#include "core/rules/view.h"

namespace cbm {

// The keys from `lower` up to, not including, `upper`.
struct FactRange {
  std::string lower;
  std::string upper;
};

// The keys that start with `prefix` and come after `from` in `direction`: what
// rules::LedgerView::ListFacts asks for. Empty (lower >= upper) if there can be none.
FactRange RangeOf(std::string_view prefix, std::string_view from, rules::Direction direction);

}  // namespace cbm

#endif  // CBM_SERVER_STORE_FACT_RANGE_H_
