#ifndef CBM_SERVER_SERVICE_NOTIFICATION_FILTER_H_
#define CBM_SERVER_SERVICE_NOTIFICATION_FILTER_H_

#include <set>
#include <string>

#include "absl/time/time.h"
#include "cbm/v1/notification.pb.h"
#include "cbm/v1/notification_service.pb.h"

namespace cbm {

// Which notifications a request asks for: those for which each filter that is set holds. A value.
class NotificationFilter {
 public:
  explicit NotificationFilter(const v1::ListNotificationsRequest& request);

  // Whether it admits everything.
  bool IsEmpty() const;

  bool Admits(const v1::NotificationRecord& record) const;

  // Whether the record, and so every older one, is from before what is asked for.
  bool IsTooOld(const v1::NotificationRecord& record) const;

 private:
  std::set<int> roles_;
  std::set<std::string> kinds_;
  v1::Precedence precedence_;
  v1::Context context_;
  std::string from_party_;
  absl::Time since_;
  absl::Time until_;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_NOTIFICATION_FILTER_H_
