// cbm consult list, show: what there is, and one consultation whole.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "client/command/consult.h"
#include "client/command/printing.h"
#include "client/consultations.h"
#include "client/lookup.h"
#include "client/output/consultation.h"
#include "client/output/names.h"
#include "client/output/page.h"
#include "client/output/table.h"
#include "client/output/text.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/rules/consultation.h"
#include "core/rules/deadlines.h"
#include "fmt/format.h"

namespace cbm {
namespace {

// Who has not answered at all: "FI,LT".
std::string Unanswered(const v1::ConsultationState& state) {
  std::vector<std::string> states;
  for (const v1::Invitation& invitation : state.invitations()) {
    if (invitation.answer() == v1::ANSWER_KIND_UNSPECIFIED) {
      states.push_back(CleanLine(invitation.state()));
    }
  }
  return fmt::format("{}", fmt::join(states, ","));
}

// What is waited for next, in a few words.
Cell NextOf(const v1::ConsultationRecord& record, absl::Time now) {
  const v1::ConsultationState& state = record.state();
  const absl::Time due = TimeOf(state.answer_by());
  if (record.standing() == v1::STANDING_DECLINED || record.standing() == v1::STANDING_LEFT) {
    return {"your part is over"};
  }
  if (!rules::IsOpen(state.state())) {
    return {""};
  }
  if (state.state() == rules::consultation::kRequested ||
      record.standing() == v1::STANDING_INVITED) {
    return {fmt::format("answer {} {}", rules::IsPast(due, now) ? "overdue since" : "by",
                        FormatUtc(due)),
            Tone::kWarning};
  }
  const std::string late = Unanswered(state);
  if (state.state() == rules::consultation::kAgreed && !late.empty() && rules::IsPast(due, now) &&
      record.standing() == v1::STANDING_REQUESTER) {
    return {fmt::format("answer of {} overdue since {}", late, FormatUtc(due)), Tone::kWarning};
  }
  if (state.state() == rules::consultation::kScheduled) {
    return {fmt::format("meeting {}", FormatUtc(TimeOf(state.meeting_from())))};
  }
  if (state.state() == rules::consultation::kRecording) {
    return {fmt::format("record {} confirmed by {} of {}", state.record_version(),
                        state.confirmed_size(), state.parties_size())};
  }
  return {""};
}

absl::Status RunList(const CommandContext& context) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  const absl::Time now = PresentOf(workplace->replica(), workplace->ExchangeTime());
  CBM_ASSIGN_OR_RETURN(const std::vector<v1::ConsultationRecord> records,
                       ListConsultations(workplace->replica(), now));
  if (context.json()) {
    Json list = Json::array();
    for (const v1::ConsultationRecord& record : records) {
      list.push_back(ConsultationJson(record));
    }
    context.terminal.Print(FormatJson({{"consultations", std::move(list)}}));
    return absl::OkStatus();
  }
  Table table({"CONTEXT", "STATE", "YOU", "PARTIES", "STILL ASKED", "NEXT", "ID"});
  for (const v1::ConsultationRecord& record : records) {
    const v1::ConsultationState& state = record.state();
    table.Add({{NameOf(state.context()), Tone::kStrong},
               {CleanLine(state.state())},
               {NameOf(record.standing())},
               {CleanLine(fmt::format("{}", fmt::join(state.parties(), ",")))},
               {CleanLine(fmt::format("{}", fmt::join(state.invitees(), ",")))},
               NextOf(record, now),
               {ShortDigest(state.consultation_id())}});
  }
  context.terminal.Print(records.empty() ? "there are no consultations\n"
                                         : table.Format(context.terminal.colour()));
  return absl::OkStatus();
}

// An event with what was said.
struct Told {
  const v1::ConsultationEvent& event;
  std::optional<v1::Manifest> said;
};

std::string DescribeEvent(const Told& told) {
  const v1::ConsultationEvent& event = told.event;
  std::string text = fmt::format("{}  ", FormatUtc(TimeOf(event.time())));
  if (!event.party().empty()) {
    text += fmt::format("{} {}  ", CleanLine(event.party()), CleanLine(event.office()));
  }
  text += NameOf(event.kind());
  if (event.answer() != v1::ANSWER_KIND_UNSPECIFIED) {
    text += fmt::format(" {}", NameOf(event.answer()));
  }
  if (event.record_version() != 0) {
    text += fmt::format(" version {}", event.record_version());
  }
  text += fmt::format("  {}\n", ShortDigest(event.act_digest()));
  if (told.said.has_value()) {
    text += AsSaid(CleanLine(told.said->subject())) + AsSaid(CleanText(told.said->body()));
  }
  return text;
}

// That an answer is overdue is said to who asked and to whose it is.
std::string DescribeInvitation(const v1::Invitation& invitation, absl::Time answer_by, bool is_told,
                               absl::Time now) {
  if (invitation.has_left()) {
    return fmt::format("left {}", FormatUtc(TimeOf(invitation.left())));
  }
  if (invitation.answer() == v1::ANSWER_KIND_UNSPECIFIED) {
    return is_told && rules::IsPast(answer_by, now)
               ? fmt::format("has not answered: overdue since {}", FormatUtc(answer_by))
               : "has not answered";
  }
  return fmt::format("{}, {}", NameOf(invitation.answer()),
                     FormatUtc(TimeOf(invitation.answered())));
}

std::string Describe(const Workplace& workplace, const v1::ConsultationRecord& record,
                     const std::vector<Told>& history, absl::Time now) {
  const v1::ConsultationState& state = record.state();
  const rules::Exchange& exchange = workplace.exchange();
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{:<14}{}\n", name, CleanLine(value));
  };
  const auto span = [](const auto& from, const auto& to) {
    return fmt::format("{} to {}", FormatUtc(TimeOf(from)), FormatUtc(TimeOf(to)));
  };
  add("context", NameOf(state.context()));
  add("marking", NameOf(state.marking()));
  add("precedence", NameOf(state.precedence()));
  add("consultation", ToHex(state.consultation_id()));
  add("state", state.state());
  add("you", NameOf(record.standing()));
  add("requested by", DescribeStates(exchange, {state.requester()}));
  add("parties", DescribeStates(exchange, {state.parties().begin(), state.parties().end()}));
  add("still asked", DescribeStates(exchange, {state.invitees().begin(), state.invitees().end()}));
  for (const v1::Invitation& invitation : state.invitations()) {
    const bool is_told = record.standing() == v1::STANDING_REQUESTER ||
                         invitation.state() == workplace.profile().config.party;
    add(invitation.state(),
        DescribeInvitation(invitation, TimeOf(state.answer_by()), is_told, now));
  }
  if (record.has_request()) {
    add("level", NameOf(record.request().level()));
    add("format", NameOf(record.request().format()));
    for (const google::protobuf::Timestamp& time : record.request().proposed_times()) {
      add("proposed", FormatUtc(TimeOf(time)));
    }
  }
  add("answer by", FormatUtc(TimeOf(state.answer_by())));
  if (state.has_meeting_from()) {
    add("meeting", span(state.meeting_from(), state.meeting_to()));
  }
  if (state.has_held_from()) {
    add("held", span(state.held_from(), state.held_to()));
  }
  if (state.record_version() != 0) {
    add("record",
        fmt::format("version {}, {}", state.record_version(), ShortDigest(state.record_digest())));
    add("confirmed", fmt::format("{}", fmt::join(state.confirmed(), ", ")));
    add("refused", fmt::format("{}", fmt::join(state.refused(), ", ")));
  }
  if (!state.statements().empty()) {
    add("statements", fmt::format("{}", fmt::join(state.statements(), ", ")));
  }
  text += "\n";
  for (const Told& told : history) {
    text += DescribeEvent(told);
  }
  return text;
}

