// Consultations in random histories: most acts fit, so that some consultations come to an end; many
// are by others, too early, too late, twice, or for those who took part before.

#include <algorithm>
#include <utility>

#include "core/evidence/domain_hash.h"
#include "tests/integration/random_history.h"
#include "tests/support/served_consultations.h"

namespace cbm::test {
namespace {

google::protobuf::Timestamp Instant(absl::Time time) {
  google::protobuf::Timestamp instant;
  instant.set_seconds(absl::ToUnixSeconds(time));
  return instant;
}

constexpr size_t kOpenMax = 3;  // So many are at work at a time; enough for each to get somewhere.

// What may come next, by state: those that are open.
const std::map<std::string, std::vector<v1::ActKind>>& NextIn() {
  static const auto& kNext = *new std::map<std::string, std::vector<v1::ActKind>>{
      {"requested",
       {v1::ACT_KIND_ANSWER, v1::ACT_KIND_ANSWER, v1::ACT_KIND_ANSWER, v1::ACT_KIND_ANSWER,
        v1::ACT_KIND_ANSWER, v1::ACT_KIND_ANSWER, v1::ACT_KIND_WITHDRAW_CONSULTATION}},
      {"agreed",
       {v1::ACT_KIND_ANSWER, v1::ACT_KIND_SCHEDULE, v1::ACT_KIND_MARK_HELD, v1::ACT_KIND_MARK_HELD,
        v1::ACT_KIND_POST}},
      {"scheduled",
       {v1::ACT_KIND_ANSWER, v1::ACT_KIND_SCHEDULE, v1::ACT_KIND_MARK_HELD, v1::ACT_KIND_MARK_HELD,
        v1::ACT_KIND_POST}},
      {"held",
       {v1::ACT_KIND_DRAFT_RECORD, v1::ACT_KIND_DRAFT_RECORD, v1::ACT_KIND_DRAFT_RECORD,
        v1::ACT_KIND_FILE_STATEMENT, v1::ACT_KIND_LEAVE}},
      {"recording",
       {v1::ACT_KIND_ANSWER, v1::ACT_KIND_ANSWER, v1::ACT_KIND_CONFIRM_RECORD,
        v1::ACT_KIND_CONFIRM_RECORD, v1::ACT_KIND_CONFIRM_RECORD, v1::ACT_KIND_REFUSE_RECORD,
        v1::ACT_KIND_REFUSE_RECORD, v1::ACT_KIND_DRAFT_RECORD, v1::ACT_KIND_FILE_STATEMENT,
        v1::ACT_KIND_FILE_STATEMENT}}};
  return kNext;
}

}  // namespace

void RandomHistory::Consult() {
  std::vector<ModelConsultation> open;
  for (const ModelConsultation& consultation : model_.consultations()) {
    if (NextIn().count(consultation.StateAt(Now())) != 0) {
      open.push_back(consultation);
    }
  }
  if (open.empty() || (open.size() < kOpenMax && Roll(4) == 0)) {
    RequestConsultation();
  } else {
    ActInConsultation(Roll(10) == 0 ? Any(model_.consultations()) : Any(open));
  }
}

void RandomHistory::RequestConsultation() {
  std::vector<ModelOffice> authors = model_.offices();
  if (Roll(6) != 0) {
    std::erase_if(authors, [](const ModelOffice& office) { return !office.may_consult; });
  }
  const ModelOffice by = Any(authors);
  const TestOffice& author = exchange_.Office(by.party, by.office);
  const std::string framework = AnyFrameworkOf(by.party);
  std::vector<std::string> states = FrameworksOfHistories().at(framework);
  std::erase(states, by.party);
  std::shuffle(states.begin(), states.end(), dice_);
  states.resize(1 + Roll(states.size()));
  std::sort(states.begin(), states.end());
  Draft draft = DraftConsultationRequest(exchange_, author, states);
  v1::ConsultationRequest& request = *draft.act.mutable_consultation_request();
  v1::Notification& notification = *request.mutable_notification();
  notification.set_measures(0, framework + "-3");
  notification.set_marking(static_cast<v1::Marking>(1 + Roll(5)));
  notification.set_precedence(Roll(2) == 0 ? v1::PRECEDENCE_URGENT : v1::PRECEDENCE_ROUTINE);
  if (Roll(3) == 0) {
    *request.mutable_answer_by() = Instant(Now() + absl::Minutes(5 + Roll(30)));
  }
  Say(author, std::move(draft), states);
}

void RandomHistory::ActInConsultation(const ModelConsultation& consultation) {
  const v1::ActKind kind = AnyKindFor(consultation);
  const TestOffice& author = AnyFor(consultation, kind);
  Draft draft = DraftInConsultation(exchange_, author, kind, AnyPartySet(consultation));
  Vary(consultation, draft);
  Say(author, std::move(draft));
}

// Mostly one who may; else one who takes part, or might consult, or anybody.
const TestOffice& RandomHistory::AnyFor(const ModelConsultation& consultation, v1::ActKind kind) {
  const size_t roll = Roll(10);
  std::vector<ModelOffice> authors = model_.offices();
  std::erase_if(authors, [&](const ModelOffice& office) {
    const bool is_asked = consultation.invitees().count(office.party) != 0;
    const bool takes_part = is_asked || consultation.parties().count(office.party) != 0;
    return (roll > 0 && !office.may_consult) || (roll > 1 && !takes_part) ||
           (roll > 2 && is_asked != (kind == v1::ACT_KIND_ANSWER));
  });
  if (authors.empty()) {  // Nobody is asked any more.
    authors = model_.offices();
  }
  const ModelOffice by = Any(authors);
  return exchange_.Office(by.party, by.office);
}

// Mostly that of now; else one State more, or less.
PartySetMembers RandomHistory::AnyPartySet(const ModelConsultation& consultation) {
  PartySetMembers members{
      .consultation_id = consultation.id(),
      .parties = {consultation.parties().begin(), consultation.parties().end()},
      .invitees = {consultation.invitees().begin(), consultation.invitees().end()}};
  if (Roll(8) != 0) {
    return members;
  }
  if (members.invitees.empty()) {
    members.invitees.push_back(members.parties.back());
    members.parties.pop_back();
    return members;
  }
  if (Roll(2) == 0) {
    members.parties.push_back(members.invitees.back());  // As if it had accepted; else, declined.
  }
  members.invitees.pop_back();
  return members;
}

// Mostly what may come next.
v1::ActKind RandomHistory::AnyKindFor(const ModelConsultation& consultation) {
  const auto next = NextIn().find(consultation.StateAt(Now()));
  if (next != NextIn().end() && Roll(5) != 0) {
    return Any(next->second);
  }
  return static_cast<v1::ActKind>(v1::ACT_KIND_ANSWER + Roll(v1::ACT_KIND_WITHDRAW_CONSULTATION -
                                                             v1::ACT_KIND_CONSULTATION_REQUEST));
}

// What else a draft might say.
void RandomHistory::Vary(const ModelConsultation& consultation, Draft& draft) {
  v1::Act& act = draft.act;
  if (!act.has_post() && !act.has_draft_record() && !act.has_file_statement() && Roll(2) == 0) {
    act.clear_manifest_digest();
    draft.contents.clear();
  }
  const bool stale = Roll(8) == 0;
  const std::string& record = stale ? consultation.id() : consultation.record();
  if (act.has_answer()) {
    act.mutable_answer()->set_answer(
        Any<v1::AnswerKind>({v1::ANSWER_KIND_ACCEPT, v1::ANSWER_KIND_ACCEPT, v1::ANSWER_KIND_ACCEPT,
                             v1::ANSWER_KIND_DECLINE, v1::ANSWER_KIND_DECLINE,
                             v1::ANSWER_KIND_OTHER_TIME, v1::ANSWER_KIND_REFER}));
  } else if (act.has_schedule() && Roll(3) == 0) {
    act.mutable_schedule()->clear_from();
    act.mutable_schedule()->clear_to();
  } else if (act.has_draft_record()) {
    act.mutable_draft_record()->set_record_version(consultation.record_version() + (stale ? 2 : 1));
  } else if (act.has_confirm_record()) {
    act.mutable_confirm_record()->set_record_digest(record);
  } else if (act.has_refuse_record()) {
    act.mutable_refuse_record()->set_record_digest(record);
  }
}

}  // namespace cbm::test
