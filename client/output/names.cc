#include "client/output/names.h"

#include "client/output/text.h"
#include "client/output/words.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr Word<v1::Precedence> kPrecedences[] = {{v1::PRECEDENCE_ROUTINE, "ROUTINE"},
                                                 {v1::PRECEDENCE_URGENT, "URGENT"},
                                                 {v1::PRECEDENCE_EMERGENCY, "EMERGENCY"}};
constexpr Word<v1::Context> kContexts[] = {
    {v1::CONTEXT_REAL, "REAL"}, {v1::CONTEXT_EXERCISE, "EXERCISE"}, {v1::CONTEXT_TEST, "TEST"}};
constexpr Word<v1::Marking> kMarkings[] = {{v1::MARKING_RED, "RED"},
                                           {v1::MARKING_AMBER_STRICT, "AMBER+STRICT"},
                                           {v1::MARKING_AMBER, "AMBER"},
                                           {v1::MARKING_GREEN, "GREEN"},
                                           {v1::MARKING_CLEAR, "CLEAR"}};
constexpr Word<v1::OfficeType> kOfficeTypes[] = {{v1::OFFICE_TYPE_POLICY, "policy"},
                                                 {v1::OFFICE_TYPE_TECHNICAL, "technical"},
                                                 {v1::OFFICE_TYPE_DUTY, "duty"},
                                                 {v1::OFFICE_TYPE_DELEGATION, "delegation"},
                                                 {v1::OFFICE_TYPE_INTEGRATION, "integration"},
                                                 {v1::OFFICE_TYPE_SECRETARIAT, "secretariat"},
                                                 {v1::OFFICE_TYPE_CHAIR, "chair"},
                                                 {v1::OFFICE_TYPE_AUDITOR, "auditor"}};
constexpr Word<v1::CredentialPurpose> kPurposes[] = {{v1::CREDENTIAL_PURPOSE_CONNECT, "connect"},
                                                     {v1::CREDENTIAL_PURPOSE_SIGN, "sign"},
                                                     {v1::CREDENTIAL_PURPOSE_OPEN, "open"}};
constexpr Word<v1::Scope> kScopes[] = {
    {v1::SCOPE_READ, "READ"},       {v1::SCOPE_DRAFT, "DRAFT"},
    {v1::SCOPE_RELEASE, "RELEASE"}, {v1::SCOPE_ACKNOWLEDGE, "ACKNOWLEDGE"},
    {v1::SCOPE_CONSULT, "CONSULT"}, {v1::SCOPE_DIRECTORY, "DIRECTORY"}};
constexpr Word<v1::EntryRole> kRoles[] = {{v1::ENTRY_ROLE_OWN, "own"},
                                          {v1::ENTRY_ROLE_ADDRESSED, "addressed"},
                                          {v1::ENTRY_ROLE_INFORMED, "informed"},
                                          {v1::ENTRY_ROLE_HEADER, "header"},
                                          {v1::ENTRY_ROLE_REFUSED, "refused"}};
constexpr Word<v1::OpenManner> kManners[] = {{v1::OPEN_MANNER_BY_HAND, "by_hand"},
                                             {v1::OPEN_MANNER_AUTOMATIC, "automatic"}};
constexpr Word<v1::ActKind> kActKinds[] = {
    {v1::ACT_KIND_UNSPECIFIED, "genesis"},
    {v1::ACT_KIND_SUBMIT, "submit"},
    {v1::ACT_KIND_OPEN, "open"},
    {v1::ACT_KIND_ACKNOWLEDGE, "acknowledge"},
    {v1::ACT_KIND_REPLY, "reply"},
    {v1::ACT_KIND_CONSULTATION_REQUEST, "consultation_request"},
    {v1::ACT_KIND_ANSWER, "answer"},
    {v1::ACT_KIND_SCHEDULE, "schedule"},
    {v1::ACT_KIND_POST, "post"},
    {v1::ACT_KIND_MARK_HELD, "mark_held"},
    {v1::ACT_KIND_DRAFT_RECORD, "draft_record"},
    {v1::ACT_KIND_CONFIRM_RECORD, "confirm_record"},
    {v1::ACT_KIND_REFUSE_RECORD, "refuse_record"},
    {v1::ACT_KIND_FILE_STATEMENT, "file_statement"},
    {v1::ACT_KIND_LEAVE, "leave"},
    {v1::ACT_KIND_WITHDRAW_CONSULTATION, "withdraw_consultation"},
    {v1::ACT_KIND_ENROL, "enrol"},
    {v1::ACT_KIND_GRANT_INTEGRATION, "grant_integration"},
    {v1::ACT_KIND_SUSPEND_CREDENTIAL, "suspend_credential"},
    {v1::ACT_KIND_RESTORE_CREDENTIAL, "restore_credential"},
    {v1::ACT_KIND_REVOKE_CREDENTIAL, "revoke_credential"},
    {v1::ACT_KIND_RENEW_CREDENTIAL, "renew_credential"}};
constexpr Word<v1::IntegrationReading> kReadings[] = {
    {v1::INTEGRATION_READING_NOTHING, "NOTHING"},
    {v1::INTEGRATION_READING_NOTIFICATIONS, "NOTIFICATIONS"}};

constexpr Word<v1::ReplyOutcome> kOutcomes[] = {
    {v1::REPLY_OUTCOME_INTERIM, "interim"},
    {v1::REPLY_OUTCOME_FINAL, "final"},
    {v1::REPLY_OUTCOME_NOT_IN_A_POSITION, "not-in-a-position"}};
