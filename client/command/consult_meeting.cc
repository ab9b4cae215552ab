// cbm consult answer, schedule, post, held, leave, withdraw: what leads to a meeting, and away.

#include <memory>
#include <string>
#include <utility>

#include "client/command/consult.h"
#include "client/command/notify_arguments.h"
#include "client/exit_code.h"
#include "client/output/consultation.h"
#include "client/output/text.h"
#include "core/base/status_macros.h"
#include "core/rules/facts.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr char kReason[] = "File with what you want to say of it, or - for standard input";

std::string DoneBy(v1::AnswerKind answer) {
  switch (answer) {
    case v1::ANSWER_KIND_ACCEPT:
      return "accepted";
    case v1::ANSWER_KIND_DECLINE:
      return "declined: you see nothing of it later";
    case v1::ANSWER_KIND_OTHER_TIME:
      return "asked for at another time";
    default:
      return "referred to another authority of your State";
  }
}

absl::StatusOr<ConsultPlan> PlanAnswer(const std::string& answer) {
  CBM_ASSIGN_OR_RETURN(const v1::AnswerKind named, AnswerNamed(answer));
  ConsultPlan plan{.act = {}, .subject = "Answer", .done = DoneBy(named)};
  plan.act.mutable_answer()->set_answer(named);
  return plan;
}

void AddAnswer(CLI::App& consult, CommandContext& context) {
  const auto [command, options] =
      AddConsultCommand(consult, "answer", "Answer a request for a consultation",
                        "cbm consult answer 7f3a9c accept\n"
                        "  cbm consult answer 7f3a9c other-time --text times.txt",
                        kReason);
  const auto answer = std::make_shared<std::string>();
  command->add_option("answer", *answer, "accept, decline, other-time or refer")->required();
  Runs(command, context, [&context, options = options, answer] {
    return RunInConsultation(context, *options, PlanAnswer(*answer));
  });
}

struct Span {
  std::string from;
  std::string to;
  bool postpone = false;
};

// Sets from and to of an act, and shows them.
template <typename Kind>
absl::Status SetSpan(const Span& span, Kind& kind, ConsultPlan& plan) {
  CBM_ASSIGN_OR_RETURN(const absl::Time from, ReadInstant("--from", span.from));
  CBM_ASSIGN_OR_RETURN(const absl::Time to, ReadInstant("--to", span.to));
  if (to <= from) {
    return UsageError("--to must be after --from");
  }
  *kind.mutable_from() = rules::ToTimestamp(from);
  *kind.mutable_to() = rules::ToTimestamp(to);
  plan.lines.emplace_back("begins", FormatUtc(from));
  plan.lines.emplace_back("ends", FormatUtc(to));
  return absl::OkStatus();
}

absl::StatusOr<ConsultPlan> PlanSchedule(const Span& span) {
  ConsultPlan plan{.act = {},
                   .subject = "The meeting",
                   .done = span.postpone ? "postponed, without another time yet" : "scheduled"};
  v1::Schedule& schedule = *plan.act.mutable_schedule();
  if (span.postpone) {
    return span.from.empty() && span.to.empty()
               ? absl::StatusOr<ConsultPlan>(std::move(plan))
               : UsageError("--postpone takes the time away: leave out --from and --to");
  }
  CBM_RETURN_IF_ERROR(SetSpan(span, schedule, plan));
  return plan;
}

void AddSchedule(CLI::App& consult, CommandContext& context) {
  const auto [command, options] = AddConsultCommand(
      consult, "schedule", "Set when the parties meet, or another time instead, or none yet",
      "cbm consult schedule 7f3a9c --from 2026-03-12T09:00Z --to 2026-03-12T10:30Z",
      "File with the place or what else to know, or - for standard input");
  const auto span = std::make_shared<Span>();
  command->add_option("--from", span->from, "When it begins, as 2026-03-12T09:00Z");
  command->add_option("--to", span->to, "When it ends");
  command->add_flag("--postpone", span->postpone, "Take the time away; another is set later");
  Runs(command, context, [&context, options = options, span] {
    return RunInConsultation(context, *options, PlanSchedule(*span));
  });
}

absl::StatusOr<ConsultPlan> PlanHeld(const Span& span) {
  ConsultPlan plan{.act = {}, .subject = "The meeting", .done = "marked held"};
  CBM_RETURN_IF_ERROR(SetSpan(span, *plan.act.mutable_mark_held(), plan));
  return plan;
}

void AddHeld(CLI::App& consult, CommandContext& context) {
  const auto [command, options] = AddConsultCommand(
      consult, "held", "State that the meeting took place, here or elsewhere",
      "cbm consult held 7f3a9c --from 2026-03-12T09:00Z --to 2026-03-12T10:30Z", kReason);
  const auto span = std::make_shared<Span>();
  command->add_option("--from", span->from, "When it began, as 2026-03-12T09:00Z")->required();
  command->add_option("--to", span->to, "When it ended")->required();
  Runs(command, context, [&context, options = options, span] {
    return RunInConsultation(context, *options, PlanHeld(*span));
  });
}

void AddPost(CLI::App& consult, CommandContext& context) {
  const auto [command, options] =
      AddConsultCommand(consult, "post", "Send a message to the parties of a consultation",
                        "cbm consult post 7f3a9c --text message.txt",
                        "File with the message, or - for standard input");
  const auto subject = std::make_shared<std::string>("Message");
  command->get_option("--text")->required();
  command->add_option("--subject", *subject, "One line");
  Runs(command, context, [&context, options = options, subject] {
    ConsultPlan plan{.act = {}, .subject = *subject, .done = "sent a message"};
    plan.act.mutable_post();
    return RunInConsultation(context, *options, std::move(plan));
  });
}

void AddLeave(CLI::App& consult, CommandContext& context) {
  const auto [command, options] =
      AddConsultCommand(consult, "leave", "End your State's part in a consultation",
                        "cbm consult leave 7f3a9c", kReason);
  Runs(command, context, [&context, options = options] {
    ConsultPlan plan{.act = {}, .subject = "Leaving", .done = "left: you see nothing of it later"};
    plan.act.mutable_leave();
    return RunInConsultation(context, *options, std::move(plan));
  });
}

void AddWithdraw(CLI::App& consult, CommandContext& context) {
  const auto [command, options] =
      AddConsultCommand(consult, "withdraw", "Take your request back, before the meeting was held",
                        "cbm consult withdraw 7f3a9c", kReason);
  Runs(command, context, [&context, options = options] {
    ConsultPlan plan{.act = {}, .subject = "Withdrawn", .done = "withdrawn"};
    plan.act.mutable_withdraw_consultation();
    return RunInConsultation(context, *options, std::move(plan));
  });
}

}  // namespace

void AddConsultMeeting(CLI::App& consult, CommandContext& context) {
  AddAnswer(consult, context);
  AddSchedule(consult, context);
  AddPost(consult, context);
  AddHeld(consult, context);
  AddLeave(consult, context);
  AddWithdraw(consult, context);
}

}  // namespace cbm
