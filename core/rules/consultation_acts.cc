// What is done in a consultation after its request.

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/status_macros.h"
#include "core/rules/consultation.h"
#include "core/rules/consultation_entries.h"
#include "core/rules/consultation_form.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"
#include "fmt/format.h"

namespace cbm::rules {
namespace {

// A consultation is one fact of a ledger, so it cannot go on for ever. The room is shared out to
// the requester and those it asked: a State knows how many acts are its own, and a number of all
// would tell those who are still asked how much was posted, which is not theirs to know.
constexpr int kHistoryMax = 1'000;

int ShareOf(const v1::ConsultationState& state) {
  return kHistoryMax / (1 + state.invitations_size());
}

// Whether the act ends something: there are only so many of these, and they are always taken.
bool EndsSomething(const v1::Act& act) {
  return act.has_leave() || act.has_withdraw_consultation() || act.has_mark_held() ||
         act.has_file_statement() ||
         (act.has_answer() && (act.answer().answer() == v1::ANSWER_KIND_ACCEPT ||
                               act.answer().answer() == v1::ANSWER_KIND_DECLINE));
}

// Whether the State has made its share of the acts that there is room for.
bool HasMadeItsShare(const v1::ConsultationRecord& record, std::string_view party) {
  const auto made = std::count_if(record.history().begin(), record.history().end(),
                                  [party](const auto& event) { return event.party() == party; });
  return made >= ShareOf(record.state());
}

bool TakesPart(v1::Standing standing) {
  return standing == v1::STANDING_REQUESTER || standing == v1::STANDING_PARTY ||
         standing == v1::STANDING_INVITED;
}

// What the rules ask besides the state: who it is for, how much there is, and what was read.
absl::Status CheckSituation(const v1::ConsultationRecord& record, const v1::Act& act) {
  const v1::ConsultationState& state = record.state();
  if (act.audience().party_set().digest() != PartySetOf(state)) {
    return absl::AbortedError(
        fmt::format("the consultation is not between those that the act was made for: {}. Look at "
                    "it, and decide again",
                    DescribePartySet(state)));
  }
  if (HasMadeItsShare(record, act.party()) && !EndsSomething(act)) {
    return absl::FailedPreconditionError(
        fmt::format("your State made {} acts in this consultation, its share of the {} that there "
                    "is room for: bring it to an end, and request another",
                    ShareOf(state), kHistoryMax));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Decision> DecideConsultationAct(const View& view, const Submission& submission,
                                               absl::Time now) {
  if (absl::Status form = CheckConsultationForm(submission, now); !form.ok()) {
    return Refuse(std::move(form));
  }
  const v1::Act& act = submission.act;
  CBM_ASSIGN_OR_RETURN(
      const std::optional<v1::ConsultationRecord> record,
      FindConsultation(view.own(), ConsultationIdOf(act, BytesOf(submission.act_digest))));
  if (!record.has_value()) {
    return Refuse(NoSuchConsultation());
  }
  const v1::ConsultationState& before = record->state();
  if (TakesPart(StandingOf(before, act.party()))) {
    if (absl::Status fits = CheckSituation(*record, act); !fits.ok()) {
      return Refuse(std::move(fits));
    }
  }
  absl::StatusOr<v1::ConsultationState> after =
      NextConsultation(before, act, submission.act_digest, now);
  if (!after.ok()) {
    return Refuse(after.status());
  }
  if ((act.has_confirm_record() || act.has_refuse_record()) && !HasRecordText(*record)) {
    return Refuse(absl::FailedPreconditionError(
        "the record was drafted before your State became a party: ask for another version, which "
        "you will be given"));
  }
  Decision decision;
  AddConsultationEntries(view, submission, &before, *after, decision);
  return decision;
}

}  // namespace cbm::rules
