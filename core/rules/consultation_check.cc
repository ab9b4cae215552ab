#include "core/rules/consultation_check.h"

#include <optional>
#include <string>
#include <string_view>

#include "core/base/status_macros.h"
#include "core/rules/consultation.h"
#include "core/rules/consultation_header.h"
#include "core/rules/facts.h"

namespace cbm::rules {
namespace {

absl::Status Doubt(std::string_view text) { return absl::DataLossError(std::string(text)); }

bool Same(v1::ConsultationState a, v1::ConsultationState b) {
  for (v1::ConsultationState* const state : {&a, &b}) {
    state->DiscardUnknownFields();  // Of a later version.
  }
  return a.SerializeAsString() == b.SerializeAsString();
}

// A State that is still asked is told of a draft or a statement, and not given it: one of the
// parties made it, and it leads to what is told.
absl::Status CheckToldOf(const v1::Entry& entry, const v1::ConsultationState& before) {
  CBM_ASSIGN_OR_RETURN(const Digest digest, DigestFrom(entry.act_digest()));
  v1::Act act;
  if (entry.kind() == v1::ACT_KIND_DRAFT_RECORD) {
    act.mutable_draft_record()->set_record_version(before.record_version() + 1);
  } else if (entry.kind() == v1::ACT_KIND_FILE_STATEMENT) {
    act.mutable_file_statement();
  } else {
    return Doubt("it changes a consultation by an act that was not given");
  }
  for (const std::string& party : before.parties()) {
    act.set_party(party);
    const absl::StatusOr<v1::ConsultationState> after =
        NextConsultation(before, act, digest, FromTimestamp(entry.time()));
    if (after.ok() && Same(*after, entry.effect().consultation())) {
      return absl::OkStatus();
    }
  }
  return Doubt("it tells another state than a party's act of its kind leads to");
}

absl::Status CheckRequest(const v1::Entry& entry, const v1::Act& act) {
  const v1::ConsultationState& told = entry.effect().consultation();
  CBM_ASSIGN_OR_RETURN(const Digest digest, DigestFrom(entry.act_digest()));
  v1::ConsultationState asked = NewConsultation(act, digest, FromTimestamp(entry.time()));
  for (const v1::AddresseeOpening& opening : entry.openings()) {
    Invite(opening, asked);
  }
  const bool wanted = act.consultation_request().has_answer_by();
  *asked.mutable_answer_by() = ToTimestamp(
      FromTimestamp(wanted ? act.consultation_request().answer_by() : told.answer_by()));
  return Same(asked, told) ? absl::OkStatus()
                           : Doubt("it tells of another consultation than was asked for");
}

}  // namespace

absl::Status CheckConsultationState(const LedgerId& ledger, const v1::Entry& entry,
                                    const v1::Act* act, const FactTable& facts) {
  const bool is_header = ledger == LedgerId::Secretariat();
  if (!IsOfConsultation(entry.kind()) || entry.role() == v1::ENTRY_ROLE_REFUSED ||
      (!ledger.is_state() && !is_header)) {
    return absl::OkStatus();
  }
  if (!entry.effect().has_consultation()) {
    return Doubt("it is of a consultation, and does not tell its state");
  }
  const v1::ConsultationState& told = entry.effect().consultation();
  if (entry.has_summary() && entry.summary().new_state() != told.state()) {
    return Doubt("its summary says that a consultation is in another state than it tells");
  }
  const bool is_request = entry.kind() == v1::ACT_KIND_CONSULTATION_REQUEST;
  if (entry.has_summary() &&
      entry.summary().acted_on() != (is_request ? "" : told.consultation_id())) {
    return Doubt("its summary is of another consultation than it tells of");
  }
  CBM_ASSIGN_OR_RETURN(
      const std::optional<v1::ConsultationRecord> record,
      FindRecord<v1::ConsultationRecord>(facts, ConsultationKey(told.consultation_id())));
  if (is_request && record.has_value()) {
    return Doubt("it tells of a request that this ledger has already");
  }
  if (is_header) {
    return CheckConsultationHeader(entry, record.has_value() ? &record->state() : nullptr);
  }
  if (act != nullptr && act->has_consultation_request()) {
    return CheckRequest(entry, *act);
  }
  if (!record.has_value()) {
    return Doubt("it is of a consultation whose request was not given");
  }
  const v1::ConsultationState& before = record->state();
  if (act == nullptr) {
    return CheckToldOf(entry, before);
  }
  if (act->audience().party_set().digest() != PartySetOf(before)) {
    return Doubt("its act was made for other parties than the consultation has");
  }
  CBM_ASSIGN_OR_RETURN(const Digest digest, DigestFrom(entry.act_digest()));
  const absl::StatusOr<v1::ConsultationState> after =
      NextConsultation(before, *act, digest, FromTimestamp(entry.time()));
  if (!after.ok()) {
    return Doubt("its act is one that the consultation's state does not allow");
  }
  return Same(*after, told) ? absl::OkStatus()
                            : Doubt("it tells another state than its act leads to");
}

}  // namespace cbm::rules
