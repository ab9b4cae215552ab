#ifndef CBM_SERVER_SERVICE_NOTIFICATION_LIST_H_
#define CBM_SERVER_SERVICE_NOTIFICATION_LIST_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cbm/v1/notification.pb.h"
#include "core/rules/view.h"
#include "server/service/notification_filter.h"

namespace cbm {

struct NotificationPage {
  std::vector<v1::NotificationRecord> records;

  // Of those that were looked at and not admitted.
  size_t skipped_bytes = 0;

  // The key of the last one that was looked at, if there may be more behind it; else empty.
  std::string last_key;
};

struct NotificationPageLimits {
  size_t records_max = 50;
  size_t bytes_max = size_t{1024} * 1024;

  // Filters may fit few: so many are looked at, and then the page ends as it is.
  size_t examined_max = 2'000;
};

// The notifications of a ledger that `filter` admits, newest first, after the key `after` (empty:
// from the newest). What the ledger answers is passed on.
absl::StatusOr<NotificationPage> ListNotifications(const rules::LedgerView& ledger,
                                                   const NotificationFilter& filter,
                                                   const std::string& after,
                                                   const NotificationPageLimits& limits);

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_NOTIFICATION_LIST_H_
