// Stating that a notification was received.

#include <optional>
#include <string_view>
#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/act_shape.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"
#include "fmt/format.h"

namespace cbm::rules {
namespace {

constexpr std::string_view kAcknowledged = "acknowledged";

absl::Status CheckForm(const Submission& submission) {
  const v1::Act& act = submission.act;
  CBM_RETURN_IF_ERROR(
      CheckStatement(submission, v1::SCOPE_ACKNOWLEDGE, act.acknowledge().manner(), "acknowledge"));
  return act.references_size() == 1
             ? absl::OkStatus()
             : absl::InvalidArgumentError("references must name one notification to acknowledge");
}

}  // namespace

absl::StatusOr<Decision> DecideAcknowledge(const View& view, const Submission& submission,
                                           absl::Time /*now*/) {
  if (absl::Status form = CheckForm(submission); !form.ok()) {
    return Refuse(std::move(form));
  }
  const v1::Act& act = submission.act;
  const v1::Reference& reference = act.references(0);
  CBM_ASSIGN_OR_RETURN(const Digest digest, DigestFrom(reference.act_digest()));
  CBM_ASSIGN_OR_RETURN(const std::optional<v1::NotificationRecord> record,
                       FindReceived(view, submission, digest));
  if (!record.has_value()) {
    return Refuse(NoSuchNotification());
  }
  if (record->from_party() == act.party()) {
    return Refuse(
        absl::FailedPreconditionError("a State does not acknowledge its own notification"));
  }
  if (reference.record_version() != record->record_version()) {
    return Refuse(
        absl::AbortedError(fmt::format("the notification is at version {} now, not {}",
                                       record->record_version(), reference.record_version())));
  }
  CBM_ASSIGN_OR_RETURN(const std::optional<std::string> before,
                       view.own().FindFact(AcknowledgedKey(digest)));
  if (before.has_value()) {
    return Refuse(
        absl::FailedPreconditionError("your State has acknowledged this notification already"));
  }

  const Visibility visibility = VisibilityOf(v1::ACT_KIND_ACKNOWLEDGE, act.audience().to_case());
  Decision decision;
  AddEntry(submission, LedgerId::OfParty(record->from_party(), record->from_office()),
           v1::ENTRY_ROLE_ADDRESSED, visibility.acted_on, decision);
  decision.entries.back().delivered_to = record->from_party();
  if (act.party() != kSecretariatParty) {
    v1::Entry* const entry = AddEntry(submission, LedgerId::Secretariat(), v1::ENTRY_ROLE_HEADER,
                                      visibility.secretariat, decision);
    v1::Summary& summary = *entry->mutable_summary();
    summary = SummaryOf(*record, kAcknowledged);
    summary.set_manner(act.acknowledge().manner());
    if (record->audience() == "NAMED") {
      summary.set_commitment(CommitmentIn(*record, act.party()));
    } else {
      summary.set_party(act.party());
    }
  }
  v1::Entry* const entry = AddEntry(submission, LedgerId::Auditor(), v1::ENTRY_ROLE_HEADER,
                                    visibility.auditor, decision);
  *entry->mutable_summary() = SummaryOf(*record, kAcknowledged);
  AddOwnEntry(view, submission, v1::Entry(), decision);
  return decision;
}

}  // namespace cbm::rules
