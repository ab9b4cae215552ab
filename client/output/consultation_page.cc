// A consultation on paper.

#include <algorithm>
#include <string_view>

#include "client/output/consultation.h"
#include "client/output/names.h"
#include "client/output/page.h"
#include "client/output/paper.h"
#include "client/output/text.h"
#include "core/base/hex.h"
#include "core/rules/consultation.h"
#include "fmt/format.h"

namespace cbm {
namespace {

using Said = std::vector<std::optional<v1::Manifest>>;

// A word of several parts as it stands in a sentence: "mark held".
std::string Spaced(std::string word) {
  std::replace(word.begin(), word.end(), '_', ' ');
  return word;
}

template <typename Names>
std::string StateNames(const PrintedFor& reader, const Names& codes) {
  std::vector<std::string> names;
  for (const std::string& code : codes) {
    names.push_back(reader.NameOf(code));
  }
  return names.empty() ? "nobody" : fmt::format("{}", fmt::join(names, "\n"));
}

std::string Span(const google::protobuf::Timestamp& from, const google::protobuf::Timestamp& to) {
  return fmt::format("{} to {}", FormatUtc(TimeOf(from)), FormatUtc(TimeOf(to)));
}

std::string AnswerText(const v1::Invitation& invitation, const v1::ConsultationState& state,
                       absl::Time now) {
  if (invitation.answer() == v1::ANSWER_KIND_UNSPECIFIED) {
    rules::Deadline deadline;
    deadline.by = TimeOf(state.answer_by());
    return rules::IsOverdue(deadline, now)
               ? fmt::format("no answer by {}", FormatUtc(deadline.by))
               : fmt::format("has not answered yet: by {}", FormatUtc(deadline.by));
  }
  std::string text = fmt::format("{}, {}", Spaced(NameOf(invitation.answer())),
                                 FormatUtc(TimeOf(invitation.answered())));
  if (invitation.has_left()) {
    text += fmt::format("; left {}", FormatUtc(TimeOf(invitation.left())));
  }
  return text;
}

void AddRequest(const v1::ConsultationRecord& record, const PrintedFor& reader, Paper& paper) {
  if (!record.has_request()) {
    return;
  }
  const v1::ConsultationRequest& request = record.request();
  std::string_view name = "measures";
  for (const std::string& id : request.notification().measures()) {
    paper.Field(name, reader.MeasureOf(id));
    name = "";
  }
  paper.Field("level", Spaced(NameOf(request.level())));
  paper.Field("format", Spaced(NameOf(request.format())));
  name = "proposed";
  for (const google::protobuf::Timestamp& time : request.proposed_times()) {
    paper.Field(name, FormatUtc(TimeOf(time)));
    name = "";
  }
}

void AddParties(const v1::ConsultationState& state, const PrintedFor& reader, Paper& paper) {
  paper.Heading("Who takes part, and who answered what");
  paper.Field("parties", StateNames(reader, state.parties()));
  paper.Field("still asked", StateNames(reader, state.invitees()));
  if (state.has_requester_left()) {
    paper.Field("requester left", FormatUtc(TimeOf(state.requester_left())));
  }
  for (const v1::Invitation& invitation : state.invitations()) {
    paper.Text(reader.NameOf(invitation.state()), 0);
    paper.Text(AnswerText(invitation, state, reader.now), 2);
  }
}

void AddMeeting(const v1::ConsultationState& state, Paper& paper) {
  if (!state.has_meeting_from() && !state.has_held_from()) {
    return;
  }
  paper.Heading("Meeting");
  if (state.has_meeting_from()) {
    paper.Field("set for", Span(state.meeting_from(), state.meeting_to()));
  }
  if (state.has_held_from()) {
    paper.Field("held", Span(state.held_from(), state.held_to()));
  }
}

// When a State said its word on the record's last version.
std::string WordOn(const v1::ConsultationRecord& record, v1::ActKind kind,
                   const std::string& state) {
  std::string when = "at a time not told to you";
  for (const v1::ConsultationEvent& event : record.history()) {
    if (event.kind() == kind && event.party() == state) {
      when = FormatUtc(TimeOf(event.time()));  // The last counts.
    }
  }
  return when;
}

void AddRecord(const v1::ConsultationRecord& record, const Said& said, const PrintedFor& reader,
               Paper& paper) {
  const v1::ConsultationState& state = record.state();
  if (state.record_version() == 0) {
    return;
  }
  paper.Heading(fmt::format("Record, version {}", state.record_version()));
  if (!state.record_digest().empty()) {
    paper.Field("digest", ToHex(state.record_digest()));
  }
  for (const std::string& each : state.confirmed()) {
    paper.Field("confirmed", fmt::format("{}, {}", reader.NameOf(each),
                                         WordOn(record, v1::ACT_KIND_CONFIRM_RECORD, each)));
  }
  for (const std::string& each : state.refused()) {
    paper.Field("not confirmed", fmt::format("{}, {}", reader.NameOf(each),
                                             WordOn(record, v1::ACT_KIND_REFUSE_RECORD, each)));
  }
  for (int i = 0; i < record.history_size(); ++i) {
    const auto& text = said[static_cast<size_t>(i)];
    if (record.history(i).act_digest() == state.record_digest() && text.has_value()) {
      paper.EmptyLine();
      paper.Text(text->body(), kSaidIndent);
    }
  }
}

std::string EventText(const v1::ConsultationEvent& event) {
  std::string text = FormatUtc(TimeOf(event.time()));
  if (!event.party().empty()) {
    text += fmt::format("  {}, office {}", event.party(), event.office());
  }
  text += fmt::format("  {}", Spaced(NameOf(event.kind())));
  if (event.answer() != v1::ANSWER_KIND_UNSPECIFIED) {
    text += fmt::format(" {}", Spaced(NameOf(event.answer())));
  }
  if (event.record_version() != 0) {
    text += fmt::format(" version {}", event.record_version());
  }
  return text;
}

void AddHistory(const v1::ConsultationRecord& record, const Said& said, Paper& paper) {
  paper.Heading("What was done and said, in order");
  for (int i = 0; i < record.history_size(); ++i) {
    const v1::ConsultationEvent& event = record.history(i);
    paper.Text(EventText(event), 0);
    paper.Text(fmt::format("digest {}", ToHex(event.act_digest())), 2);
    // The record's last version stands above.
    if (const auto& text = said[static_cast<size_t>(i)];
        text.has_value() && event.act_digest() != record.state().record_digest()) {
      paper.Text(text->subject(), kSaidIndent);
      paper.Text(text->body(), kSaidIndent);
    }
  }
}

}  // namespace

std::string ConsultationPage(const v1::ConsultationRecord& record, const Said& said,
                             const PrintedFor& reader) {
  const v1::ConsultationState& state = record.state();
  Paper paper(state.context(), state.marking(), "CONSULTATION");
  paper.EmptyLine();
  paper.Field("context", NameOf(state.context()));
  paper.Field("precedence", NameOf(state.precedence()));
  paper.Field("marking", "TLP:" + NameOf(state.marking()));
  paper.Field("state", Spaced(state.state()));
  paper.Field("your State", NameOf(record.standing()));
  paper.Field("requested by", fmt::format("{}, {}", reader.NameOf(state.requester()),
                                          FormatUtc(TimeOf(state.requested()))));
  paper.Field("answer by", FormatUtc(TimeOf(state.answer_by())));
  if (!said.empty() && said[0].has_value() &&
      record.history(0).kind() == v1::ACT_KIND_CONSULTATION_REQUEST) {
    paper.Field("subject", said[0]->subject());
  }
  AddRequest(record, reader, paper);
  paper.Field("consultation", ToHex(state.consultation_id()));
  paper.Field("entry", fmt::format("{} of {}", record.ordinal(), record.ledger()));
  AddParties(state, reader, paper);
  AddMeeting(state, paper);
  AddRecord(record, said, reader, paper);
  if (!state.statements().empty()) {
    paper.Heading("Statements");
    paper.Text(StateNames(reader, state.statements()), 0);
  }
  AddHistory(record, said, paper);
  if (state.has_concluded()) {
    paper.EmptyLine();
    paper.Field("concluded", FormatUtc(TimeOf(state.concluded())));
  }
  return paper.Finish(reader.Describe());
}

}  // namespace cbm