absl::Status RunShow(const CommandContext& context, const std::string& id, bool print) {
  CBM_RETURN_IF_ERROR(CheckPrint(context, print));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenSynced());
  CBM_ASSIGN_OR_RETURN(const v1::ConsultationRecord record,
                       FindConsultation(workplace->replica(), id, workplace->ExchangeTime()));
  std::vector<Told> history;
  for (const v1::ConsultationEvent& event : record.history()) {
    CBM_ASSIGN_OR_RETURN(std::optional<v1::Manifest> said, ReadSaid(*workplace, event));
    history.push_back({.event = event, .said = std::move(said)});
  }
  if (print) {
    std::vector<std::optional<v1::Manifest>> said;
    for (Told& told : history) {
      said.push_back(std::move(told.said));
    }
    context.terminal.Print(ConsultationPage(record, said, ReaderOf(*workplace)));
    return absl::OkStatus();
  }
  if (!context.json()) {
    const absl::Time now = PresentOf(workplace->replica(), workplace->ExchangeTime());
    context.terminal.Print(
        BeginLines(Describe(*workplace, record, history, now), record.state().context()));
    return absl::OkStatus();
  }
  Json json = ConsultationJson(record);
  json["history"] = Json::array();
  for (const Told& told : history) {
    Json event = EventJson(told.event);
    if (told.said.has_value()) {
      event["subject"] = CleanLine(told.said->subject());
      event["body"] = CleanText(told.said->body());
    }
    json["history"].push_back(std::move(event));
  }
  context.terminal.Print(FormatJson(json));
  return absl::OkStatus();
}

}  // namespace

void AddConsultReading(CLI::App& consult, CommandContext& context) {
  CLI::App* const list =
      AddCommand(consult, "list", "List the consultations of your State", "cbm consult list");
  Runs(list, context, [&context] { return RunList(context); });
  CLI::App* const show =
      AddCommand(consult, "show", "Show a consultation, with all that was said to you in it",
                 "cbm consult show 7f3a9c\n"
                 "  cbm consult show 7f3a9c --print | lp");
  const auto id = std::make_shared<std::string>();
  show->add_option("consultation", *id, "At least 6 digits of its id")->required();
  const auto print = std::make_shared<bool>(false);
  show->add_flag("--print", *print, kPrintHelp);
  Runs(show, context, [&context, id, print] { return RunShow(context, *id, *print); });
}

}  // namespace cbm
