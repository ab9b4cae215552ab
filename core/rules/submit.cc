// Sending a notification, or what follows up an earlier one.

#include <string_view>
#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"
#include "core/rules/sending.h"

namespace cbm::rules {
namespace {

absl::Status CheckForm(const View& view, const Submission& submission) {
  CBM_RETURN_IF_ERROR(CheckSender(submission));
  return CheckNotification(view.exchange(), submission.act, submission.act.submit().notification(),
                           "notify");
}

v1::Summary SummaryOfSubmit(const v1::Act& act) {
  v1::Summary summary =
      SummaryOfSent(act.submit().notification(), NewStateOf(act.submit().follow_up()));
  if (!act.references().empty()) {
    summary.set_acted_on(act.references(0).act_digest());
  }
  return summary;
}

}  // namespace

absl::StatusOr<Decision> DecideSubmit(const View& view, const Submission& submission,
                                      absl::Time now) {
  if (absl::Status form = CheckForm(view, submission); !form.ok()) {
    return Refuse(std::move(form));
  }
  CBM_ASSIGN_OR_RETURN(absl::Status good, CheckThread(view, submission));
  if (!good.ok()) {
    return Refuse(std::move(good));
  }
  const v1::Act& act = submission.act;
  CBM_ASSIGN_OR_RETURN(good, CheckAudience(view, submission, act.submit().notification(), now));
  if (!good.ok()) {
    return Refuse(std::move(good));
  }
  v1::Summary for_secretariat = SummaryOfSubmit(act);
  for_secretariat.set_party(act.party());
  return Send(view, submission,
              {.notification = act.submit().notification(),
               .starts_thread = act.references().empty(),
               .for_secretariat = std::move(for_secretariat),
               .for_auditor = SummaryOfSubmit(act)},
              now);
}

}  // namespace cbm::rules
