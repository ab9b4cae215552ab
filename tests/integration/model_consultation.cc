#include "tests/integration/model_consultation.h"

#include <algorithm>
#include <iterator>

#include "core/evidence/domain_hash.h"
#include "google/protobuf/descriptor.h"

namespace cbm::test {
namespace {

// The answer to a request is wanted in this time if the request does not say when.
constexpr absl::Duration kUrgent = absl::Hours(48);
constexpr absl::Duration kRoutine = absl::Hours(240);

// An open consultation goes through these; every other state is an end.
constexpr std::string_view kLife[] = {"requested", "agreed", "scheduled", "held", "recording"};
enum Stage : size_t { kRequested, kAgreed, kScheduled, kHeld, kRecording, kOver };

enum class Who { kAsked, kParty, kRequester };

struct When {
  v1::ActKind kind;
  Who who;
  Stage first;
  Stage last;
};

constexpr When kMay[] = {
    {v1::ACT_KIND_ANSWER, Who::kAsked, kRequested, kRecording},
    {v1::ACT_KIND_SCHEDULE, Who::kParty, kAgreed, kScheduled},
    {v1::ACT_KIND_POST, Who::kParty, kAgreed, kRecording},
    {v1::ACT_KIND_MARK_HELD, Who::kParty, kAgreed, kScheduled},
    {v1::ACT_KIND_DRAFT_RECORD, Who::kParty, kHeld, kRecording},
    {v1::ACT_KIND_CONFIRM_RECORD, Who::kParty, kRecording, kRecording},
    {v1::ACT_KIND_REFUSE_RECORD, Who::kParty, kRecording, kRecording},
    {v1::ACT_KIND_FILE_STATEMENT, Who::kParty, kHeld, kRecording},
    {v1::ACT_KIND_LEAVE, Who::kParty, kAgreed, kRecording},
    {v1::ACT_KIND_WITHDRAW_CONSULTATION, Who::kRequester, kRequested, kScheduled},
};

size_t StageOf(std::string_view state) {
  return static_cast<size_t>(std::find(std::begin(kLife), std::end(kLife), state) - kLife);
}

google::protobuf::Timestamp Instant(absl::Time time) {
  google::protobuf::Timestamp instant;
  instant.set_seconds(absl::ToUnixSeconds(time));
  instant.set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(instant.seconds()))));
  return instant;
}

bool Has(const std::set<std::string>& states, const std::string& state) {
  return states.count(state) != 0;
}

}  // namespace

ModelConsultation::ModelConsultation(const v1::Act& request, const std::string& digest,
                                     const std::vector<std::string>& states, absl::Time now)
    : parties_{request.party()}, invitees_(states.begin(), states.end()) {
  const v1::ConsultationRequest& asked = request.consultation_request();
  said_.set_consultation_id(digest);
  said_.set_state("requested");
  said_.set_requester(request.party());
  *said_.mutable_requested() = Instant(now);
  const bool urgent = asked.notification().precedence() == v1::PRECEDENCE_URGENT;
  *said_.mutable_answer_by() =
      asked.has_answer_by() ? asked.answer_by() : Instant(now + (urgent ? kUrgent : kRoutine));
  said_.set_precedence(asked.notification().precedence());
  said_.set_context(asked.notification().context());
  said_.set_marking(asked.notification().marking());
  for (const std::string& state : states) {
    invitations_[state].set_state(state);
  }
}

absl::StatusCode ModelConsultation::Take(const v1::Act& act, const std::string& digest,
                                         absl::Time now) {
  const std::string& by = act.party();
  if (!Has(parties_, by) && !Has(invitees_, by)) {
    return absl::StatusCode::kFailedPrecondition;  // It declined, or left.
  }
  if (act.audience().party_set().digest() != PartySet()) {
    return absl::StatusCode::kAborted;
  }
  const size_t stage = StageOf(StateAt(now));
  const bool may = std::any_of(std::begin(kMay), std::end(kMay), [&](const When& when) {
    const bool is = when.who == Who::kAsked
                        ? Has(invitees_, by)
                        : Has(parties_, by) && (when.who == Who::kParty || by == said_.requester());
    return static_cast<int>(when.kind) == act.kind_case() && is && when.first <= stage &&
           stage <= when.last;
  });
  if (!may) {
    return absl::StatusCode::kFailedPrecondition;
  }
  absl::StatusCode code = absl::StatusCode::kOk;
  if (act.has_answer()) {
    TakeAnswer(by, act.answer().answer(), now);
  } else if (act.has_schedule()) {
    said_.set_state(act.schedule().has_from() ? "scheduled" : "agreed");
    said_.clear_meeting_from();
    said_.clear_meeting_to();
    if (act.schedule().has_from()) {
      *said_.mutable_meeting_from() = act.schedule().from();
      *said_.mutable_meeting_to() = act.schedule().to();
    }
  } else if (act.has_mark_held()) {
    said_.set_state("held");
    *said_.mutable_held_from() = act.mark_held().from();
    *said_.mutable_held_to() = act.mark_held().to();
    *said_.mutable_marked_held() = Instant(now);
  } else if (act.has_draft_record()) {
    code = TakeDraft(act, digest);
  } else if (act.has_confirm_record()) {
    code = TakeWord(by, act.confirm_record().record_digest(), confirmed_, refused_);
  } else if (act.has_refuse_record()) {
    code = TakeWord(by, act.refuse_record().record_digest(), refused_, confirmed_);
  } else if (act.has_file_statement()) {
    code = statements_.insert(by).second ? code : absl::StatusCode::kFailedPrecondition;
  } else if (act.has_leave()) {
    TakeLeave(by, now);
  } else if (act.has_withdraw_consultation()) {
    said_.set_state("withdrawn");
    *said_.mutable_concluded() = Instant(now);
  }
  if (code == absl::StatusCode::kOk) {
    End(now);
  }
  return code;
}

