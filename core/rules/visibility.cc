#include "core/rules/visibility.h"

namespace cbm::rules {
namespace {

constexpr auto kAnyAudience = v1::Audience::TO_NOT_SET;

struct Row {
  v1::ActKind kind;
  v1::Audience::ToCase audience;
  Visibility visibility;
};

// The secretariat is told if something changed that it follows (consultation_entries.cc).
constexpr Visibility kToAllOfConsultation = {.secretariat = Share::kSummary,
                                             .auditor = Share::kSummary,
                                             .parties = Share::kAct,
                                             .invitees = Share::kAct};
// Who is still asked is not given record and statements, but has to know what it would accept.
constexpr Visibility kToPartiesOfConsultation = {.secretariat = Share::kSummary,
                                                 .auditor = Share::kSummary,
                                                 .parties = Share::kAct,
                                                 .invitees = Share::kSummary};

// All that have the credential's record are told of each change of it.
constexpr Visibility kOfCredential = {.frameworks = Share::kAct,
                                      .secretariat = Share::kAct,
                                      .concerned = Share::kAct,
                                      .auditor = Share::kSummary};

// clang-format off
constexpr Row kTable[] = {
  {v1::ACT_KIND_SUBMIT, v1::Audience::kCommitments,
   {.addressees = Share::kAct, .secretariat = Share::kSummary, .auditor = Share::kSummary}},
  {v1::ACT_KIND_SUBMIT, v1::Audience::kAll,
   {.frameworks = Share::kAct, .auditor = Share::kSummary}},
  {v1::ACT_KIND_SUBMIT, v1::Audience::kSecretariat,
   {.secretariat = Share::kAct, .auditor = Share::kSummary}},
  {v1::ACT_KIND_REPLY, v1::Audience::kCommitments,
   {.addressees = Share::kAct, .secretariat = Share::kSummary, .auditor = Share::kSummary}},
  {v1::ACT_KIND_OPEN, kAnyAudience,
   {.acted_on = Share::kSummary}},
  {v1::ACT_KIND_ACKNOWLEDGE, kAnyAudience,
   {.secretariat = Share::kSummary, .acted_on = Share::kAct, .auditor = Share::kSummary}},
  {v1::ACT_KIND_CONSULTATION_REQUEST, kAnyAudience, kToAllOfConsultation},
  {v1::ACT_KIND_ANSWER, kAnyAudience, kToAllOfConsultation},
  {v1::ACT_KIND_SCHEDULE, kAnyAudience, kToAllOfConsultation},
  {v1::ACT_KIND_MARK_HELD, kAnyAudience, kToAllOfConsultation},
  {v1::ACT_KIND_CONFIRM_RECORD, kAnyAudience, kToAllOfConsultation},
  {v1::ACT_KIND_REFUSE_RECORD, kAnyAudience, kToAllOfConsultation},
  {v1::ACT_KIND_LEAVE, kAnyAudience, kToAllOfConsultation},
  {v1::ACT_KIND_WITHDRAW_CONSULTATION, kAnyAudience, kToAllOfConsultation},
  {v1::ACT_KIND_POST, kAnyAudience,
   {.auditor = Share::kSummary, .parties = Share::kAct}},
  {v1::ACT_KIND_DRAFT_RECORD, kAnyAudience, kToPartiesOfConsultation},
  {v1::ACT_KIND_FILE_STATEMENT, kAnyAudience, kToPartiesOfConsultation},
  {v1::ACT_KIND_ENROL, kAnyAudience,
   {.frameworks = Share::kAct, .concerned = Share::kAct, .auditor = Share::kSummary}},
  {v1::ACT_KIND_GRANT_INTEGRATION, kAnyAudience,
   {.concerned = Share::kAct}},
  {v1::ACT_KIND_SUSPEND_CREDENTIAL, kAnyAudience, kOfCredential},
  {v1::ACT_KIND_RESTORE_CREDENTIAL, kAnyAudience, kOfCredential},
  {v1::ACT_KIND_REVOKE_CREDENTIAL, kAnyAudience, kOfCredential},
  {v1::ACT_KIND_RENEW_CREDENTIAL, kAnyAudience, kOfCredential},
};
// clang-format on

bool Summarizes(const Visibility& to, const LedgerId& ledger) {
  if (ledger.is_all()) {
    return to.frameworks == Share::kSummary;
  }
  if (ledger == LedgerId::Secretariat()) {
    return to.secretariat == Share::kSummary;
  }
  if (ledger == LedgerId::Auditor()) {
    return to.auditor == Share::kSummary;
  }
  return to.addressees == Share::kSummary || to.acted_on == Share::kSummary ||
         to.concerned == Share::kSummary || (ledger.is_state() && to.invitees == Share::kSummary);
}

}  // namespace

Visibility VisibilityOf(v1::ActKind kind, v1::Audience::ToCase audience) {
  for (const Row& row : kTable) {
    if (row.kind == kind && (row.audience == audience || row.audience == kAnyAudience)) {
      return row.visibility;
    }
  }
  return {};
}

bool MayBeToldOnly(v1::ActKind kind, const LedgerId& ledger) {
  bool known = false;
  for (const Row& row : kTable) {
    if (row.kind == kind && Summarizes(row.visibility, ledger)) {
      return true;
    }
    known = known || row.kind == kind;
  }
  return !known;
}

}  // namespace cbm::rules
