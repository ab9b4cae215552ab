#include "core/rules/consultation_projection.h"

#include <optional>
#include <string>

#include "core/base/ledger_id.h"
#include "core/base/status_macros.h"
#include "core/rules/consultation.h"
#include "core/rules/facts.h"

namespace cbm::rules {
namespace {

// Whether the state is of the consultation that the entry's act requests or is made in, as far as
// this reader is given the act.
bool IsOfItsAct(const v1::ConsultationState& state, const v1::Entry& entry, const v1::Act* act) {
  if (entry.kind() == v1::ACT_KIND_CONSULTATION_REQUEST) {
    return state.consultation_id() == entry.act_digest();
  }
  return state.consultation_id().size() == kDigestBytes &&
         (act == nullptr || act->kind_case() == v1::Act::KIND_NOT_SET ||
          ConsultationIdOf(*act, entry.act_digest()) == state.consultation_id());
}

void AddEvent(const v1::Entry& entry, const v1::Act* act, v1::ConsultationRecord& record) {
  v1::ConsultationEvent& event = *record.add_history();
  *event.mutable_time() = entry.time();
  event.set_kind(entry.kind());
  event.set_act_digest(entry.act_digest());
  event.set_state(record.state().state());
  if (entry.kind() == v1::ACT_KIND_DRAFT_RECORD) {
    event.set_record_version(record.state().record_version());
  }
  if (act == nullptr) {
    return;
  }
  event.set_party(act->party());
  event.set_office(act->office());
  event.set_answer(act->answer().answer());
  if (!entry.given_digest().empty()) {
    event.set_manifest_digest(act->manifest_digest());
  }
}

}  // namespace

absl::Status ProjectConsultation(const v1::Entry& entry, const v1::Act* act, FactTable& facts) {
  if (!entry.effect().has_consultation()) {
    return absl::OkStatus();
  }
  const v1::ConsultationState& state = entry.effect().consultation();
  if (!IsOfItsAct(state, entry, act)) {
    return absl::DataLossError("an entry tells of another consultation than its act");
  }
  const absl::StatusOr<LedgerId> ledger = LedgerId::Parse(entry.ledger());
  if (!ledger.ok()) {
    return absl::DataLossError("an entry is of no ledger");
  }
  const std::string key = ConsultationKey(state.consultation_id());
  CBM_ASSIGN_OR_RETURN(std::optional<v1::ConsultationRecord> record,
                       FindRecord<v1::ConsultationRecord>(facts, key));
  if (!record.has_value()) {
    record.emplace();
    record->set_ledger(entry.ledger());
    record->set_ordinal(entry.ordinal());
  }
  if (act != nullptr && act->has_consultation_request()) {
    *record->mutable_request() = act->consultation_request();
  }
  *record->mutable_state() = state;
  record->set_standing(StandingOf(state, ledger->state()));
  AddEvent(entry, act, *record);
  return facts.Put(key, record->SerializeAsString());
}

}  // namespace cbm::rules
