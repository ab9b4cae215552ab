#include "core/rules/consultation_form.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "core/base/status_macros.h"
#include "core/rules/act_shape.h"
#include "core/rules/consultation.h"
#include "core/rules/facts.h"
#include "core/rules/sending.h"
#include "fmt/format.h"

namespace cbm::rules {
namespace {

constexpr std::string_view kRequestKind = "CRQ";
constexpr std::string_view kMadeBy = "consult";
constexpr int kProposedTimesMax = 8;
// An answer that is wanted later than that is not waited for by anybody.
constexpr absl::Duration kAnswerWithinMax = absl::Hours(24 * 366);

absl::Status Bad(const std::string& text) { return absl::InvalidArgumentError(text); }

// Who may: what can be said of the author alone.
absl::Status CheckAuthor(const Submission& submission) {
  if (!IsStateCode(submission.act.party())) {
    return absl::PermissionDeniedError("consultations are held by States");
  }
  if (submission.signer.type() == v1::OFFICE_TYPE_INTEGRATION) {
    return absl::PermissionDeniedError(
        "an integration takes no part in consultations: let another office of your State do it");
  }
  return RequireScope(submission.signer, v1::SCOPE_CONSULT);
}

// What every act of a consultation has.
absl::Status CheckCommon(const Submission& submission) {
  const v1::Act& act = submission.act;
  const std::string_view id = ConsultationIdOf(act, BytesOf(submission.act_digest));
  if (id.size() != kDigestBytes) {
    return Bad(
        fmt::format("consultation_id has {} bytes; it must have {}", id.size(), kDigestBytes));
  }
  if (!act.references().empty()) {
    return Bad("references must be empty in a consultation: its id says what the act is about");
  }
  return absl::OkStatus();
}

absl::Status CheckWishes(const v1::ConsultationRequest& request, absl::Time now) {
  const auto& times = request.proposed_times();
  const bool ordered =
      std::all_of(times.begin(), times.end(), IsInstant) &&
      std::adjacent_find(times.begin(), times.end(), [](const auto& a, const auto& b) {
        return FromTimestamp(a) >= FromTimestamp(b);
      }) == times.end();
  if (times.empty() || times.size() > kProposedTimesMax || !ordered) {
    return Bad(
        fmt::format("the times proposed (proposed_times) must be 1 to {}, ascending, each once",
                    kProposedTimesMax));
  }
  if (FromTimestamp(times[times.size() - 1]) <= now) {
    return Bad("of the times proposed (proposed_times) one at least must be ahead");
  }
  if (request.level() == v1::CONSULTATION_LEVEL_UNSPECIFIED ||
      request.format() == v1::CONSULTATION_FORMAT_UNSPECIFIED) {
    return Bad("level and format must say between whom and how the States are to meet");
  }
  if (request.has_answer_by() &&
      (!IsInstant(request.answer_by()) || FromTimestamp(request.answer_by()) <= now ||
       FromTimestamp(request.answer_by()) > now + kAnswerWithinMax)) {
    return Bad(fmt::format("the time to answer by (answer_by) must be ahead, by at most {} days",
                           absl::ToInt64Hours(kAnswerWithinMax) / 24));
  }
  return absl::OkStatus();
}

absl::Status CheckTimes(const v1::Act& act, absl::Time now) {
  if (act.has_schedule()) {
    const v1::Schedule& schedule = act.schedule();
    if (!schedule.has_from() && !schedule.has_to()) {
      return absl::OkStatus();
    }
    const bool good = schedule.has_from() && schedule.has_to() && IsInstant(schedule.from()) &&
                      IsInstant(schedule.to()) &&
                      FromTimestamp(schedule.from()) < FromTimestamp(schedule.to()) &&
                      FromTimestamp(schedule.to()) > now;
    return good ? absl::OkStatus()
                : Bad("schedule: `to` must be after `from` and not past; or neither set, to "
                      "postpone");
  }
  if (act.has_mark_held()) {
    const v1::MarkHeld& held = act.mark_held();
    const bool good =
        held.has_from() && held.has_to() && IsInstant(held.from()) && IsInstant(held.to()) &&
        FromTimestamp(held.from()) < FromTimestamp(held.to()) && FromTimestamp(held.to()) <= now;
    return good ? absl::OkStatus()
                : Bad("mark_held: `to` must be after `from` and not ahead: a meeting is marked "
                      "held once it is over");
  }
  return absl::OkStatus();
}

bool NeedsManifest(const v1::Act& act) {
  return act.has_post() || act.has_draft_record() || act.has_file_statement();
}

absl::Status CheckKindsFields(const v1::Act& act) {
  if (act.has_answer() && act.answer().answer() == v1::ANSWER_KIND_UNSPECIFIED) {
    return Bad("answer must be ACCEPT, DECLINE, OTHER_TIME or REFER");
  }
  if (act.has_draft_record() && act.draft_record().record_version() == 0) {
    return Bad("draft_record.record_version must be one more than the record's last, from 1");
  }
  for (const std::string* const digest :
       {&act.confirm_record().record_digest(), &act.refuse_record().record_digest()}) {
    if ((act.has_confirm_record() || act.has_refuse_record()) && !digest->empty() &&
        digest->size() != kDigestBytes) {
      return Bad(
          fmt::format("record_digest has {} bytes; it must have {}", digest->size(), kDigestBytes));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<absl::Status> CheckRequestForm(const View& view, const Submission& submission,
                                              absl::Time now) {
  const v1::Act& act = submission.act;
  const v1::Notification& notification = act.consultation_request().notification();
  if (absl::Status form = CheckAuthor(submission); !form.ok()) {
    return form;
  }
  if (absl::Status form = CheckCommon(submission); !form.ok()) {
    return form;
  }
  if (notification.kind() != kRequestKind) {
    return Bad("notification.kind must be CRQ for a request to consult");
  }
  if (notification.has_answer_wanted_by()) {
    return Bad("notification.answer_wanted_by must be unset: answer_by of the request says it");
  }
  if (!act.audience().has_commitments() ||
      act.audience().commitments().list() != v1::LIST_VISIBILITY_SHOWN) {
    return Bad(
        "audience must be commitments, with the list shown: those who are asked see each "
        "other");
  }
  if (absl::Status form = CheckNotification(view.exchange(), act, notification, kMadeBy);
      !form.ok()) {
    return form;
  }
  if (absl::Status form = CheckWishes(act.consultation_request(), now); !form.ok()) {
    return form;
  }
  return CheckAudience(view, submission, notification, now);
}

absl::Status CheckConsultationForm(const Submission& submission, absl::Time now) {
  const v1::Act& act = submission.act;
  CBM_RETURN_IF_ERROR(CheckAuthor(submission));
  CBM_RETURN_IF_ERROR(CheckCommon(submission));
  if (!act.audience().has_party_set() ||
      act.audience().party_set().digest().size() != kDigestBytes) {
    return Bad("audience must be the consultation's party set, by its digest of 32 bytes");
  }
  if (!submission.openings.empty()) {
    return Bad("addressees must be empty unless the audience is commitments");
  }
  if (NeedsManifest(act) && act.manifest_digest().empty()) {
    return Bad("manifest_digest must name what is said");
  }
  if (act.has_confirm_record() && !act.manifest_digest().empty()) {
    return Bad("manifest_digest must be empty: a record is confirmed as it is");
  }
  CBM_RETURN_IF_ERROR(CheckKindsFields(act));
  return CheckTimes(act, now);
}

}  // namespace cbm::rules
