// Who is told what of consultations.

#include <algorithm>
#include <utility>

#include "tests/integration/visibility_model.h"

namespace cbm::test {
namespace {

enum class Asked { kNothing, kSummary, kAct };

struct Row {
  v1::ActKind kind;
  Asked asked;       // What the States still asked get; the parties get the act.
  bool secretariat;  // Is told, if what it follows has changed.
};

// The table of docs/architecture.md, "Who gets an entry". The auditor gets a summary of each.
constexpr Row kTable[] = {
    {v1::ACT_KIND_CONSULTATION_REQUEST, Asked::kAct, true},
    {v1::ACT_KIND_ANSWER, Asked::kAct, true},
    {v1::ACT_KIND_SCHEDULE, Asked::kAct, true},
    {v1::ACT_KIND_POST, Asked::kNothing, false},
    {v1::ACT_KIND_MARK_HELD, Asked::kAct, true},
    {v1::ACT_KIND_DRAFT_RECORD, Asked::kSummary, true},
    {v1::ACT_KIND_CONFIRM_RECORD, Asked::kAct, true},
    {v1::ACT_KIND_REFUSE_RECORD, Asked::kAct, true},
    {v1::ACT_KIND_FILE_STATEMENT, Asked::kSummary, true},
    {v1::ACT_KIND_LEAVE, Asked::kAct, true},
    {v1::ACT_KIND_WITHDRAW_CONSULTATION, Asked::kAct, true},
};

const Row& RowOf(v1::ActKind kind) {
  return *std::find_if(std::begin(kTable), std::end(kTable) - 1,
                       [kind](const Row& row) { return row.kind == kind; });
}

// What the secretariat follows: the state, who takes part, and when they meet.
std::string Followed(const ModelConsultation& consultation) {
  v1::ConsultationState followed;
  const v1::ConsultationState told = consultation.Told();
  followed.set_state(told.state());
  *followed.mutable_parties() = told.parties();
  *followed.mutable_invitees() = told.invitees();
  *followed.mutable_meeting_from() = told.meeting_from();
  *followed.mutable_meeting_to() = told.meeting_to();
  return followed.ShortDebugString();
}

// All that may be told of an act without the act.
v1::Summary SummaryOf(const v1::Act& act, const v1::ConsultationState& told) {
  v1::Summary summary;
  summary.set_precedence(told.precedence());
  summary.set_context(told.context());
  summary.set_marking(told.marking());
  summary.set_notification_kind("CRQ");
  summary.set_new_state(told.state());
  if (act.has_consultation_request()) {
    *summary.add_instants() = told.answer_by();
    return summary;
  }
  summary.set_acted_on(told.consultation_id());
  if (act.schedule().has_from()) {
    *summary.add_instants() = act.schedule().from();
    *summary.add_instants() = act.schedule().to();
  } else if (act.has_mark_held()) {
    *summary.add_instants() = act.mark_held().from();
    *summary.add_instants() = act.mark_held().to();
  }
  return summary;
}

}  // namespace

absl::StatusCode VisibilityModel::TakeRequest(const v1::Act& act, const std::string& digest,
                                              const std::vector<std::string>& states,
                                              absl::Time now) {
  const ModelOffice author = Office(act.party(), act.office());
  if (!author.may_consult) {
    return absl::StatusCode::kPermissionDenied;
  }
  consultations_.emplace_back(act, digest, states, now);
  TellConsultation({.act = act,
                    .author = author,
                    .told = {.digest = digest,
                             .kind = v1::ACT_KIND_CONSULTATION_REQUEST,
                             .content = true,
                             .openings = states}},
                   consultations_.size() - 1, true, now);
  return absl::StatusCode::kOk;
}

absl::StatusCode VisibilityModel::TakeInConsultation(const v1::Act& act, const std::string& digest,
                                                     absl::Time now) {
  const ModelOffice author = Office(act.party(), act.office());
  if (!author.may_consult) {
    return absl::StatusCode::kPermissionDenied;
  }
  const auto known = known_.find({author.ledger, ConsultationIdIn(act)});
  if (known == known_.end()) {
    return absl::StatusCode::kNotFound;
  }
  ModelConsultation after = consultations_[known->second];
  const std::string before = Followed(after);
  const absl::StatusCode code = after.Take(act, digest, now);
  if (code != absl::StatusCode::kOk) {
    return code;
  }
  consultations_[known->second] = after;
  TellConsultation({.act = act,
                    .author = author,
                    .told = {.digest = digest,
                             .kind = static_cast<v1::ActKind>(act.kind_case()),
                             .content = !act.manifest_digest().empty()}},
                   known->second, before != Followed(after), now);
  return code;
}

void VisibilityModel::TellConsultation(const Telling& telling, size_t index, bool changed,
                                       absl::Time now) {
  const ModelConsultation& consultation = consultations_[index];
  const std::string& by = telling.act.party();
  const Row& row = RowOf(telling.told.kind);
  Told given = telling.told;
  given.act = true;
  given.role = v1::ENTRY_ROLE_ADDRESSED;
  given.consultation = consultation.Told();
  Told informed = telling.told;
  informed.role = v1::ENTRY_ROLE_INFORMED;
  informed.content = false;
  informed.summary = SummaryOf(telling.act, given.consultation);
  informed.consultation = given.consultation;
  std::vector<std::string> delivered;
  for (const std::string& party : consultation.parties()) {
    if (party != by) {
      TellOfConsultation("state/" + party, telling, index, given, now);
      delivered.push_back(party);
    }
  }
  for (const std::string& invitee : consultation.invitees()) {
    if (invitee == by || row.asked == Asked::kNothing) {
      continue;
    }
    const bool act = row.asked == Asked::kAct;
    TellOfConsultation("state/" + invitee, telling, index, act ? given : informed, now);
    if (act) {
      delivered.push_back(invitee);
    }
  }
  Told header = informed;
  header.role = v1::ENTRY_ROLE_HEADER;
  if (row.secretariat && changed) {
    Told followed = header;
    followed.consultation = consultation.ToldToSecretariat();
    followed.summary.set_party(by == consultation.requester() ? by : "");
    followed.commitment = by == consultation.requester() ? "" : by;
    TellOfConsultation("secretariat", telling, index, followed, now);
  }
  header.openings.clear();
  header.consultation.Clear();
  Tell("auditor", telling, header);
  given.role = v1::ENTRY_ROLE_OWN;
  std::sort(delivered.begin(), delivered.end());
  given.delivered = delivered;
  TellOfConsultation("state/" + by, telling, index, given, now);
}

void VisibilityModel::TellOfConsultation(const std::string& ledger, const Telling& telling,
                                         size_t index, Told told, absl::Time now) {
  const std::pair<std::string, std::string> key = {ledger, consultations_[index].id()};
  known_[key] = index;
  v1::ConsultationRecord& record = records_[key];
  if (record.history().empty()) {
    record.set_ledger(ledger);
    record.set_ordinal(Ledger(ledger).size());
  }
  *record.mutable_state() = told.consultation;
  record.set_standing(consultations_[index].StandingOf(ledger.substr(ledger.find('/') + 1)));
  v1::ConsultationEvent& event = *record.add_history();
  const absl::Duration past_second = now - absl::FromUnixSeconds(absl::ToUnixSeconds(now));
  event.mutable_time()->set_seconds(absl::ToUnixSeconds(now));
  event.mutable_time()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(past_second)));
  event.set_kind(told.kind);
  event.set_act_digest(told.digest);
  event.set_state(told.consultation.state());
  if (told.kind == v1::ACT_KIND_DRAFT_RECORD) {
    event.set_record_version(told.consultation.record_version());
  }
  if (told.act) {
    event.set_party(telling.act.party());
    event.set_office(telling.act.office());
    event.set_answer(telling.act.answer().answer());
    event.set_manifest_digest(telling.act.manifest_digest());
    if (telling.act.has_consultation_request()) {
      *record.mutable_request() = telling.act.consultation_request();
    }
  }
  Tell(ledger, telling, std::move(told));
}

const ModelConsultation* VisibilityModel::KnownBy(const std::string& ledger,
                                                  const std::string& id) const {
  const auto known = known_.find({ledger, id});
  return known == known_.end() ? nullptr : &consultations_[known->second];
}

std::optional<v1::ConsultationRecord> VisibilityModel::Consultation(const ModelOffice& reader,
                                                                    const std::string& id,
                                                                    absl::Time now) const {
  const auto found = records_.find({reader.ledger, id});
  if (found == records_.end()) {
    return std::nullopt;
  }
  v1::ConsultationRecord record = found->second;
  const bool is_out =
      record.standing() == v1::STANDING_DECLINED || record.standing() == v1::STANDING_LEFT;
  if (!is_out && HasLapsed(record.state(), now)) {
    record.mutable_state()->set_state("lapsed");
  }
  return record;
}

}  // namespace cbm::test
