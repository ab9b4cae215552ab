#include "tests/support/served_consultations.h"

#include "absl/time/time.h"
#include "core/rules/facts.h"
#include "google/protobuf/descriptor.h"

namespace cbm::test {

Draft DraftConsultationRequest(ServedExchange& exchange, const TestOffice& author,
                               const std::vector<std::string>& states) {
  Draft draft = exchange.DraftSubmit(author, states, "A meeting");
  const v1::Notification notification = draft.act.submit().notification();
  v1::ConsultationRequest& request = *draft.act.mutable_consultation_request();
  *request.mutable_notification() = notification;
  request.mutable_notification()->set_kind("CRQ");
  *request.add_proposed_times() = rules::ToTimestamp(exchange.clock().Now() + absl::Hours(24));
  request.set_level(v1::CONSULTATION_LEVEL_POLICY);
  request.set_format(v1::CONSULTATION_FORMAT_VIDEO);
  draft.act.mutable_audience()->mutable_commitments()->set_list(v1::LIST_VISIBILITY_SHOWN);
  return draft;
}

Draft DraftInConsultation(ServedExchange& exchange, const TestOffice& author, v1::ActKind kind,
                          const PartySetMembers& members) {
  Draft draft = exchange.DraftSubmit(author, {}, "In a consultation");
  v1::Act& act = draft.act;
  act.mutable_audience()->mutable_party_set()->set_digest(
      std::string(BytesOf(PartySetDigest(members))));
  const auto* const field = v1::Act::descriptor()->FindFieldByNumber(static_cast<int>(kind));
  google::protobuf::Message& made = *act.GetReflection()->MutableMessage(&act, field);
  made.GetReflection()->SetString(&made, field->message_type()->FindFieldByName("consultation_id"),
                                  std::string(members.consultation_id));
  const absl::Time now = exchange.clock().Now();
  if (act.has_answer()) {
    act.mutable_answer()->set_answer(v1::ANSWER_KIND_ACCEPT);
  } else if (act.has_schedule()) {
    *act.mutable_schedule()->mutable_from() = rules::ToTimestamp(now + absl::Hours(24));
    *act.mutable_schedule()->mutable_to() = rules::ToTimestamp(now + absl::Hours(25));
  } else if (act.has_mark_held()) {
    *act.mutable_mark_held()->mutable_from() = rules::ToTimestamp(now - absl::Hours(1));
    *act.mutable_mark_held()->mutable_to() = rules::ToTimestamp(now);
  } else if (act.has_draft_record()) {
    act.mutable_draft_record()->set_record_version(1);
  } else if (act.has_confirm_record()) {
    act.clear_manifest_digest();
    draft.contents.clear();
  }
  return draft;
}

}  // namespace cbm::test