constexpr Word<v1::FollowUp> kFollowUps[] = {{v1::FOLLOW_UP_UPDATE, "update"},
                                             {v1::FOLLOW_UP_PROGRESS_REPORT, "progress"},
                                             {v1::FOLLOW_UP_FINAL_REPORT, "final"}};

constexpr Word<v1::CredentialReason> kCredentialReasons[] = {
    {v1::CREDENTIAL_REASON_KEY_LOST, "key-lost"},
    {v1::CREDENTIAL_REASON_KEY_COMPROMISED, "key-compromised"},
    {v1::CREDENTIAL_REASON_OFFICE_ASKED, "office-asked"},
    {v1::CREDENTIAL_REASON_OTHER, "other"}};
constexpr Word<rules::CredentialUse> kUses[] = {{rules::CredentialUse::kActive, "active"},
                                                {rules::CredentialUse::kNotYet, "not yet valid"},
                                                {rules::CredentialUse::kEnded, "ended"},
                                                {rules::CredentialUse::kSuspended, "suspended"},
                                                {rules::CredentialUse::kRevoked, "revoked"}};

}  // namespace

std::string NameOf(v1::Precedence precedence) {
  return FindWord<v1::Precedence>(kPrecedences, precedence);
}
std::string NameOf(v1::Context context) { return FindWord<v1::Context>(kContexts, context); }
std::string NameOf(v1::Marking marking) { return FindWord<v1::Marking>(kMarkings, marking); }
std::string NameOf(v1::OfficeType type) { return FindWord<v1::OfficeType>(kOfficeTypes, type); }
std::string NameOf(v1::CredentialPurpose purpose) {
  return FindWord<v1::CredentialPurpose>(kPurposes, purpose);
}
std::string NameOf(v1::Scope scope) { return FindWord<v1::Scope>(kScopes, scope); }
std::string NameOf(v1::EntryRole role) { return FindWord<v1::EntryRole>(kRoles, role); }
std::string NameOf(v1::OpenManner manner) { return FindWord<v1::OpenManner>(kManners, manner); }
std::string NameOf(v1::ActKind kind) { return FindWord<v1::ActKind>(kActKinds, kind); }
std::string NameOf(v1::IntegrationReading reading) {
  return FindWord<v1::IntegrationReading>(kReadings, reading);
}
std::string NameOf(v1::ReplyOutcome outcome) {
  return FindWord<v1::ReplyOutcome>(kOutcomes, outcome);
}
std::string NameOf(v1::FollowUp follow_up) { return FindWord<v1::FollowUp>(kFollowUps, follow_up); }

std::string NameOf(v1::CredentialReason reason) {
  return FindWord<v1::CredentialReason>(kCredentialReasons, reason);
}
std::string NameOf(rules::CredentialUse use) { return FindWord<rules::CredentialUse>(kUses, use); }

std::string UseText(const v1::CredentialRecord& credential, absl::Time now) {
  const rules::CredentialUse use = rules::UseOf(credential, now);
  const bool revoked = use == rules::CredentialUse::kRevoked;
  if (!revoked && use != rules::CredentialUse::kSuspended) {
    return NameOf(use);
  }
  const v1::CredentialChange& change = revoked ? credential.revoked() : credential.suspended();
  return fmt::format("{} since {} by {} ({})", NameOf(use), FormatUtc(TimeOf(change.time())),
                     CleanLine(change.party()), NameOf(change.reason()));
}

std::string ReachText(const v1::CredentialRecord& credential, absl::Time now) {
  const rules::CredentialUse use = rules::UseOf(credential, now);
  return use == rules::CredentialUse::kActive ? NameOf(use)
                                              : fmt::format("{}: reach by telephone", NameOf(use));
}

absl::StatusOr<v1::Precedence> PrecedenceNamed(std::string_view name) {
  return ReadWord<v1::Precedence>(kPrecedences, "--precedence", name);
}
absl::StatusOr<v1::Context> ContextNamed(std::string_view name) {
  return ReadWord<v1::Context>(kContexts, "--context", name);
}
absl::StatusOr<v1::Marking> MarkingNamed(std::string_view name) {
  return ReadWord<v1::Marking>(kMarkings, "a marking", name);
}
absl::StatusOr<v1::OfficeType> OfficeTypeNamed(std::string_view name) {
  return ReadWord<v1::OfficeType>(kOfficeTypes, "--type", name);
}
absl::StatusOr<v1::CredentialPurpose> PurposeNamed(std::string_view name) {
  return ReadWord<v1::CredentialPurpose>(kPurposes, "--purpose", name);
}
absl::StatusOr<v1::Scope> ScopeNamed(std::string_view name) {
  return ReadWord<v1::Scope>(kScopes, "--scope", name);
}
absl::StatusOr<v1::IntegrationReading> ReadingNamed(std::string_view name) {
  return ReadWord<v1::IntegrationReading>(kReadings, "--reading", name);
}
absl::StatusOr<v1::ReplyOutcome> OutcomeNamed(std::string_view name) {
  return ReadWord<v1::ReplyOutcome>(kOutcomes, "--outcome", name);
}
absl::StatusOr<v1::FollowUp> FollowUpNamed(std::string_view name) {
  return ReadWord<v1::FollowUp>(kFollowUps, "--stage", name);
}

absl::StatusOr<v1::CredentialReason> CredentialReasonNamed(std::string_view name) {
  return ReadWord<v1::CredentialReason>(kCredentialReasons, "--reason", name);
}

}  // namespace cbm
