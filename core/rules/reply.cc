// Replying to a notification.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/act_shape.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"
#include "core/rules/sending.h"
#include "fmt/format.h"

namespace cbm::rules {
namespace {

absl::Status Bad(const std::string& text) { return absl::InvalidArgumentError(text); }

absl::Status CheckForm(const View& view, const Submission& submission) {
  const v1::Act& act = submission.act;
  const v1::Reply& reply = act.reply();
  CBM_RETURN_IF_ERROR(CheckSender(submission));
  if (reply.outcome() == v1::REPLY_OUTCOME_UNSPECIFIED) {
    return Bad("reply.outcome must be INTERIM, FINAL or NOT_IN_A_POSITION");
  }
  if (reply.quotes() == v1::QUOTING_UNSPECIFIED) {
    return Bad("reply.quotes must say whether it quotes what it answers");
  }
  if (act.references_size() != 1) {
    return Bad("references must name the one notification that is answered");
  }
  if (!act.audience().has_commitments()) {
    return Bad("audience must be commitments: a reply goes to the author of what it answers");
  }
  return CheckNotification(view.exchange(), act, reply.notification(), "reply");
}

// What the answered notification asks of a reply to it.
absl::Status CheckAgainst(const v1::NotificationRecord& answered, const v1::Reply& reply) {
  const v1::Notification& notification = reply.notification();
  if (notification.context() != answered.notification().context()) {
    return Bad("context must be that of the notification that is answered");
  }
  if (notification.marking() < answered.notification().marking() &&
      reply.quotes() != v1::QUOTING_QUOTES_NOTHING) {
    return Bad(
        "marking must be at least as strict as that of the notification that is answered, unless "
        "reply.quotes says that nothing of it is quoted");
  }
  return absl::OkStatus();
}

// Its author alone, unless the author showed the list.
absl::Status CheckAddressees(const v1::NotificationRecord& answered, const Submission& submission) {
  bool to_author = false;
  for (const v1::AddresseeOpening& opening : submission.openings) {
    const bool shown =
        std::any_of(answered.deliveries().begin(), answered.deliveries().end(),
                    [&](const v1::Delivery& to) { return to.state() == opening.state(); });
    if (opening.state() == answered.from_party()) {
      to_author = true;
    } else if (!shown) {
      return Bad(fmt::format(
          "addressees must be the author of the notification that is answered, and of its other "
          "addressees those that its author showed to you: {} is none of them",
          opening.state()));
    }
  }
  if (!to_author) {
    return Bad("addressees must have the author of the notification that is answered");
  }
  if (submission.openings.size() > 1 && !answered.office_filter().empty()) {
    return absl::FailedPreconditionError(
        "the notification was narrowed to some offices of its addressees: reply to its author "
        "alone");
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Status> CheckStillOpen(const View& view, const Digest& answered) {
  CBM_ASSIGN_OR_RETURN(const std::optional<v1::Delivery> before,
                       FindRecord<v1::Delivery>(view.own(), AnsweredKey(answered)));
  if (before.has_value() && IsClosing(before->outcome())) {
    return absl::FailedPreconditionError(
        "your State has given its last reply to this notification: send a notification of your "
        "own for what is to be said besides");
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Status> CheckAnswered(const View& view, const Submission& submission,
                                           const v1::NotificationRecord& answered,
                                           const Digest& digest) {
  const v1::Act& act = submission.act;
  if (answered.from_party() == act.party()) {
    return absl::FailedPreconditionError(
        "a State does not reply to its own notification: follow it up");
  }
  if (act.references(0).record_version() != answered.record_version()) {
    return absl::AbortedError(fmt::format("the notification is at version {} now, not {}",
                                          answered.record_version(),
                                          act.references(0).record_version()));
  }
  if (absl::Status good = CheckAgainst(answered, act.reply()); !good.ok()) {
    return good;
  }
  if (absl::Status good = CheckAddressees(answered, submission); !good.ok()) {
    return good;
  }
  return CheckStillOpen(view, digest);
}

// The secretariat knows who replied as it knows who acknowledged: by the commitment in what is
// answered, where that was sent by name.
void NameTheReplier(const v1::NotificationRecord& answered, const std::string& party,
                    v1::Summary& summary) {
  if (answered.audience() == "NAMED") {
    summary.set_commitment(CommitmentIn(answered, party));
  } else {
    summary.set_party(party);
  }
}

}  // namespace

absl::StatusOr<Decision> DecideReply(const View& view, const Submission& submission,
                                     absl::Time now) {
  if (absl::Status form = CheckForm(view, submission); !form.ok()) {
    return Refuse(std::move(form));
  }
  const v1::Act& act = submission.act;
  CBM_ASSIGN_OR_RETURN(const Digest digest, DigestFrom(act.references(0).act_digest()));
  CBM_ASSIGN_OR_RETURN(const std::optional<v1::NotificationRecord> answered,
                       FindReceived(view, submission, digest));
  if (!answered.has_value()) {
    return Refuse(NoSuchNotification());
  }
  CBM_ASSIGN_OR_RETURN(absl::Status good, CheckAnswered(view, submission, *answered, digest));
  if (!good.ok()) {
    return Refuse(std::move(good));
  }
  CBM_ASSIGN_OR_RETURN(good, CheckAudience(view, submission, act.reply().notification(), now));
  if (!good.ok()) {
    return Refuse(std::move(good));
  }
  v1::Summary summary =
      SummaryOfSent(act.reply().notification(), NewStateOf(act.reply().outcome()));
  summary.set_acted_on(answered->act_digest());
  v1::Summary for_secretariat = summary;
  NameTheReplier(*answered, act.party(), for_secretariat);
  return Send(view, submission,
              {.notification = act.reply().notification(),
               .starts_thread = false,
               .for_secretariat = std::move(for_secretariat),
               .for_auditor = std::move(summary)},
              now);
}

}  // namespace cbm::rules
