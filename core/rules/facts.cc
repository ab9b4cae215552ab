#include "core/rules/facts.h"

#include "core/base/status_macros.h"
#include "fmt/format.h"
#include "google/protobuf/wrappers.pb.h"

namespace cbm::rules {
namespace {

void AppendNumber(uint64_t number, std::string& key) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>(number >> shift));
  }
}

// Looks in the view's own ledger, then in those of its frameworks.
template <typename Record>
absl::StatusOr<std::optional<Record>> FindAnywhere(const View& view, std::string_view key) {
  CBM_ASSIGN_OR_RETURN(std::optional<Record> record, FindRecord<Record>(view.own(), key));
  for (const LedgerId& all : view.exchange().AllLedgersOf(view.own_id())) {
    if (record.has_value()) {
      break;
    }
    const LedgerView* const ledger = view.All(all.name());
    if (ledger != nullptr) {
      CBM_ASSIGN_OR_RETURN(record, FindRecord<Record>(*ledger, key));
    }
  }
  return record;
}

}  // namespace

std::string NotificationKey(uint64_t ordinal) {
  std::string key(kNotifications);
  AppendNumber(ordinal, key);
  return key;
}

std::string OpenedKey(uint64_t ordinal, std::string_view office) {
  std::string key = "O";
  AppendNumber(ordinal, key);
  key += office;
  return key;
}

std::string CountedKey(uint64_t ordinal, std::string_view party) {
  std::string key = "K";
  AppendNumber(ordinal, key);
  key += party;
  return key;
}

std::string AcknowledgedKey(const Digest& notification) {
  return fmt::format("A{}", BytesOf(notification));
}

std::string AnsweredKey(const Digest& notification) {
  return fmt::format("R{}", BytesOf(notification));
}

std::string ConsultationKey(std::string_view consultation_id) {
  return fmt::format("{}{}", kConsultations, consultation_id);
}

std::string OfficesOf(std::string_view party) { return fmt::format("{}{}/", kOffices, party); }

std::string OfficeKey(std::string_view party, std::string_view office) {
  return fmt::format("{}{}/{}", kOffices, party, office);
}

std::string CredentialKey(const Digest& credential) {
  return fmt::format("C{}", BytesOf(credential));
}

std::string RenewalsKey(const Digest& credential) {
  return fmt::format("G{}", BytesOf(credential));
}

absl::StatusOr<std::optional<v1::NotificationRecord>> FindNotification(const LedgerView& ledger,
                                                                       const Digest& act) {
  CBM_ASSIGN_OR_RETURN(const std::optional<uint64_t> ordinal, ledger.FindEntry(act));
  if (!ordinal.has_value()) {
    return std::optional<v1::NotificationRecord>();
  }
  return FindRecord<v1::NotificationRecord>(ledger, NotificationKey(*ordinal));
}

absl::StatusOr<std::optional<v1::NotificationRecord>> FindNotification(const View& view,
                                                                       const Digest& act) {
  CBM_ASSIGN_OR_RETURN(std::optional<v1::NotificationRecord> record,
                       FindNotification(view.own(), act));
  for (const LedgerId& all : view.exchange().AllLedgersOf(view.own_id())) {
    if (record.has_value()) {
      break;
    }
    if (const LedgerView* const ledger = view.All(all.name()); ledger != nullptr) {
      CBM_ASSIGN_OR_RETURN(record, FindNotification(*ledger, act));
    }
  }
  return record;
}

absl::StatusOr<std::optional<v1::ConsultationRecord>> FindConsultation(
    const LedgerView& ledger, std::string_view consultation_id) {
  return FindRecord<v1::ConsultationRecord>(ledger, ConsultationKey(consultation_id));
}

absl::StatusOr<std::optional<v1::OfficeRecord>> FindOffice(const View& view, std::string_view party,
                                                           std::string_view office) {
  return FindAnywhere<v1::OfficeRecord>(view, OfficeKey(party, office));
}

absl::StatusOr<std::optional<v1::CredentialRecord>> FindCredential(const View& view,
                                                                   const Digest& credential) {
  return FindAnywhere<v1::CredentialRecord>(view, CredentialKey(credential));
}

absl::StatusOr<uint32_t> FindRenewals(const View& view, const Digest& credential) {
  CBM_ASSIGN_OR_RETURN(const std::optional<google::protobuf::UInt32Value> renewals,
                       FindAnywhere<google::protobuf::UInt32Value>(view, RenewalsKey(credential)));
  return renewals.has_value() ? renewals->value() : 0;
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t microseconds = absl::ToUnixMicros(time);
  timestamp.set_seconds(microseconds / 1'000'000);
  timestamp.set_nanos(static_cast<int32_t>(microseconds % 1'000'000) * 1'000);
  if (timestamp.nanos() < 0) {  // Before 1970.
    timestamp.set_seconds(timestamp.seconds() - 1);
    timestamp.set_nanos(timestamp.nanos() + 1'000'000'000);
  }
  return timestamp;
}

absl::Time FromTimestamp(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

}  // namespace cbm::rules
