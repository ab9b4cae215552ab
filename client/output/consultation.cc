#include "client/output/consultation.h"

#include <algorithm>
#include <vector>

#include "client/output/names.h"
#include "client/output/text.h"
#include "client/output/words.h"
#include "core/base/hex.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr Word<v1::AnswerKind> kAnswers[] = {{v1::ANSWER_KIND_ACCEPT, "accept"},
                                             {v1::ANSWER_KIND_DECLINE, "decline"},
                                             {v1::ANSWER_KIND_OTHER_TIME, "other_time"},
                                             {v1::ANSWER_KIND_REFER, "refer"}};
constexpr Word<v1::ConsultationLevel> kLevels[] = {
    {v1::CONSULTATION_LEVEL_TECHNICAL, "technical"},
    {v1::CONSULTATION_LEVEL_POLICY, "policy"},
    {v1::CONSULTATION_LEVEL_POLICY_WITH_TECHNICAL, "policy_with_technical"}};
constexpr Word<v1::ConsultationFormat> kFormats[] = {
    {v1::CONSULTATION_FORMAT_IN_PERSON, "in_person"},
    {v1::CONSULTATION_FORMAT_VIDEO, "video"},
    {v1::CONSULTATION_FORMAT_TELEPHONE, "telephone"},
    {v1::CONSULTATION_FORMAT_WRITING, "writing"}};
constexpr Word<v1::Standing> kStandings[] = {
    {v1::STANDING_UNSPECIFIED, "none"},  {v1::STANDING_REQUESTER, "requester"},
    {v1::STANDING_PARTY, "party"},       {v1::STANDING_INVITED, "asked"},
    {v1::STANDING_DECLINED, "declined"}, {v1::STANDING_LEFT, "left"}};

Json InstantJson(bool has, const google::protobuf::Timestamp& instant) {
  return has ? TimeJson(TimeOf(instant)) : Json(nullptr);
}

template <typename Names>
Json NamesJson(const Names& names) {
  Json list = Json::array();
  for (const std::string& name : names) {
    list.push_back(CleanLine(name));
  }
  return list;
}

Json RequestJson(const v1::ConsultationRequest& request) {
  Json json;
  json["level"] = NameOf(request.level());
  json["format"] = NameOf(request.format());
  json["proposed_times"] = Json::array();
  for (const google::protobuf::Timestamp& time : request.proposed_times()) {
    json["proposed_times"].push_back(TimeJson(TimeOf(time)));
  }
  json["measures"] = NamesJson(request.notification().measures());
  json["language"] = CleanLine(request.notification().language());
  return json;
}

}  // namespace

std::string NameOf(v1::AnswerKind answer) { return FindWord<v1::AnswerKind>(kAnswers, answer); }
std::string NameOf(v1::ConsultationLevel level) {
  return FindWord<v1::ConsultationLevel>(kLevels, level);
}
std::string NameOf(v1::ConsultationFormat format) {
  return FindWord<v1::ConsultationFormat>(kFormats, format);
}
std::string NameOf(v1::Standing standing) { return FindWord<v1::Standing>(kStandings, standing); }

absl::StatusOr<v1::AnswerKind> AnswerNamed(std::string_view name) {
  return ReadWord<v1::AnswerKind>(kAnswers, "the answer", name);
}
absl::StatusOr<v1::ConsultationLevel> LevelNamed(std::string_view name) {
  return ReadWord<v1::ConsultationLevel>(kLevels, "--level", name);
}
absl::StatusOr<v1::ConsultationFormat> FormatNamed(std::string_view name) {
  return ReadWord<v1::ConsultationFormat>(kFormats, "--format", name);
}

Json ConsultationJson(const v1::ConsultationRecord& record) {
  const v1::ConsultationState& state = record.state();
  Json json;
  json["context"] = NameOf(state.context());
  json["consultation_id"] = ToHex(state.consultation_id());
  json["state"] = CleanLine(state.state());
  json["standing"] = NameOf(record.standing());
  json["precedence"] = NameOf(state.precedence());
  json["marking"] = NameOf(state.marking());
  json["ledger"] = record.ledger();
  json["requester"] = CleanLine(state.requester());
  json["parties"] = NamesJson(state.parties());
  json["invitees"] = NamesJson(state.invitees());
  json["requested"] = InstantJson(state.has_requested(), state.requested());
  json["answer_by"] = InstantJson(state.has_answer_by(), state.answer_by());
  json["accepted"] = InstantJson(state.has_accepted(), state.accepted());
  json["meeting_from"] = InstantJson(state.has_meeting_from(), state.meeting_from());
  json["meeting_to"] = InstantJson(state.has_meeting_to(), state.meeting_to());
  json["held_from"] = InstantJson(state.has_held_from(), state.held_from());
  json["held_to"] = InstantJson(state.has_held_to(), state.held_to());
  json["concluded"] = InstantJson(state.has_concluded(), state.concluded());
  json["record_version"] = state.record_version();
  json["record_digest"] =
      state.record_digest().empty() ? Json(nullptr) : Json(ToHex(state.record_digest()));
  json["confirmed"] = NamesJson(state.confirmed());
  json["refused"] = NamesJson(state.refused());
  json["statements"] = NamesJson(state.statements());
  json["invitations"] = Json::array();
  for (const v1::Invitation& invitation : state.invitations()) {
    const bool answered = invitation.answer() != v1::ANSWER_KIND_UNSPECIFIED;
    json["invitations"].push_back(
        {{"state", CleanLine(invitation.state())},
         {"answer", answered ? Json(NameOf(invitation.answer())) : Json(nullptr)},
         {"answered", InstantJson(invitation.has_answered(), invitation.answered())},
         {"left", InstantJson(invitation.has_left(), invitation.left())}});
  }
  json["request"] = record.has_request() ? RequestJson(record.request()) : Json(nullptr);
  return json;
}

Json EventJson(const v1::ConsultationEvent& event) {
  Json json;
  json["time"] = TimeJson(TimeOf(event.time()));
  json["act_kind"] = NameOf(event.kind());
  json["party"] = event.party().empty() ? Json(nullptr) : Json(CleanLine(event.party()));
  json["office"] = event.office().empty() ? Json(nullptr) : Json(CleanLine(event.office()));
  json["act_digest"] = ToHex(event.act_digest());
  if (event.answer() != v1::ANSWER_KIND_UNSPECIFIED) {
    json["answer"] = NameOf(event.answer());
  }
  if (event.record_version() != 0) {
    json["record_version"] = event.record_version();
  }
  json["state"] = CleanLine(event.state());
  return json;
}

}  // namespace cbm
