#include "server/service/notification_service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/act_shape.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"
#include "core/rules/ledger_access.h"
#include "server/service/notification_list.h"
#include "server/service/paging.h"

namespace cbm {

void NotificationService::Serve(CallQueue& queue) {
  policy_.ServeReads<v1::GetNotificationRequest, v1::GetNotificationResponse>(
      queue, "GetNotification", [this](auto*... asked) { RequestGet(asked...); },
      [this](const Caller& caller, const auto& request, auto& response) {
        return ReadOne(caller, request, response);
      });
  policy_.ServeReads<v1::ListNotificationsRequest, v1::ListNotificationsResponse>(
      queue, "ListNotifications", [this](auto*... asked) { RequestList(asked...); },
      [this](const Caller& caller, const auto& request, auto& response) {
        return ReadPage(caller, request, response);
      });
}

absl::Status NotificationService::ReadOne(const Caller& caller,
                                          const v1::GetNotificationRequest& request,
                                          v1::GetNotificationResponse& response) const {
  CBM_RETURN_IF_ERROR(rules::RequireScope(caller.record, v1::SCOPE_READ));
  CBM_ASSIGN_OR_RETURN(const Digest act, ReadDigest("act_digest", request.act_digest()));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<const Snapshot> snapshot,
                       context_.store.Read(caller.ledger));
  for (const LedgerId& id : rules::ReadableLedgers(snapshot->exchange(), caller.ledger)) {
    CBM_ASSIGN_OR_RETURN(std::optional<v1::NotificationRecord> record,
                         rules::FindNotification(*rules::FindLedgerView(*snapshot, id), act));
    if (record.has_value()) {
      *response.mutable_notification() = *std::move(record);
      return absl::OkStatus();
    }
  }
  return rules::NoSuchNotification();
}

absl::Status NotificationService::ReadPage(const Caller& caller,
                                           const v1::ListNotificationsRequest& request,
                                           v1::ListNotificationsResponse& response) const {
  CBM_RETURN_IF_ERROR(rules::RequireScope(caller.record, v1::SCOPE_READ));
  CBM_ASSIGN_OR_RETURN(const size_t size, PageSize(request.page_size(), context_.limits));
  const Digest filters = FiltersOf(caller.ledger, request);
  CBM_ASSIGN_OR_RETURN(const std::string after, ReadPageToken(filters, request.page_token()));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<const Snapshot> snapshot,
                       context_.store.Read(caller.ledger));
  CBM_ASSIGN_OR_RETURN(const LedgerId ledger,
                       rules::FindReadableLedger(
                           snapshot->exchange(), caller.ledger,
                           request.ledger().empty() ? caller.ledger.text() : request.ledger()));
  CBM_ASSIGN_OR_RETURN(
      NotificationPage page,
      ListNotifications(*rules::FindLedgerView(*snapshot, ledger), NotificationFilter(request),
                        after, {.records_max = size, .bytes_max = kPageBytesMax}));
  policy_.ChargeRead(caller, page.skipped_bytes);
  for (v1::NotificationRecord& record : page.records) {
    *response.add_notifications() = std::move(record);
  }
  if (!page.last_key.empty()) {
    response.set_next_page_token(MakePageToken(filters, page.last_key));
  }
  return absl::OkStatus();
}

}  // namespace cbm
