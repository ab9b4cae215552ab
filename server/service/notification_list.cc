#include "server/service/notification_list.h"

#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/facts.h"

namespace cbm {
namespace {

constexpr size_t kFactsAtOnceMax = 200;

}  // namespace

absl::StatusOr<NotificationPage> ListNotifications(const rules::LedgerView& ledger,
                                                   const NotificationFilter& filter,
                                                   const std::string& after,
                                                   const NotificationPageLimits& limits) {
  NotificationPage page;
  page.last_key = after;
  size_t bytes = 0;
  size_t examined = 0;
  while (examined < limits.examined_max) {
    // One more than the page can still take tells whether it is the last.
    const size_t wanted = std::min(
        {limits.examined_max - examined, kFactsAtOnceMax,
         filter.IsEmpty() ? limits.records_max - page.records.size() + 1 : kFactsAtOnceMax});
    CBM_ASSIGN_OR_RETURN(const std::vector<rules::Fact> facts,
                         ledger.ListFacts(rules::kNotifications, page.last_key,
                                          rules::Direction::kDescending, wanted));
    for (const rules::Fact& fact : facts) {
      v1::NotificationRecord record;
      if (!record.ParseFromString(fact.value)) {
        return absl::DataLossError("a stored notification cannot be read");
      }
      if (filter.IsTooOld(record)) {
        page.last_key.clear();
        return page;
      }
      if (filter.Admits(record)) {
        bytes += fact.value.size();
        const bool fits = page.records.empty() || bytes <= limits.bytes_max;
        if (page.records.size() == limits.records_max || !fits) {
          return page;  // This one is the next page's first.
        }
        page.records.push_back(std::move(record));
      } else {
        page.skipped_bytes += fact.value.size();
      }
      page.last_key = fact.key;
      ++examined;
    }
    if (facts.size() < wanted) {
      page.last_key.clear();
      return page;
    }
  }
  return page;
}

}  // namespace cbm
