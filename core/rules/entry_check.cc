#include "core/rules/entry_check.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "core/base/ledger_id.h"
#include "core/base/status_macros.h"
#include "core/rules/act_shape.h"
#include "core/rules/consultation.h"
#include "core/rules/credentials.h"
#include "core/rules/visibility.h"
#include "fmt/format.h"

namespace cbm::rules {
namespace {

absl::Status Doubt(const std::string& text) { return absl::DataLossError(text); }

bool IsOwnLedger(const LedgerId& ledger, const v1::Act& act) {
  return ledger == LedgerId::OfParty(act.party(), act.office()) ||
         ledger == LedgerId::Integration(act.party(), act.office());
}

// Whether the ledger is one of the author's State: its own, or that of an integration, to which
// acts of the State are passed on.
bool IsOfAuthor(const LedgerId& ledger, const v1::Act& act) {
  return IsOwnLedger(ledger, act) || (!ledger.state().empty() && ledger.state() == act.party());
}

bool IsAddressed(const LedgerId& ledger, const v1::Entry& entry, const v1::Audience& audience) {
  if (audience.has_all()) {
    return ledger == LedgerId::All(audience.all().framework());
  }
  if (audience.has_secretariat()) {
    return ledger == LedgerId::Secretariat();
  }
  return audience.has_commitments() && !ledger.state().empty() &&
         std::any_of(entry.openings().begin(), entry.openings().end(),
                     [&](const auto& opening) { return opening.state() == ledger.state(); });
}

// Whether the reader of this ledger is told what becomes of such an office.
bool IsConcerned(const Exchange& exchange, const LedgerId& ledger, std::string_view party,
                 std::string_view office) {
  return ledger.is_all() ? !IsStateCode(party) || exchange.Participates(party, ledger.name())
                         : ledger == LedgerId::OfParty(party, office) ||
                               (!ledger.state().empty() && ledger.state() == party);
}

// The scope that a credential needs to sign an act of this kind; unspecified if it needs none.
v1::Scope ScopeOf(const v1::Act& act) {
  switch (act.kind_case()) {
    case v1::Act::kSubmit:
    case v1::Act::kReply:
      return v1::SCOPE_RELEASE;
    case v1::Act::kOpen:
      return v1::SCOPE_READ;
    case v1::Act::kAcknowledge:
      return v1::SCOPE_ACKNOWLEDGE;
    case v1::Act::kEnrol:
    case v1::Act::kGrantIntegration:
    case v1::Act::kSuspendCredential:
    case v1::Act::kRestoreCredential:
    case v1::Act::kRevokeCredential:
      return v1::SCOPE_DIRECTORY;
    default:
      return IsOfConsultation(static_cast<v1::ActKind>(act.kind_case())) ? v1::SCOPE_CONSULT
                                                                         : v1::SCOPE_UNSPECIFIED;
  }
}

absl::Status CheckScope(const v1::Act& act, const v1::CredentialRecord& signer) {
  const v1::Scope scope = ScopeOf(act);
  if (scope == v1::SCOPE_UNSPECIFIED || RequireScope(signer, scope).ok()) {
    return absl::OkStatus();
  }
  return Doubt(
      fmt::format("its act is signed by a credential of {}-{} without the scope {}, which an act "
                  "of its kind needs: the exchange should have refused it",
                  signer.party(), signer.office(),
                  v1::Scope_Name(scope).substr(std::string_view("SCOPE_").size())));
}

absl::Status CheckEnrolment(const Exchange& exchange, const LedgerId& ledger, const v1::Act& act) {
  const v1::Enrol& enrol = act.enrol();
  if (act.party() != kSecretariatParty && act.party() != enrol.party()) {
    return Doubt("it enrols an office, and is neither by the secretariat nor by that party");
  }
  return IsConcerned(exchange, ledger, enrol.party(), enrol.office()) || IsOwnLedger(ledger, act)
             ? absl::OkStatus()
             : Doubt("it enrols an office that does not concern this ledger's reader");
}

// Besides who is concerned: the secretariat, and of its own credentials the auditor.
absl::Status CheckToldOfCredential(const Exchange& exchange, const LedgerId& ledger,
                                   std::string_view party, std::string_view office) {
  return IsConcerned(exchange, ledger, party, office) || ledger == LedgerId::Secretariat() ||
                 (party == kSecretariatParty && ledger == LedgerId::Auditor())
             ? absl::OkStatus()
             : Doubt("it is about a credential that does not concern this ledger's reader");
}

absl::Status CheckCredentialChange(const Exchange& exchange, const LedgerId& ledger,
                                   const v1::Act& act, const v1::CredentialRecord& signer) {
  const v1::CredentialName& of = *CredentialChangedBy(act);
  const LedgerId owner = LedgerId::OfParty(of.party(), of.office());
  if (act.party() != kSecretariatParty && LedgerId::OfParty(act.party(), act.office()) != owner) {
    return Doubt(
        "it changes a credential, and is neither by the secretariat nor by the party that has it");
  }
  if (signer.type() == v1::OFFICE_TYPE_INTEGRATION) {
    return Doubt("it changes a credential by one of an integration, which may not");
  }
  return CheckToldOfCredential(exchange, ledger, of.party(), of.office());
}

// An act of a consultation, given to a State that takes part in it: the author's, or one that the
// entry's own state names.
absl::Status CheckConsultation(const LedgerId& ledger, const v1::Entry& entry, const v1::Act& act,
                               const v1::CredentialRecord& signer) {
  if (!IsStateCode(signer.party()) || signer.type() == v1::OFFICE_TYPE_INTEGRATION) {
    return Doubt("it is of a consultation, by a credential that may not act in one");
  }
  const v1::ConsultationState& state = entry.effect().consultation();
  if (state.consultation_id() != ConsultationIdOf(act, entry.act_digest())) {
    return Doubt("it tells of another consultation than its act");
  }
  if (act.has_consultation_request()) {
    return IsOwnLedger(ledger, act) || IsAddressed(ledger, entry, act.audience())
               ? absl::OkStatus()
               : Doubt("its act is not addressed to this ledger's reader");
  }
  const auto names = [&ledger](const auto& states) {
    return ledger.is_state() &&
           std::find(states.begin(), states.end(), ledger.state()) != states.end();
  };
  return IsOwnLedger(ledger, act) || names(state.parties()) || names(state.invitees())
             ? absl::OkStatus()
             : Doubt("its act is of a consultation in which this ledger's reader has no part");
}

}  // namespace

absl::Status CheckToldOnly(const LedgerId& ledger, const v1::Entry& entry) {
  const v1::ConsultationState& state = entry.effect().consultation();
  const bool due = IsOfConsultation(entry.kind()) && ledger.is_state() &&
                   StandingOf(state, ledger.state()) != v1::STANDING_INVITED;
  return !due && MayBeToldOnly(entry.kind(), ledger)
             ? absl::OkStatus()
             : Doubt("it tells of an act that has to be given, and was not");
}

absl::Status CheckGivenAct(const Exchange& exchange, const LedgerId& ledger, const v1::Entry& entry,
                           const v1::Act& act, const v1::CredentialRecord& signer) {
  if (entry.role() == v1::ENTRY_ROLE_OWN && !IsOwnLedger(ledger, act)) {
    return Doubt("it says that its act is this ledger's own, and it is another's");
  }
  CBM_RETURN_IF_ERROR(CheckScope(act, signer));
  switch (act.kind_case()) {
    case v1::Act::kSubmit:
    case v1::Act::kReply:
      return IsOfAuthor(ledger, act) || IsAddressed(ledger, entry, act.audience())
                 ? absl::OkStatus()
                 : Doubt("its act is not addressed to this ledger's reader");
    case v1::Act::kOpen:
      return IsOfAuthor(ledger, act)
                 ? absl::OkStatus()
                 : Doubt("it gives an open of another, of which its reader is told only");
    case v1::Act::kAcknowledge:
      return IsOfAuthor(ledger, act) || !ledger.state().empty()
                 ? absl::OkStatus()
                 : Doubt("it gives an acknowledgement to who sent nothing");
    case v1::Act::kConsultationRequest:
    case v1::Act::kAnswer:
    case v1::Act::kSchedule:
    case v1::Act::kPost:
    case v1::Act::kMarkHeld:
    case v1::Act::kDraftRecord:
    case v1::Act::kConfirmRecord:
    case v1::Act::kRefuseRecord:
    case v1::Act::kFileStatement:
    case v1::Act::kLeave:
    case v1::Act::kWithdrawConsultation:
      return CheckConsultation(ledger, entry, act, signer);
    case v1::Act::kEnrol:
      return CheckEnrolment(exchange, ledger, act);
    case v1::Act::kGrantIntegration:
      return IsOfAuthor(ledger, act) ? absl::OkStatus()
                                     : Doubt("it says what an integration of another may read");
    case v1::Act::kSuspendCredential:
    case v1::Act::kRestoreCredential:
    case v1::Act::kRevokeCredential:
      return CheckCredentialChange(exchange, ledger, act, signer);
    case v1::Act::kRenewCredential:
      return CheckToldOfCredential(exchange, ledger, act.party(), act.office());
    case v1::Act::KIND_NOT_SET:
      break;
  }
  return absl::OkStatus();
}

}  // namespace cbm::rules
