// Following up a notification: what may hang on an earlier one.

#include <algorithm>
#include <optional>
#include <string>

#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"
#include "core/rules/sending.h"
#include "fmt/format.h"

namespace cbm::rules {
namespace {

absl::Status Bad(const std::string& text) { return absl::InvalidArgumentError(text); }

absl::Status CheckForm(const v1::Act& act) {
  const bool follows = act.submit().follow_up() != v1::FOLLOW_UP_UNSPECIFIED;
  if (!follows && !act.references().empty()) {
    return Bad(
        "references must be empty, unless submit.follow_up says what it is in the thread of an "
        "earlier notification");
  }
  if (follows && act.references_size() != 1) {
    return Bad("references must name the first notification of the thread, and nothing else");
  }
  return absl::OkStatus();
}

// Whether all that the act is for have the first: an act refers to nothing that they do not have.
absl::Status CheckNotWider(const Exchange& exchange, const Submission& submission,
                           const v1::NotificationRecord& first) {
  const v1::Audience& audience = submission.act.audience();
  if (first.audience() == kSecretariatParty) {
    return audience.has_secretariat() ? absl::OkStatus()
                                      : Bad("audience must be the secretariat, as of the first");
  }
  if (audience.has_all()) {
    return first.audience() == LedgerId::All(audience.all().framework()).text()
               ? absl::OkStatus()
               : Bad(fmt::format("audience must not be wider than that of the first, {}",
                                 first.audience()));
  }
  if (!audience.has_commitments()) {
    return Bad("audience must be that of the first, or narrower");
  }
  for (const v1::AddresseeOpening& opening : submission.openings) {
    const bool has_it =
        first.audience() == "NAMED"
            ? std::any_of(first.deliveries().begin(), first.deliveries().end(),
                          [&](const v1::Delivery& to) { return to.state() == opening.state(); })
            : exchange.Participates(opening.state(),
                                    first.audience().substr(std::string_view("ALL/").size()));
    if (!has_it) {
      return Bad(fmt::format("addressees must be among those of the first, {}; {} is not",
                             first.audience() == "NAMED" ? StatesOf(first) : first.audience(),
                             opening.state()));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckFilter(const v1::Act& act, const v1::NotificationRecord& first) {
  const auto& wide = first.office_filter();
  const auto& narrow = act.office_filter();
  const bool within = std::all_of(narrow.begin(), narrow.end(), [&](int type) {
    return std::find(wide.begin(), wide.end(), type) != wide.end();
  });
  return wide.empty() || (within && !narrow.empty())
             ? absl::OkStatus()
             : Bad("office_filter must be that of the first, or narrower");
}

absl::Status CheckAgainst(const Exchange& exchange, const Submission& submission,
                          const v1::NotificationRecord& first) {
  const v1::Act& act = submission.act;
  if (first.from_party() != act.party()) {
    return absl::FailedPreconditionError(
        "a notification is followed up by its author: reply to it instead");
  }
  if (!first.thread().empty()) {
    return absl::FailedPreconditionError(fmt::format(
        "references must name the first notification of its thread, {}", ToHex(first.thread())));
  }
  if (act.references(0).record_version() != first.record_version()) {
    return absl::AbortedError(fmt::format("the notification is at version {} now, not {}",
                                          first.record_version(),
                                          act.references(0).record_version()));
  }
  const v1::Notification& notification = act.submit().notification();
  if (notification.kind() != first.notification().kind() ||
      notification.context() != first.notification().context()) {
    return Bad("kind and context must be those of the first notification of the thread");
  }
  CBM_RETURN_IF_ERROR(CheckFilter(act, first));
  return CheckNotWider(exchange, submission, first);
}

}  // namespace

absl::StatusOr<absl::Status> CheckThread(const View& view, const Submission& submission) {
  const v1::Act& act = submission.act;
  if (absl::Status form = CheckForm(act); !form.ok() || act.references().empty()) {
    return form;
  }
  CBM_ASSIGN_OR_RETURN(const Digest digest, DigestFrom(act.references(0).act_digest()));
  CBM_ASSIGN_OR_RETURN(const std::optional<v1::NotificationRecord> first,
                       FindNotification(view, digest));
  if (!first.has_value() || first->role() == v1::ENTRY_ROLE_HEADER ||
      IsKeptFrom(*first, act.party(), submission.signer.type())) {
    return NoSuchNotification();
  }
  return CheckAgainst(view.exchange(), submission, *first);
}

}  // namespace cbm::rules
