#include "core/rules/content_access.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/status_macros.h"
#include "core/rules/facts.h"
#include "core/rules/ledger_access.h"

namespace cbm::rules {
namespace {

// A filter says who of the addressed may open; the author's own offices know what they sent.
bool FilterAdmits(const v1::NotificationRecord& record, v1::OfficeType type) {
  const auto& filter = record.office_filter();
  return filter.empty() || std::find(filter.begin(), filter.end(), type) != filter.end();
}

// What stands in ALL was passed on to no integration by itself: its State's grant decides now.
absl::StatusOr<bool> GrantReaches(const View& view, const v1::CredentialRecord& reader,
                                  const std::optional<v1::NotificationRecord>& record) {
  if (!record.has_value()) {
    return false;  // An act without marking: no ceiling says that it may be passed on.
  }
  CBM_ASSIGN_OR_RETURN(
      const std::optional<v1::OfficeRecord> office,
      FindRecord<v1::OfficeRecord>(view.own(), OfficeKey(reader.party(), reader.office())));
  return office.has_value() && office->has_grant() &&
         office->grant().reading() == v1::INTEGRATION_READING_NOTIFICATIONS &&
         record->notification().marking() <= office->grant().ceiling();
}

absl::Status CheckNotification(const LedgerView& ledger, const v1::CredentialRecord& reader,
                               const v1::NotificationRecord& record) {
  if (record.given_digest().empty()) {
    return NoSuchContent();
  }
  if (record.from_party() == reader.party()) {
    return absl::OkStatus();
  }
  if (!FilterAdmits(record, reader.type())) {
    return NoSuchContent();
  }
  if (record.audience() != "NAMED") {
    return absl::OkStatus();
  }
  CBM_ASSIGN_OR_RETURN(const std::optional<std::string> opened,
                       ledger.FindFact(OpenedKey(record.ordinal(), reader.office())));
  return opened.has_value() ? absl::OkStatus()
                            : absl::FailedPreconditionError("open the notification first");
}

}  // namespace

absl::Status NoSuchContent() { return absl::NotFoundError("there is no such content"); }

absl::Status MayReadContent(const View& view, const v1::CredentialRecord& reader,
                            const LedgerId& ledger, const Digest& act) {
  const LedgerView* const table = FindLedgerView(view, ledger);
  if (table == nullptr) {
    return NoSuchContent();
  }
  CBM_ASSIGN_OR_RETURN(const std::optional<uint64_t> ordinal, table->FindEntry(act));
  if (!ordinal.has_value()) {
    return NoSuchContent();
  }
  CBM_ASSIGN_OR_RETURN(const std::optional<v1::NotificationRecord> record,
                       FindRecord<v1::NotificationRecord>(*table, NotificationKey(*ordinal)));
  if (reader.type() == v1::OFFICE_TYPE_INTEGRATION && ledger.is_all()) {
    CBM_ASSIGN_OR_RETURN(const bool reaches, GrantReaches(view, reader, record));
    if (!reaches) {
      return NoSuchContent();
    }
  }
  return record.has_value() ? CheckNotification(*table, reader, *record) : absl::OkStatus();
}

}  // namespace cbm::rules
