#include "client/output/json.h"

#include "client/exit_code.h"
#include "client/output/names.h"
#include "client/output/text.h"
#include "core/base/hex.h"
#include "core/base/ledger_id.h"
#include "core/base/uuid.h"

namespace cbm {
namespace {

constexpr int kIndent = 2;

void AddAnswer(const v1::Delivery& delivery, Json& json) {
  json["answered"] =
      delivery.has_answered() ? TimeJson(TimeOf(delivery.answered())) : Json(nullptr);
  json["outcome"] = delivery.has_answered() ? Json(NameOf(delivery.outcome())) : Json(nullptr);
}

Json DeliveryJson(const v1::NotificationRecord& record, const v1::Delivery& delivery,
                  absl::Time now) {
  Json json;
  json["state"] = delivery.state().empty() ? Json(nullptr) : Json(CleanLine(delivery.state()));
  if (delivery.state().empty()) {
    json["commitment"] = ToHex(delivery.commitment());
  }
  json["opened"] = delivery.has_opened() ? TimeJson(TimeOf(delivery.opened())) : Json(nullptr);
  if (delivery.has_opened()) {
    json["opened_manner"] = NameOf(delivery.opened_manner());
  }
  json["acknowledged"] =
      delivery.has_acknowledged() ? TimeJson(TimeOf(delivery.acknowledged())) : Json(nullptr);
  if (delivery.has_acknowledged()) {
    json["acknowledged_manner"] = NameOf(delivery.acknowledged_manner());
    json["acknowledged_office"] = CleanLine(delivery.acknowledged_office());
  }
  const bool told = IsToldOf(record, delivery);
  json["overdue"] = told && record.has_acknowledge_by() && !delivery.has_acknowledged() &&
                    TimeOf(record.acknowledge_by()) < now;
  AddAnswer(delivery, json);
  json["answer_overdue"] = told && record.has_answer_by() && !delivery.has_answered() &&
                           TimeOf(record.answer_by()) < now;
  return json;
}

Json TimeOrNull(bool set, const google::protobuf::Timestamp& timestamp) {
  return set ? TimeJson(TimeOf(timestamp)) : Json(nullptr);
}

Json DigestOrNull(const std::string& digest) {
  return digest.empty() ? Json(nullptr) : Json(ToHex(digest));
}

// Where it stands in its thread, and what is due.
void AddThread(const v1::NotificationRecord& record, const NotificationState& state, Json& json) {
  json["thread"] = DigestOrNull(record.thread());
  json["follow_up"] = record.follow_up() == v1::FOLLOW_UP_UNSPECIFIED
                          ? Json(nullptr)
                          : Json(NameOf(record.follow_up()));
  json["in_reply_to"] = DigestOrNull(record.in_reply_to());
  json["outcome"] = record.outcome() == v1::REPLY_OUTCOME_UNSPECIFIED
                        ? Json(nullptr)
                        : Json(NameOf(record.outcome()));
  json["answer_by"] = TimeOrNull(record.has_answer_by(), record.answer_by());
  json["follow_up_by"] = TimeOrNull(record.has_follow_up_by(), record.follow_up_by());
  json["final_report_by"] = TimeOrNull(record.has_final_report_by(), record.final_report_by());
  json["followed_up"] = TimeOrNull(record.has_followed_up(), record.followed_up());
  json["reported"] = TimeOrNull(record.has_reported(), record.reported());
  AddAnswer(state.answered.value_or(v1::Delivery()), json["own_answer"]);
  json["overdue"] = Json::array();
  for (const rules::Deadline& deadline : state.Overdue()) {
    json["overdue"].push_back(NameOf(deadline.due));
  }
}

}  // namespace

std::string FormatJson(const Json& value) {
  return value.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string FormatJsonLine(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json ErrorJson(const absl::Status& status) {
  Json error = {{"code", CodeNameOf(status)}, {"message", CleanLine(MessageOf(status))}};
  if (const std::string text = TextOf(status); !text.empty()) {
    error["text"] = text;
  }
  return {{"error", std::move(error)}};
}

Json TimeJson(absl::Time time) { return FormatRfc3339(time); }

std::vector<rules::Deadline> NotificationState::Overdue() const {
  std::vector<rules::Deadline> overdue;
  for (const rules::Deadline& deadline : deadlines) {
    if (rules::IsOverdue(deadline, now)) {
      overdue.push_back(deadline);
    }
  }
  return overdue;
}

bool IsToldOf(const v1::NotificationRecord& record, const v1::Delivery& delivery) {
  if (record.role() == v1::ENTRY_ROLE_OWN || record.role() == v1::ENTRY_ROLE_HEADER) {
    return true;
  }
  const absl::StatusOr<LedgerId> ledger = LedgerId::Parse(record.ledger());
  return ledger.ok() && !ledger->state().empty() &&
         (ledger->state() == delivery.state() || ledger->state() == record.from_party());
}

std::string NameOf(rules::Due due) {
  switch (due) {
    case rules::Due::kAcknowledgement:
      return "acknowledgement";
    case rules::Due::kAnswer:
      return "answer";
    case rules::Due::kFollowUp:
      return "follow_up";
    case rules::Due::kFinalReport:
      return "final_report";
  }
  return "?";
}

Json NotificationJson(const v1::NotificationRecord& record, const NotificationState& state) {
  const v1::Notification& notification = record.notification();
  Json json;
  json["context"] = NameOf(notification.context());
  json["act_digest"] = ToHex(record.act_digest());
  json["act_id"] = IsUuid(record.act_id()) ? Json(FormatUuid(record.act_id())) : Json(nullptr);
  json["ledger"] = record.ledger();
  json["ordinal"] = record.ordinal();
  json["role"] = NameOf(record.role());
  json["time"] = TimeJson(TimeOf(record.time()));
  json["from_party"] = CleanLine(record.from_party());
  json["from_office"] = CleanLine(record.from_office());
  json["kind"] = CleanLine(notification.kind());
  json["precedence"] = NameOf(notification.precedence());
  json["marking"] = NameOf(notification.marking());
  json["measures"] = Json::array();
  for (const std::string& measure : notification.measures()) {
    json["measures"].push_back(CleanLine(measure));
  }
  json["language"] = CleanLine(notification.language());
  json["audience"] = CleanLine(record.audience());
  json["record_version"] = record.record_version();
  json["acknowledge_by"] =
      record.has_acknowledge_by() ? TimeJson(TimeOf(record.acknowledge_by())) : Json(nullptr);
  json["opened"] = state.opened;
  json["acknowledged"] =
      state.acknowledged.has_value() ? TimeJson(*state.acknowledged) : Json(nullptr);
  json["acknowledged_count"] = record.acknowledged_count();
  json["deliveries"] = Json::array();
  for (const v1::Delivery& delivery : record.deliveries()) {
    json["deliveries"].push_back(DeliveryJson(record, delivery, state.now));
  }
  AddThread(record, state, json);
  json["subject"] = nullptr;
  return json;
}

void AddManifest(const v1::Manifest& manifest, Json& notification) {
  notification["subject"] = CleanLine(manifest.subject());
  notification["body"] = CleanText(manifest.body());
  notification["fields"] = Json::object();
  for (const v1::Field& field : manifest.fields()) {
    notification["fields"][CleanLine(field.name())] = CleanText(field.value());
  }
  notification["translations"] = Json::array();
  for (const v1::Translation& translation : manifest.translations()) {
    notification["translations"].push_back({{"language", CleanLine(translation.language())},
                                            {"made_by", CleanLine(translation.made_by())},
                                            {"text", CleanText(translation.text())}});
  }
  notification["attachments"] = Json::array();
  for (const v1::ListedContent& content : manifest.contents()) {
    notification["attachments"].push_back({{"name", CleanLine(content.name())},
                                           {"media_type", CleanLine(content.media_type())},
                                           {"size", content.size()},
                                           {"digest", ToHex(content.digest())}});
  }
}

namespace {

Json ChangeJson(bool made, const v1::CredentialChange& change) {
  if (!made) {
    return nullptr;
  }
  return {{"time", TimeJson(TimeOf(change.time()))},
          {"by", CleanLine(change.party())},
          {"reason", NameOf(change.reason())},
          {"act_digest", ToHex(change.act_digest())}};
}

}  // namespace

Json CredentialJson(const v1::CredentialRecord& credential, absl::Time now) {
  Json json;
  json["credential"] = ToHex(credential.credential());
  json["purposes"] = Json::array();
  for (const int purpose : credential.purposes()) {
    json["purposes"].push_back(NameOf(static_cast<v1::CredentialPurpose>(purpose)));
  }
  json["scopes"] = Json::array();
  for (const int scope : credential.scopes()) {
    json["scopes"].push_back(NameOf(static_cast<v1::Scope>(scope)));
  }
  json["not_before"] = TimeJson(TimeOf(credential.not_before()));
  json["not_after"] = TimeJson(TimeOf(credential.not_after()));
  json["registered"] =
      credential.has_registered() ? TimeJson(TimeOf(credential.registered())) : Json(nullptr);
  json["state"] = NameOf(rules::UseOf(credential, now));
  json["suspended"] = ChangeJson(credential.has_suspended(), credential.suspended());
  json["revoked"] = ChangeJson(credential.has_revoked(), credential.revoked());
  return json;
}

Json OfficeJson(const v1::OfficeRecord& office, absl::Time now) {
  Json json;
  json["party"] = CleanLine(office.party());
  json["office"] = CleanLine(office.office());
  json["type"] = NameOf(office.type());
  json["office_version"] = office.office_version();
  json["enrolled"] = office.has_enrolled() ? TimeJson(TimeOf(office.enrolled())) : Json(nullptr);
  json["credentials"] = Json::array();
  for (const v1::CredentialRecord& credential : office.credentials()) {
    json["credentials"].push_back(CredentialJson(credential, now));
  }
  if (office.has_grant()) {
    json["grant"] = {{"reading", NameOf(office.grant().reading())},
                     {"ceiling", NameOf(office.grant().ceiling())}};
  }
  return json;
}

}  // namespace cbm