void ModelConsultation::TakeAnswer(const std::string& party, v1::AnswerKind answer,
                                   absl::Time now) {
  invitations_[party].set_answer(answer);
  *invitations_[party].mutable_answered() = Instant(now);
  if (answer == v1::ANSWER_KIND_OTHER_TIME || answer == v1::ANSWER_KIND_REFER) {
    return;
  }
  invitees_.erase(party);
  if (answer == v1::ANSWER_KIND_DECLINE) {
    return;
  }
  parties_.insert(party);
  if (said_.state() == "requested") {
    said_.set_state("agreed");
    *said_.mutable_accepted() = Instant(now);
  }
}

absl::StatusCode ModelConsultation::TakeDraft(const v1::Act& act, const std::string& digest) {
  if (act.draft_record().record_version() != said_.record_version() + 1) {
    return absl::StatusCode::kAborted;
  }
  said_.set_state("recording");
  said_.set_record_version(said_.record_version() + 1);
  said_.set_record_digest(digest);
  have_record_ = parties_;
  confirmed_.clear();
  refused_.clear();
  return absl::StatusCode::kOk;
}

absl::StatusCode ModelConsultation::TakeWord(const std::string& party, const std::string& record,
                                             std::set<std::string>& to,
                                             std::set<std::string>& from) {
  if (record != said_.record_digest()) {
    return absl::StatusCode::kAborted;
  }
  if (Has(to, party) || !Has(have_record_, party)) {
    return absl::StatusCode::kFailedPrecondition;
  }
  from.erase(party);
  to.insert(party);
  return absl::StatusCode::kOk;
}

void ModelConsultation::TakeLeave(const std::string& party, absl::Time now) {
  if (party == said_.requester()) {
    *said_.mutable_requester_left() = Instant(now);
  } else {
    *invitations_[party].mutable_left() = Instant(now);
  }
  for (auto* const states : {&parties_, &confirmed_, &refused_, &statements_}) {
    states->erase(party);
  }
}

// The ends that follow from what was done.
void ModelConsultation::End(absl::Time now) {
  const size_t stage = StageOf(said_.state());
  std::string end;
  if (stage == kRequested && invitees_.empty()) {
    end = "declined";
  } else if (stage != kRequested && (parties_.size() == 1 || statements_ == parties_)) {
    end = "concluded_not_agreed";
  } else if (stage != kRequested && confirmed_ == parties_) {
    end = "concluded_agreed";
  }
  if (stage < kOver && !end.empty()) {
    said_.set_state(end);
    *said_.mutable_concluded() = Instant(now);
  }
}

std::string ConsultationIdIn(const v1::Act& act) {
  const auto* const kind =
      v1::Act::descriptor()->FindFieldByNumber(static_cast<int>(act.kind_case()));
  const auto* const id = kind->message_type()->FindFieldByName("consultation_id");
  if (id == nullptr) {
    return "";
  }
  const google::protobuf::Message& made = act.GetReflection()->GetMessage(act, kind);
  return made.GetReflection()->GetString(made, id);
}

bool HasLapsed(const v1::ConsultationState& consultation, absl::Time now) {
  return consultation.state() == "requested" &&
         now > absl::FromUnixSeconds(consultation.answer_by().seconds()) +
                   absl::Nanoseconds(consultation.answer_by().nanos());
}

std::string ModelConsultation::StateAt(absl::Time now) const {
  return HasLapsed(said_, now) ? "lapsed" : said_.state();
}

v1::Standing ModelConsultation::StandingOf(const std::string& state) const {
  if (Has(parties_, state)) {
    return state == said_.requester() ? v1::STANDING_REQUESTER : v1::STANDING_PARTY;
  }
  if (Has(invitees_, state)) {
    return v1::STANDING_INVITED;
  }
  const auto invited = invitations_.find(state);
  if (invited == invitations_.end()) {
    return state == said_.requester() ? v1::STANDING_LEFT : v1::STANDING_UNSPECIFIED;
  }
  return invited->second.has_left() ? v1::STANDING_LEFT : v1::STANDING_DECLINED;
}

std::string ModelConsultation::PartySet() const {
  return std::string(BytesOf(PartySetDigest({.consultation_id = id(),
                                             .parties = {parties_.begin(), parties_.end()},
                                             .invitees = {invitees_.begin(), invitees_.end()}})));
}

v1::ConsultationState ModelConsultation::Told() const {
  v1::ConsultationState told = said_;
  told.mutable_parties()->Assign(parties_.begin(), parties_.end());
  told.mutable_invitees()->Assign(invitees_.begin(), invitees_.end());
  told.mutable_confirmed()->Assign(confirmed_.begin(), confirmed_.end());
  told.mutable_refused()->Assign(refused_.begin(), refused_.end());
  told.mutable_statements()->Assign(statements_.begin(), statements_.end());
  for (const auto& [state, invitation] : invitations_) {
    *told.add_invitations() = invitation;
  }
  return told;
}

// Fields 1 to 8 and 12 to 21, as entry.proto says.
v1::ConsultationState ModelConsultation::ToldToSecretariat() const {
  v1::ConsultationState told = Told();
  const google::protobuf::Descriptor& fields = *v1::ConsultationState::descriptor();
  for (int i = 0; i < fields.field_count(); ++i) {
    const int number = fields.field(i)->number();
    if (number > 21 || (8 < number && number < 12)) {
      told.GetReflection()->ClearField(&told, fields.field(i));
    }
  }
  return told;
}

}  // namespace cbm::test
