// Asking for the content of notifications that were sent by name.

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/rules/act_shape.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"
#include "fmt/format.h"

namespace cbm::rules {
namespace {

absl::Status CheckForm(const Submission& submission) {
  const v1::Act& act = submission.act;
  CBM_RETURN_IF_ERROR(CheckStatement(submission, v1::SCOPE_READ, act.open().manner(), "open"));
  std::vector<std::string_view> digests;
  for (const v1::Reference& reference : act.references()) {
    digests.push_back(reference.act_digest());
  }
  std::sort(digests.begin(), digests.end());
  return Rises(digests) ? absl::OkStatus()
                        : absl::InvalidArgumentError("references must name each notification once");
}

// Whether the office may open this notification now. A notification that its party follows by a
// header alone, or that an office type is kept from, does not exist for it.
absl::StatusOr<absl::Status> CheckOne(const View& view, const Submission& submission,
                                      const v1::Reference& reference,
                                      const v1::NotificationRecord& record) {
  if (record.role() == v1::ENTRY_ROLE_HEADER ||
      IsKeptFrom(record, submission.act.party(), submission.signer.type())) {
    return NoSuchNotification();
  }
  if (record.audience() != "NAMED" || record.from_party() == submission.act.party()) {
    return absl::FailedPreconditionError(
        "this content needs no open: it is your own, or was sent to all or to the secretariat");
  }
  if (reference.record_version() != record.record_version()) {
    return absl::AbortedError(fmt::format("the notification is at version {} now, not {}",
                                          record.record_version(), reference.record_version()));
  }
  CBM_ASSIGN_OR_RETURN(const std::optional<std::string> opened,
                       view.own().FindFact(OpenedKey(record.ordinal(), submission.act.office())));
  if (opened.has_value()) {
    return absl::FailedPreconditionError(
        "your office has opened this notification already: its content is served");
  }
  return absl::OkStatus();
}

bool WasOpened(const v1::NotificationRecord& record, std::string_view state) {
  return std::any_of(record.deliveries().begin(), record.deliveries().end(),
                     [&](const v1::Delivery& delivery) {
                       return delivery.state() == state && delivery.has_opened();
                     });
}

// The sender is told of the first open of each State and version alone.
void TellSender(const Submission& submission, const v1::NotificationRecord& record,
                Decision& decision) {
  if (WasOpened(record, submission.act.party())) {
    return;
  }
  v1::Entry* const entry = AddEntry(
      submission, LedgerId::OfParty(record.from_party(), record.from_office()),
      v1::ENTRY_ROLE_INFORMED,
      VisibilityOf(v1::ACT_KIND_OPEN, submission.act.audience().to_case()).acted_on, decision);
  if (entry == nullptr) {
    return;
  }
  v1::Summary& summary = *entry->mutable_summary();
  summary = SummaryOf(record, "opened");
  summary.set_party(submission.act.party());
  summary.set_manner(submission.act.open().manner());
}

}  // namespace

absl::StatusOr<Decision> DecideOpen(const View& view, const Submission& submission,
                                    absl::Time /*now*/) {
  if (absl::Status form = CheckForm(submission); !form.ok()) {
    return Refuse(std::move(form));
  }
  Decision decision;
  for (const v1::Reference& reference : submission.act.references()) {
    CBM_ASSIGN_OR_RETURN(const Digest digest, DigestFrom(reference.act_digest()));
    CBM_ASSIGN_OR_RETURN(const std::optional<v1::NotificationRecord> record,
                         FindNotification(view.own(), digest));
    if (!record.has_value()) {
      return Refuse(NoSuchNotification());
    }
    CBM_ASSIGN_OR_RETURN(absl::Status good, CheckOne(view, submission, reference, *record));
    if (!good.ok()) {
      return Refuse(std::move(good));
    }
    TellSender(submission, *record, decision);
  }
  AddOwnEntry(view, submission, v1::Entry(), decision);
  return decision;
}

}  // namespace cbm::rules
