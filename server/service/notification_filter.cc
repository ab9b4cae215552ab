#include "server/service/notification_filter.h"

#include "core/rules/facts.h"

namespace cbm {

NotificationFilter::NotificationFilter(const v1::ListNotificationsRequest& request)
    : roles_(request.roles().begin(), request.roles().end()),
      kinds_(request.kinds().begin(), request.kinds().end()),
      precedence_(request.precedence()),
      context_(request.context()),
      from_party_(request.from_party()),
      since_(request.has_since() ? rules::FromTimestamp(request.since()) : absl::InfinitePast()),
      until_(request.has_until() ? rules::FromTimestamp(request.until()) : absl::InfiniteFuture()) {
}

bool NotificationFilter::IsEmpty() const {
  return roles_.empty() && kinds_.empty() && precedence_ == v1::PRECEDENCE_UNSPECIFIED &&
         context_ == v1::CONTEXT_UNSPECIFIED && from_party_.empty() &&
         since_ == absl::InfinitePast() && until_ == absl::InfiniteFuture();
}

bool NotificationFilter::Admits(const v1::NotificationRecord& record) const {
  const v1::Notification& notification = record.notification();
  return (roles_.empty() || roles_.contains(record.role())) &&
         (kinds_.empty() || kinds_.contains(notification.kind())) &&
         (precedence_ == v1::PRECEDENCE_UNSPECIFIED || precedence_ == notification.precedence()) &&
         (context_ == v1::CONTEXT_UNSPECIFIED || context_ == notification.context()) &&
         (from_party_.empty() || from_party_ == record.from_party()) && !IsTooOld(record) &&
         rules::FromTimestamp(record.time()) < until_;
}

bool NotificationFilter::IsTooOld(const v1::NotificationRecord& record) const {
  return rules::FromTimestamp(record.time()) < since_;
}

}  // namespace cbm
