#include "core/rules/projection.h"

#include <algorithm>
#include <optional>
#include <string>

#include "core/base/status_macros.h"
#include "core/rules/consultation.h"
#include "core/rules/consultation_projection.h"
#include "core/rules/directory_projection.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"
#include "core/rules/form.h"
#include "fmt/format.h"

namespace cbm::rules {
namespace {

template <typename Record>
absl::Status PutRecord(std::string_view key, const Record& record, FactTable& facts) {
  return facts.Put(key, record.SerializeAsString());
}

// Whether the act is of the ledger's own State, rather than told to it.
bool IsOwnAct(const v1::Entry& entry, const v1::Act& act) {
  if (entry.role() == v1::ENTRY_ROLE_OWN) {
    return true;
  }
  const auto ledger = LedgerId::Parse(entry.ledger());
  return ledger.ok() && !ledger->state().empty() && ledger->state() == act.party();
}

std::string AudienceName(const v1::Audience& audience) {
  if (audience.has_all()) {
    return LedgerId::All(audience.all().framework()).text();
  }
  return audience.has_secretariat() ? std::string(kSecretariatParty) : "NAMED";
}

void AddDeliveries(const v1::Entry& entry, v1::NotificationRecord& record) {
  for (const v1::AddresseeOpening& opening : entry.openings()) {
    v1::Delivery* const delivery = record.add_deliveries();
    delivery->set_state(opening.state());
    delivery->set_commitment(CommitmentOf(opening));
  }
}

// What the act or the summary says of the notification that was sent.
void SetSent(const v1::Entry& entry, const v1::Act* act, v1::NotificationRecord& record) {
  if (act != nullptr) {
    record.set_act_id(act->act_id());
    record.set_from_party(act->party());
    record.set_from_office(act->office());
    *record.mutable_notification() = *SentBy(*act);
    record.set_audience(AudienceName(act->audience()));
    record.set_manifest_digest(act->manifest_digest());
    *record.mutable_office_filter() = act->office_filter();
    record.set_follow_up(act->submit().follow_up());
    record.set_outcome(act->reply().outcome());
    record.set_quotes(act->reply().quotes());
    return;
  }
  const v1::Summary& summary = entry.summary();
  record.set_from_party(summary.party());
  v1::Notification& notification = *record.mutable_notification();
  notification.set_kind(summary.notification_kind());
  notification.set_precedence(summary.precedence());
  notification.set_context(summary.context());
  notification.set_marking(summary.marking());
  record.set_record_version(summary.record_version());
  record.set_audience(entry.openings().empty() ? "" : "NAMED");
  record.set_follow_up(FollowUpOf(summary.new_state()));
  record.set_outcome(OutcomeOf(summary.new_state()));
}

v1::NotificationRecord RecordOf(const v1::Entry& entry, const v1::Act* act) {
  v1::NotificationRecord record;
  record.set_ledger(entry.ledger());
  record.set_ordinal(entry.ordinal());
  record.set_act_digest(entry.act_digest());
  *record.mutable_time() = entry.time();
  record.set_role(entry.role());
  record.set_given_digest(entry.given_digest());
  const v1::Effect& effect = entry.effect();
  record.set_record_version(effect.record_version());
  const auto copy = [](bool set, const google::protobuf::Timestamp& from,
                       google::protobuf::Timestamp* (v1::NotificationRecord::*to)(),
                       v1::NotificationRecord& into) {
    if (set) {
      *(into.*to)() = from;
    }
  };
  copy(effect.has_acknowledge_by(), effect.acknowledge_by(),
       &v1::NotificationRecord::mutable_acknowledge_by, record);
  copy(effect.has_answer_by(), effect.answer_by(), &v1::NotificationRecord::mutable_answer_by,
       record);
  copy(effect.has_follow_up_by(), effect.follow_up_by(),
       &v1::NotificationRecord::mutable_follow_up_by, record);
  copy(effect.has_final_report_by(), effect.final_report_by(),
       &v1::NotificationRecord::mutable_final_report_by, record);
  SetSent(entry, act, record);
  record.set_strictest_marking(record.notification().marking());
  AddDeliveries(entry, record);
  return record;
}

// The act that a sent notification follows up or answers; empty if it is the first of a thread.
std::string SentAbout(const v1::Entry& entry, const v1::Act* act) {
  if (act == nullptr) {
    return entry.summary().acted_on();
  }
  return act->references().empty() ? "" : act->references(0).act_digest();
}

// Applies `change` to the record of the notification that `act_digest` sent, if the ledger has it.
template <typename Change>
absl::Status ChangeNotification(std::string_view act_digest, FactTable& facts, Change change) {
  const absl::StatusOr<Digest> digest = DigestFrom(act_digest);
  if (!digest.ok()) {
    return absl::DataLossError("an entry refers to an act by no digest");
  }
  CBM_ASSIGN_OR_RETURN(const std::optional<uint64_t> ordinal, facts.FindEntry(*digest));
  if (!ordinal.has_value()) {
    return absl::OkStatus();
  }
  const std::string key = NotificationKey(*ordinal);
  CBM_ASSIGN_OR_RETURN(std::optional<v1::NotificationRecord> record,
                       FindRecord<v1::NotificationRecord>(facts, key));
  if (!record.has_value()) {
    return absl::OkStatus();
  }
  CBM_RETURN_IF_ERROR(change(*record));
  return PutRecord(key, *record, facts);
}

v1::Delivery* FindDelivery(v1::NotificationRecord& record, std::string_view state,
                           std::string_view commitment) {
  for (v1::Delivery& delivery : *record.mutable_deliveries()) {
    if ((!state.empty() && delivery.state() == state) ||
        (!commitment.empty() && delivery.commitment() == commitment)) {
      return &delivery;
    }
  }
  return nullptr;
}

void MarkFollowedUp(const v1::Entry& entry, v1::FollowUp follow_up, v1::NotificationRecord& first) {
  if (!first.has_followed_up()) {
    *first.mutable_followed_up() = entry.time();
  }
  if (follow_up != v1::FOLLOW_UP_UPDATE && !first.has_reported()) {
    *first.mutable_reported() = entry.time();
  }
}

void RestOn(const v1::NotificationRecord& earlier, v1::NotificationRecord& record) {
  record.set_strictest_marking(std::max(record.strictest_marking(), earlier.strictest_marking()));
}

absl::Status ProjectSubmit(const v1::Entry& entry, const v1::Act* act, FactTable& facts) {
  v1::NotificationRecord record = RecordOf(entry, act);
  const std::string first = SentAbout(entry, act);
  if (!first.empty()) {
    record.set_thread(first);
    CBM_RETURN_IF_ERROR(ChangeNotification(first, facts, [&](auto& changed) {
      MarkFollowedUp(entry, record.follow_up(), changed);
      RestOn(changed, record);
      return absl::OkStatus();
    }));
  }
  return PutRecord(NotificationKey(entry.ordinal()), record, facts);
}

// How a State's answer stands after one more reply of it.
void MarkAnswered(const v1::Entry& entry, v1::ReplyOutcome outcome, v1::Delivery& delivery) {
  if (!delivery.has_answered()) {
    *delivery.mutable_answered() = entry.time();
  } else if (IsClosing(delivery.outcome()) || !IsClosing(outcome)) {
    return;
  }
  delivery.set_outcome(outcome);
  *delivery.mutable_outcome_time() = entry.time();
}

absl::Status KeepOwnAnswer(const v1::Entry& entry, const std::string& answered,
                           v1::ReplyOutcome outcome, FactTable& facts) {
  const absl::StatusOr<Digest> digest = DigestFrom(answered);
  if (!digest.ok()) {
    return absl::DataLossError("a reply refers to an act by no digest");
  }
  const std::string key = AnsweredKey(*digest);
  CBM_ASSIGN_OR_RETURN(std::optional<v1::Delivery> before, FindRecord<v1::Delivery>(facts, key));
  v1::Delivery answer = before.value_or(v1::Delivery());
  MarkAnswered(entry, outcome, answer);
  return PutRecord(key, answer, facts);
}

absl::Status ProjectReply(const v1::Entry& entry, const v1::Act* act, FactTable& facts) {
  v1::NotificationRecord record = RecordOf(entry, act);
  const std::string answered = SentAbout(entry, act);
  record.set_in_reply_to(answered);
  record.set_thread(answered);
  CBM_RETURN_IF_ERROR(ChangeNotification(answered, facts, [&](auto& changed) {
    RestOn(changed, record);
    if (!changed.thread().empty()) {
      record.set_thread(changed.thread());
    }
    v1::Delivery* const delivery =
        FindDelivery(changed, record.from_party(), entry.summary().commitment());
    if (delivery != nullptr) {
      MarkAnswered(entry, record.outcome(), *delivery);
      record.set_from_party(delivery->state());  // A header names it by its commitment alone.
    }
    return absl::OkStatus();
  }));
  if (act != nullptr && IsOwnAct(entry, *act)) {
    CBM_RETURN_IF_ERROR(KeepOwnAnswer(entry, answered, record.outcome(), facts));
  }
  return PutRecord(NotificationKey(entry.ordinal()), record, facts);
}

void MarkOpened(const v1::Entry& entry, std::string_view state, v1::OpenManner manner,
                v1::NotificationRecord& record) {
  v1::Delivery* const delivery = FindDelivery(record, state, "");
  if (delivery != nullptr && !delivery->has_opened()) {
    *delivery->mutable_opened() = entry.time();
    delivery->set_opened_manner(manner);
  }
}

absl::Status ProjectOpen(const v1::Entry& entry, const v1::Act* act, FactTable& facts) {
  if (act == nullptr) {
    return ChangeNotification(entry.summary().acted_on(), facts, [&](auto& record) {
      MarkOpened(entry, entry.summary().party(), entry.summary().manner(), record);
      return absl::OkStatus();
    });
  }
  for (const v1::Reference& reference : act->references()) {
    uint64_t ordinal = 0;
    bool found = false;
    CBM_RETURN_IF_ERROR(ChangeNotification(reference.act_digest(), facts, [&](auto& record) {
      ordinal = record.ordinal();
      found = true;
      MarkOpened(entry, act->party(), act->open().manner(), record);
      return absl::OkStatus();
    }));
    if (found) {
      CBM_RETURN_IF_ERROR(facts.Put(OpenedKey(ordinal, act->office()), ""));
    }
  }
  return absl::OkStatus();
}

struct Acknowledgement {
  std::string_view party;
  std::string_view commitment;
  v1::OpenManner manner = v1::OPEN_MANNER_UNSPECIFIED;
  std::string_view office;
};

// A party may acknowledge twice: an integration is not told of all that its State did. The first
// counts.
absl::Status CountAcknowledgement(std::string_view party, v1::NotificationRecord& record,
                                  FactTable& facts) {
  if (!party.empty()) {
    const std::string key = CountedKey(record.ordinal(), party);
    CBM_ASSIGN_OR_RETURN(const std::optional<std::string> counted, facts.Find(key));
    if (counted.has_value()) {
      return absl::OkStatus();
    }
    CBM_RETURN_IF_ERROR(facts.Put(key, ""));
  }
  record.set_acknowledged_count(record.acknowledged_count() + 1);
  return absl::OkStatus();
}

absl::Status MarkAcknowledged(const v1::Entry& entry, const Acknowledgement& acknowledgement,
                              v1::NotificationRecord& record, FactTable& facts) {
  v1::Delivery* const delivery =
      FindDelivery(record, acknowledgement.party, acknowledgement.commitment);
  if (delivery == nullptr) {
    return CountAcknowledgement(acknowledgement.party, record, facts);
  }
  if (delivery->has_acknowledged()) {
    return absl::OkStatus();
  }
  *delivery->mutable_acknowledged() = entry.time();
  delivery->set_acknowledged_manner(acknowledgement.manner);
  delivery->set_acknowledged_office(std::string(acknowledgement.office));
  return absl::OkStatus();
}

absl::Status ProjectAcknowledge(const v1::Entry& entry, const v1::Act* act, FactTable& facts) {
  if (act == nullptr) {
    const v1::Summary& summary = entry.summary();
    return ChangeNotification(summary.acted_on(), facts, [&](auto& record) {
      return MarkAcknowledged(entry,
                              {.party = summary.party(),
                               .commitment = summary.commitment(),
                               .manner = summary.manner(),
                               .office = ""},
                              record, facts);
    });
  }
  if (act->references_size() != 1) {
    return absl::DataLossError("an acknowledgement refers to no single act");
  }
  const std::string& acted_on = act->references(0).act_digest();
  CBM_RETURN_IF_ERROR(ChangeNotification(acted_on, facts, [&](auto& record) {
    return MarkAcknowledged(entry,
                            {.party = act->party(),
                             .commitment = "",
                             .manner = act->acknowledge().manner(),
                             .office = act->office()},
                            record, facts);
  }));
  if (!IsOwnAct(entry, *act)) {
    return absl::OkStatus();
  }
  const absl::StatusOr<Digest> digest = DigestFrom(acted_on);
  if (!digest.ok()) {
    return absl::DataLossError("an acknowledgement refers to an act by no digest");
  }
  const std::string key = AcknowledgedKey(*digest);
  CBM_ASSIGN_OR_RETURN(const std::optional<std::string> before, facts.Find(key));
  return before.has_value() ? absl::OkStatus() : PutRecord(key, entry.time(), facts);
}

}  // namespace

v1::Entry GenesisEntry(const Exchange& exchange, std::string_view framework,
                       const Digest& genesis_digest) {
  v1::Entry entry;
  entry.set_ledger(LedgerId::All(framework).text());
  entry.set_role(v1::ENTRY_ROLE_INFORMED);
  entry.set_act_digest(std::string(BytesOf(genesis_digest)));
  *entry.mutable_effect() = EffectOf(exchange.secretariat());
  for (std::string& state : exchange.Participants(framework)) {
    entry.mutable_effect()->add_states(std::move(state));
  }
  return entry;
}

absl::Status Project(const Exchange& exchange, const v1::Entry& entry, const v1::Act* act,
                     FactTable& facts) {
  if (entry.role() == v1::ENTRY_ROLE_REFUSED) {
    return absl::OkStatus();
  }
  if (IsOfConsultation(entry.kind()) ||
      (act != nullptr && entry.effect().has_consultation())) {  // Perhaps of a later version.
    return ProjectConsultation(entry, act, facts);
  }
  switch (entry.kind()) {
    case v1::ACT_KIND_UNSPECIFIED:
      if (entry.ordinal() != 0 || !entry.ledger().starts_with("ALL/")) {
        return absl::DataLossError("an entry that is not the first of an ALL ledger has no kind");
      }
      return ProjectSecretariat(exchange, entry.effect(), facts);
    case v1::ACT_KIND_SUBMIT:
      return ProjectSubmit(entry, act, facts);
    case v1::ACT_KIND_OPEN:
      return ProjectOpen(entry, act, facts);
    case v1::ACT_KIND_ACKNOWLEDGE:
      return ProjectAcknowledge(entry, act, facts);
    case v1::ACT_KIND_REPLY:
      return ProjectReply(entry, act, facts);
    default:  // Of a later version: shown as unknown, and leaves no fact here.
      return act == nullptr ? absl::OkStatus() : ProjectDirectory(exchange, entry, *act, facts);
  }
}

absl::Status ProjectRegistry(const Exchange& exchange, const v1::Entry& entry, const v1::Act& act,
                             FactTable& registry) {
  return act.has_grant_integration() || entry.role() == v1::ENTRY_ROLE_REFUSED
             ? absl::OkStatus()
             : ProjectDirectory(exchange, entry, act, registry);
}

absl::Status ProjectGenesis(const Exchange& exchange, FactTable& registry) {
  return ProjectSecretariat(exchange, EffectOf(exchange.secretariat()), registry);
}

}  // namespace cbm::rules
