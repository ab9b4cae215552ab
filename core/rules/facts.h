#ifndef CBM_CORE_RULES_FACTS_H_
#define CBM_CORE_RULES_FACTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cbm/v1/consultation.pb.h"
#include "cbm/v1/directory.pb.h"
#include "cbm/v1/notification.pb.h"
#include "core/crypto/digest.h"
#include "core/rules/view.h"

namespace cbm::rules {

// All facts that there are: the key of each, and what stands under it. A key starts with a letter
// that names its family; numbers in keys are big-endian, so that keys sort as numbers do.

// Notifications, by the ordinal of their entry: v1::NotificationRecord.
inline constexpr std::string_view kNotifications = "N";
std::string NotificationKey(uint64_t ordinal);

// Which of the ledger's own offices has opened which notification: empty values.
std::string OpenedKey(uint64_t ordinal, std::string_view office);

// Which notifications the ledger's own party has acknowledged, by the act that sent them: the first
// time, a google.protobuf.Timestamp.
std::string AcknowledgedKey(const Digest& notification);

// What the ledger's own party has replied to which notification, by the act that sent that: a
// v1::Delivery, of which `answered`, `outcome` and `outcome_time` are set.
std::string AnsweredKey(const Digest& notification);

// Which parties' acknowledgements a notification's acknowledged_count counts: empty values.
std::string CountedKey(uint64_t ordinal, std::string_view party);

// Consultations, by their id of 32 bytes: v1::ConsultationRecord.
inline constexpr std::string_view kConsultations = "S";
std::string ConsultationKey(std::string_view consultation_id);

// Offices: v1::OfficeRecord.
inline constexpr std::string_view kOffices = "D";
std::string OfficesOf(std::string_view party);  // The prefix of a party's.
std::string OfficeKey(std::string_view party, std::string_view office);

// Credentials by the SHA-256 of their certificate: v1::CredentialRecord.
std::string CredentialKey(const Digest& credential);

// How many renewals lead from an enrolment, or from the genesis document, to a credential that a
// renewal registered: a google.protobuf.UInt32Value.
std::string RenewalsKey(const Digest& credential);

// The record under `key`. DATA_LOSS if what stands there is none.
template <typename Record, typename Table>
absl::StatusOr<std::optional<Record>> FindRecord(const Table& table, std::string_view key);

// The notification that an act sent, as `ledger` has it.
absl::StatusOr<std::optional<v1::NotificationRecord>> FindNotification(const LedgerView& ledger,
                                                                       const Digest& act);

// The same, as the view's own ledger or one of its ALL ledgers has it.
absl::StatusOr<std::optional<v1::NotificationRecord>> FindNotification(const View& view,
                                                                       const Digest& act);

// A consultation, as a ledger has it. Nobody has one from an ALL ledger.
absl::StatusOr<std::optional<v1::ConsultationRecord>> FindConsultation(
    const LedgerView& ledger, std::string_view consultation_id);

// An office or a credential, as the view's own ledger or one of its ALL ledgers has it.
absl::StatusOr<std::optional<v1::OfficeRecord>> FindOffice(const View& view, std::string_view party,
                                                           std::string_view office);
absl::StatusOr<std::optional<v1::CredentialRecord>> FindCredential(const View& view,
                                                                   const Digest& credential);

// How many renewals lead to a credential, as the same ledgers have it; 0 for one that none did.
absl::StatusOr<uint32_t> FindRenewals(const View& view, const Digest& credential);

google::protobuf::Timestamp ToTimestamp(absl::Time time);
absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp);

// ---------------------------------------------------------------------------------------------------

namespace internal {

inline absl::StatusOr<std::optional<std::string>> FindIn(const LedgerView& table,
                                                         std::string_view key) {
  return table.FindFact(key);
}
inline absl::StatusOr<std::optional<std::string>> FindIn(const FactTable& table,
                                                         std::string_view key) {
  return table.Find(key);
}

}  // namespace internal

template <typename Record, typename Table>
absl::StatusOr<std::optional<Record>> FindRecord(const Table& table, std::string_view key) {
  absl::StatusOr<std::optional<std::string>> value = internal::FindIn(table, key);
  if (!value.ok()) {
    return std::move(value).status();
  }
  if (!value->has_value()) {
    return std::optional<Record>();
  }
  Record record;
  if (!record.ParseFromString(**value)) {
    return absl::DataLossError("a stored record cannot be read");
  }
  return std::optional<Record>(std::move(record));
}

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_FACTS_H_
