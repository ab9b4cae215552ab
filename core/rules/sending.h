#ifndef CBM_CORE_RULES_SENDING_H_
#define CBM_CORE_RULES_SENDING_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/entry.pb.h"
#include "cbm/v1/notification.pb.h"
#include "core/rules/decision.h"
#include "core/rules/view.h"

namespace cbm::rules {

// What all acts that send a notification share, whatever its kind: submit and reply.

// Whether the author is a State, and the signer may let something leave it.
absl::Status CheckSender(const Submission& submission);

// Whether the notification is as its kind and its measures allow, and says something. `made_by` is
// the command whose kinds this act makes.
absl::Status CheckNotification(const Exchange& exchange, const v1::Act& act,
                               const v1::Notification& notification, std::string_view made_by);

// Whether everybody that it is for can have it, and those who are shown each other can verify each
// other's acts.
absl::StatusOr<absl::Status> CheckAudience(const View& view, const Submission& submission,
                                           const v1::Notification& notification, absl::Time now);

// What those are told who are not given the act.
v1::Summary SummaryOfSent(const v1::Notification& notification, std::string_view new_state);

struct Sending {
  const v1::Notification& notification;
  bool starts_thread = true;  // Whether the clocks of its kind begin with it.
  v1::Summary for_secretariat;
  v1::Summary for_auditor;
};

// All entries of an act that sends a notification and is allowed to.
Decision Send(const View& view, const Submission& submission, const Sending& sending,
              absl::Time now);

// "FI, LV".
std::string StatesOf(const v1::NotificationRecord& record);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_SENDING_H_
