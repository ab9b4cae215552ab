#include "tests/support/consultation_acts.h"

#include "core/evidence/domain_hash.h"
#include "core/rules/facts.h"

namespace cbm::test {
namespace {

// An act by `signer` for the party set that its ledger has, with a manifest, and no kind yet.
Attempt Within(RulesWorld& world, const v1::CredentialRecord& signer) {
  Attempt attempt = world.Submit(signer);
  attempt.act.clear_submit();
  attempt.act.mutable_audience()->mutable_party_set()->set_digest(
      ExpectedPartySet(ConsultationIn(world, LedgerOf(signer)).state()));
  return attempt;
}

void TakeOutManifest(Attempt& attempt) {
  attempt.act.clear_manifest_digest();
  attempt.contents.clear();
}

}  // namespace

Attempt Request(const RulesWorld& world, const v1::CredentialRecord& signer,
                const std::vector<std::string>& states) {
  Attempt attempt = world.ToNamed(signer, states, v1::LIST_VISIBILITY_SHOWN);
  const v1::Notification notification = attempt.act.submit().notification();
  v1::ConsultationRequest& request = *attempt.act.mutable_consultation_request();
  *request.mutable_notification() = notification;
  request.mutable_notification()->set_kind("CRQ");
  *request.add_proposed_times() = rules::ToTimestamp(world.now() + absl::Hours(25));
  *request.add_proposed_times() = rules::ToTimestamp(world.now() + absl::Hours(30));
  request.set_level(v1::CONSULTATION_LEVEL_POLICY_WITH_TECHNICAL);
  request.set_format(v1::CONSULTATION_FORMAT_VIDEO);
  return attempt;
}

Attempt Answer(RulesWorld& world, const v1::CredentialRecord& signer, v1::AnswerKind answer) {
  Attempt attempt = Within(world, signer);
  attempt.act.mutable_answer()->set_consultation_id(world.consultation());
  attempt.act.mutable_answer()->set_answer(answer);
  return attempt;
}

Attempt Schedule(RulesWorld& world, const v1::CredentialRecord& signer) {
  Attempt attempt = Postpone(world, signer);
  v1::Schedule& schedule = *attempt.act.mutable_schedule();
  *schedule.mutable_from() = rules::ToTimestamp(world.now() + absl::Hours(24));
  *schedule.mutable_to() = rules::ToTimestamp(world.now() + absl::Hours(25));
  return attempt;
}

Attempt Postpone(RulesWorld& world, const v1::CredentialRecord& signer) {
  Attempt attempt = Within(world, signer);
  attempt.act.mutable_schedule()->set_consultation_id(world.consultation());
  return attempt;
}

Attempt Post(RulesWorld& world, const v1::CredentialRecord& signer) {
  Attempt attempt = Within(world, signer);
  attempt.act.mutable_post()->set_consultation_id(world.consultation());
  return attempt;
}

Attempt MarkHeld(RulesWorld& world, const v1::CredentialRecord& signer) {
  Attempt attempt = Within(world, signer);
  v1::MarkHeld& held = *attempt.act.mutable_mark_held();
  held.set_consultation_id(world.consultation());
  *held.mutable_from() = rules::ToTimestamp(world.now() - absl::Hours(1));
  *held.mutable_to() = rules::ToTimestamp(world.now());
  return attempt;
}

Attempt DraftRecord(RulesWorld& world, const v1::CredentialRecord& signer) {
  Attempt attempt = Within(world, signer);
  v1::DraftRecord& draft = *attempt.act.mutable_draft_record();
  draft.set_consultation_id(world.consultation());
  draft.set_record_version(ConsultationIn(world, LedgerOf(signer)).state().record_version() + 1);
  return attempt;
}

Attempt ConfirmRecord(RulesWorld& world, const v1::CredentialRecord& signer) {
  Attempt attempt = Within(world, signer);
  TakeOutManifest(attempt);
  v1::ConfirmRecord& confirm = *attempt.act.mutable_confirm_record();
  confirm.set_consultation_id(world.consultation());
  confirm.set_record_digest(ConsultationIn(world, LedgerOf(signer)).state().record_digest());
  return attempt;
}

Attempt RefuseRecord(RulesWorld& world, const v1::CredentialRecord& signer) {
  Attempt attempt = Within(world, signer);
  v1::RefuseRecord& refuse = *attempt.act.mutable_refuse_record();
  refuse.set_consultation_id(world.consultation());
  refuse.set_record_digest(ConsultationIn(world, LedgerOf(signer)).state().record_digest());
  return attempt;
}

Attempt FileStatement(RulesWorld& world, const v1::CredentialRecord& signer) {
  Attempt attempt = Within(world, signer);
  attempt.act.mutable_file_statement()->set_consultation_id(world.consultation());
  return attempt;
}

Attempt Leave(RulesWorld& world, const v1::CredentialRecord& signer) {
  Attempt attempt = Within(world, signer);
  attempt.act.mutable_leave()->set_consultation_id(world.consultation());
  return attempt;
}

Attempt Withdraw(RulesWorld& world, const v1::CredentialRecord& signer) {
  Attempt attempt = Within(world, signer);
  attempt.act.mutable_withdraw_consultation()->set_consultation_id(world.consultation());
  return attempt;
}

std::vector<Attempt> EveryConsultationAct(RulesWorld& world, const v1::CredentialRecord& signer) {
  return {Answer(world, signer, v1::ANSWER_KIND_ACCEPT),
          Schedule(world, signer),
          Post(world, signer),
          MarkHeld(world, signer),
          DraftRecord(world, signer),
          ConfirmRecord(world, signer),
          RefuseRecord(world, signer),
          FileStatement(world, signer),
          Leave(world, signer),
          Withdraw(world, signer)};
}

std::string ExpectedPartySet(const v1::ConsultationState& state) {
  const Digest digest =
      PartySetDigest({.consultation_id = state.consultation_id(),
                      .parties = {state.parties().begin(), state.parties().end()},
                      .invitees = {state.invitees().begin(), state.invitees().end()}});
  return std::string(BytesOf(digest));
}

v1::ConsultationRecord ConsultationIn(RulesWorld& world, const LedgerId& ledger) {
  return ConsultationIn(world, ledger, world.consultation());
}

v1::ConsultationRecord ConsultationIn(RulesWorld& world, const LedgerId& ledger,
                                      std::string_view id) {
  return rules::FindConsultation(world.Ledger(ledger), id)
      .value()
      .value_or(v1::ConsultationRecord());
}

}  // namespace cbm::test
