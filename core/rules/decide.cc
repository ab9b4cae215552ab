#include "core/rules/decide.h"

#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/act_shape.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"
#include "fmt/format.h"

namespace cbm::rules {
namespace {

template <typename Value>
struct Word {
  Value value;
  std::string_view word;
};

constexpr Word<v1::FollowUp> kFollowUps[] = {{v1::FOLLOW_UP_UNSPECIFIED, "submitted"},
                                             {v1::FOLLOW_UP_UPDATE, "followed_up"},
                                             {v1::FOLLOW_UP_PROGRESS_REPORT, "progress_reported"},
                                             {v1::FOLLOW_UP_FINAL_REPORT, "final_reported"}};
constexpr Word<v1::ReplyOutcome> kOutcomes[] = {
    {v1::REPLY_OUTCOME_UNSPECIFIED, ""},
    {v1::REPLY_OUTCOME_INTERIM, "answered_interim"},
    {v1::REPLY_OUTCOME_FINAL, "answered_final"},
    {v1::REPLY_OUTCOME_NOT_IN_A_POSITION, "not_in_a_position"}};

template <typename Value, size_t count>
std::string_view WordOf(const Word<Value> (&words)[count], Value value) {
  const auto* const found = std::find_if(std::begin(words), std::end(words),
                                         [&](const auto& word) { return word.value == value; });
  return found == std::end(words) ? "" : found->word;
}

// The first, which is unspecified, if it is none of the words.
template <typename Value, size_t count>
Value ValueOf(const Word<Value> (&words)[count], std::string_view text) {
  const auto* const found = std::find_if(std::begin(words), std::end(words),
                                         [&](const auto& word) { return word.word == text; });
  return found == std::end(words) ? words[0].value : found->value;
}

}  // namespace

absl::StatusOr<Decision> Decide(const View& view, const Submission& submission, absl::Time now) {
  if (absl::Status shape = CheckShape(view.exchange(), submission, now); !shape.ok()) {
    return Refuse(std::move(shape));
  }
  switch (submission.act.kind_case()) {
    case v1::Act::kSubmit:
      return DecideSubmit(view, submission, now);
    case v1::Act::kOpen:
      return DecideOpen(view, submission, now);
    case v1::Act::kAcknowledge:
      return DecideAcknowledge(view, submission, now);
    case v1::Act::kReply:
      return DecideReply(view, submission, now);
    case v1::Act::kConsultationRequest:
      return DecideConsultationRequest(view, submission, now);
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
      return DecideConsultationAct(view, submission, now);
    case v1::Act::kEnrol:
      return DecideEnrol(view, submission, now);
    case v1::Act::kGrantIntegration:
      return DecideGrantIntegration(view, submission, now);
    case v1::Act::kSuspendCredential:
    case v1::Act::kRestoreCredential:
    case v1::Act::kRevokeCredential:
      return DecideChangeCredential(view, submission, now);
    case v1::Act::kRenewCredential:
      return DecideRenewCredential(view, submission, now);
    case v1::Act::KIND_NOT_SET:
      break;
  }
  return Refuse(absl::InvalidArgumentError("kind must be one of the kinds of act"));
}

Decision Refuse(absl::Status why) { return Decision{.verdict = std::move(why), .entries = {}}; }

std::string CommitmentOf(const v1::AddresseeOpening& opening) {
  return std::string(BytesOf(Sha256({"cbm.v1/addressee", opening.salt(), opening.state()})));
}

v1::Entry* AddEntry(const Submission& submission, const LedgerId& ledger, v1::EntryRole role,
                    Share share, Decision& decision) {
  if (share == Share::kNothing) {
    return nullptr;
  }
  NewEntry added{.ledger = ledger, .entry = {}, .gives_contents = false, .delivered_to = {}};
  added.entry.set_kind(static_cast<v1::ActKind>(submission.act.kind_case()));
  added.entry.set_role(role);
  if (share == Share::kSummary) {
    added.entry.mutable_summary();
  } else {
    added.gives_contents = !submission.contents.empty();
  }
  decision.entries.push_back(std::move(added));
  return &decision.entries.back().entry;
}

void AddOwnEntry(const View& view, const Submission& submission, v1::Entry own,
                 Decision& decision) {
  if (view.own_id().is_integration()) {
    v1::Entry* const copy = AddEntry(submission, LedgerId::State(view.own_id().state()),
                                     v1::ENTRY_ROLE_INFORMED, Share::kAct, decision);
    *copy->mutable_openings() = own.openings();
    *copy->mutable_effect() = own.effect();
  }
  v1::Entry* const entry =
      AddEntry(submission, view.own_id(), v1::ENTRY_ROLE_OWN, Share::kAct, decision);
  *entry->mutable_openings() = std::move(*own.mutable_openings());
  *entry->mutable_effect() = std::move(*own.mutable_effect());
}

absl::Status RequireOwnAudience(const v1::Act& act) {
  return act.audience().has_own()
             ? absl::OkStatus()
             : absl::InvalidArgumentError("audience must be the own party for this kind of act");
}

absl::Status CheckStatement(const Submission& submission, v1::Scope scope, v1::OpenManner manner,
                            std::string_view kind) {
  const v1::Act& act = submission.act;
  CBM_RETURN_IF_ERROR(RequireScope(submission.signer, scope));
  CBM_RETURN_IF_ERROR(RequireOwnAudience(act));
  if (manner == v1::OPEN_MANNER_UNSPECIFIED) {
    return absl::InvalidArgumentError(fmt::format("{}.manner must be BY_HAND or AUTOMATIC", kind));
  }
  if (act.references().empty() || !act.manifest_digest().empty()) {
    return absl::InvalidArgumentError(
        fmt::format("{}: references must name a notification, and manifest_digest be empty", kind));
  }
  return absl::OkStatus();
}

v1::Summary SummaryOf(const v1::NotificationRecord& record, std::string_view new_state) {
  v1::Summary summary;
  summary.set_precedence(record.notification().precedence());
  summary.set_context(record.notification().context());
  summary.set_marking(record.notification().marking());
  summary.set_notification_kind(record.notification().kind());
  summary.set_acted_on(record.act_digest());
  summary.set_record_version(record.record_version());
  summary.set_new_state(std::string(new_state));
  return summary;
}

bool IsKeptFrom(const v1::NotificationRecord& record, std::string_view party, v1::OfficeType type) {
  const auto& filter = record.office_filter();
  return record.from_party() != party && !filter.empty() &&
         std::find(filter.begin(), filter.end(), type) == filter.end();
}

absl::StatusOr<std::optional<v1::NotificationRecord>> FindReceived(const View& view,
                                                                   const Submission& submission,
                                                                   const Digest& digest) {
  CBM_ASSIGN_OR_RETURN(std::optional<v1::NotificationRecord> record,
                       FindNotification(view, digest));
  if (record.has_value() &&
      (record->role() == v1::ENTRY_ROLE_HEADER ||
       IsKeptFrom(*record, submission.act.party(), submission.signer.type()))) {
    record.reset();
  }
  return record;
}

std::string CommitmentIn(const v1::NotificationRecord& record, std::string_view state) {
  for (const v1::Delivery& delivery : record.deliveries()) {
    if (delivery.state() == state) {
      return delivery.commitment();
    }
  }
  return "";
}

std::string_view NewStateOf(v1::FollowUp follow_up) { return WordOf(kFollowUps, follow_up); }
std::string_view NewStateOf(v1::ReplyOutcome outcome) { return WordOf(kOutcomes, outcome); }
v1::FollowUp FollowUpOf(std::string_view new_state) { return ValueOf(kFollowUps, new_state); }
v1::ReplyOutcome OutcomeOf(std::string_view new_state) { return ValueOf(kOutcomes, new_state); }

bool IsClosing(v1::ReplyOutcome outcome) {
  return outcome == v1::REPLY_OUTCOME_FINAL || outcome == v1::REPLY_OUTCOME_NOT_IN_A_POSITION;
}

absl::Status NoSuchNotification() { return absl::NotFoundError("there is no such notification"); }

}  // namespace cbm::rules
