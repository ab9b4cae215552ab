// cbm consult request: asks States for a consultation.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/command/asking.h"
#include "client/command/consult.h"
#include "client/command/consult_form.h"
#include "client/command/notify_arguments.h"
#include "client/consultations.h"
#include "client/exit_code.h"
#include "client/output/consultation.h"
#include "client/output/names.h"
#include "client/output/text.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/evidence/addressees.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/manifest.h"
#include "core/evidence/open_content.h"
#include "core/rules/facts.h"
#include "fmt/format.h"

namespace cbm {
namespace {

struct RequestOptions {
  RequestArguments arguments;
  bool yes = false;
};

struct RequestPlan {
  v1::ConsultationRequest request;
  std::vector<std::string> states;
  std::vector<std::string> notices;
};

absl::StatusOr<RequestPlan> PlanRequest(const RequestArguments& arguments,
                                        const rules::Exchange& exchange) {
  CBM_RETURN_IF_ERROR(CheckStates(arguments.notify.to, exchange));
  CBM_ASSIGN_OR_RETURN(const NotifyPlan notify, PlanNotify(arguments.notify, exchange));
  RequestPlan plan{.request = {}, .states = notify.states, .notices = notify.notices};
  v1::ConsultationRequest& request = plan.request;
  *request.mutable_notification() = notify.notification;
  request.mutable_notification()->set_kind("CRQ");
  std::vector<absl::Time> times;
  for (const std::string& typed : arguments.times) {
    CBM_ASSIGN_OR_RETURN(const absl::Time time, ReadInstant("--time", typed));
    times.push_back(time);
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  for (const absl::Time time : times) {
    *request.add_proposed_times() = rules::ToTimestamp(time);
  }
  CBM_ASSIGN_OR_RETURN(const v1::ConsultationLevel level, LevelNamed(arguments.level));
  CBM_ASSIGN_OR_RETURN(const v1::ConsultationFormat format, FormatNamed(arguments.format));
  request.set_level(level);
  request.set_format(format);
  if (!arguments.answer_by.empty()) {
    CBM_ASSIGN_OR_RETURN(const absl::Time by, ReadInstant("--answer-by", arguments.answer_by));
    *request.mutable_answer_by() = rules::ToTimestamp(by);
  }
  return plan;
}

std::string Preview(const RequestPlan& plan, const RequestArguments& arguments,
                    const std::string& body, const rules::Exchange& exchange) {
  const v1::Notification& notification = plan.request.notification();
  std::vector<std::string> times;
  for (const google::protobuf::Timestamp& time : plan.request.proposed_times()) {
    times.push_back(FormatUtc(TimeOf(time)));
  }
  return PreviewText(
      {{"context", NameOf(notification.context())},
       {"to", DescribeStates(exchange, plan.states)},
       {"marking", NameOf(notification.marking())},
       {"precedence", NameOf(notification.precedence())},
       {"measures", fmt::format("{}", fmt::join(notification.measures(), ", "))},
       {"level", NameOf(plan.request.level())},
       {"format", NameOf(plan.request.format())},
       {"times", fmt::format("{}", fmt::join(times, ", "))},
       {"answer by", plan.request.has_answer_by() ? FormatUtc(TimeOf(plan.request.answer_by()))
                                                  : "as the framework's clock says"},
       {"language", CleanLine(notification.language())},
       {"subject", CleanLine(arguments.notify.subject)},
       {"body", Shorten(CleanLine(body), 60)},
       {"list", "each of them is shown the others"}},
      notification.context());
}

absl::StatusOr<Proposal> MakeProposal(Workplace& workplace, const RequestPlan& plan,
                                      const RequestArguments& arguments, const std::string& body) {
  Proposal proposal;
  *proposal.act.mutable_consultation_request() = plan.request;
  absl::StatusOr<Addressees> addressees =
      MakeAddressees(plan.states, v1::LIST_VISIBILITY_SHOWN, workplace.random());
  if (!addressees.ok()) {
    return UsageError(fmt::format("--to: {}", MessageOf(addressees.status())));
  }
  *proposal.act.mutable_audience()->mutable_commitments() = std::move(addressees->commitments);
  proposal.openings = std::move(addressees->openings);
  v1::Manifest manifest;
  manifest.set_subject(arguments.notify.subject);
  manifest.set_body(body);
  CBM_RETURN_IF_ERROR(CheckTexts("--body", manifest));
  CBM_RETURN_IF_ERROR(Say(std::move(manifest), workplace.random(), proposal));
  return proposal;
}

// A request that was sent.
struct Sent {
  Performed performed;
  v1::Context context = v1::CONTEXT_UNSPECIFIED;
};

absl::StatusOr<Sent> Send(const CommandContext& context, RequestOptions options, TypedText& typed) {
  RequestArguments& arguments = options.arguments;
  CBM_RETURN_IF_ERROR(typed.ReadFirst({arguments.notify.body}));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenWorkplace());
  const rules::Exchange& exchange = workplace->exchange();
  const auto make_plan = [&] { return PlanRequest(arguments, exchange); };
  CBM_RETURN_IF_ERROR(FillBlanks(
      context.terminal, typed, [&] { return BlanksOfRequest(exchange, arguments); },
      [&] { return make_plan().status(); }));
  CBM_ASSIGN_OR_RETURN(const RequestPlan plan, make_plan());
  CBM_ASSIGN_OR_RETURN(const std::string body, arguments.notify.text.has_value()
                                                   ? *arguments.notify.text
                                                   : ReadTextOption(arguments.notify.body, typed));
  CBM_ASSIGN_OR_RETURN(Proposal proposal, MakeProposal(*workplace, plan, arguments, body));
  CBM_RETURN_IF_ERROR(CatchUp(context, *workplace, context.tells(options.yes)));
  CBM_ASSIGN_OR_RETURN(Performed performed,
                       ShowAndSend(context, *workplace,
                                   ReadyToSend{.proposal = std::move(proposal),
                                               .notices = plan.notices,
                                               .preview = Preview(plan, arguments, body, exchange),
                                               .context = plan.request.notification().context(),
                                               .marking = plan.request.notification().marking(),
                                               .addressees = plan.states.size()},
                                   options.yes));
  return Sent{.performed = std::move(performed), .context = plan.request.notification().context()};
}

absl::Status RunRequest(const CommandContext& context, const RequestOptions& options) {
  TypedText typed(context);
  const absl::StatusOr<Sent> sent = Send(context, options, typed);
  CBM_RETURN_IF_ERROR(typed.Settle(sent.status()));
  const std::string id = ToHex(BytesOf(sent->performed.act_digest));
  if (context.json()) {
    Json json = PerformedJson(sent->performed);
    json["context"] = NameOf(sent->context);
    json["consultation_id"] = id;
    json["state"] = "requested";
    context.terminal.Print(FormatJson(json));
  } else {
    context.terminal.Print(BeginLines(PerformedText("consultation requested", sent->performed) +
                                          fmt::format("consultation {}\n", id),
                                      sent->context));
  }
  return absl::OkStatus();
}

}  // namespace

void AddConsultRequest(CLI::App& consult, CommandContext& context) {
  CLI::App* const command =
      AddCommand(consult, "request", "Ask one or several States for a consultation",
                 "cbm consult request --to EE,FI --precedence URGENT --measure OSCE-3 \\\n"
                 "      --time 2026-03-12T09:00Z --level policy --format video \\\n"
                 "      --subject \"The incident of 10 March\" --body request.txt");
  const auto options = std::make_shared<RequestOptions>();
  RequestArguments& arguments = options->arguments;
  NotifyArguments& notify = arguments.notify;
  command->add_option("--to", notify.to, "EE,FI: States by name; each is shown the others");
  command->add_option("--precedence", notify.precedence, "ROUTINE (default) or URGENT");
  command->add_option("--context", notify.context, "REAL (default), EXERCISE or TEST");
  command->add_option("--marking", notify.marking,
                      "RED, AMBER+STRICT, AMBER (default), GREEN or CLEAR");
  command
      ->add_option("--measure", notify.measures,
                   "Measures it is asked under, for instance OSCE-3; may be repeated")
      ->allow_extra_args(false);
  command
      ->add_option("--time", arguments.times,
                   "When the meeting could begin, as 2026-03-12T09:00Z; up to 8, repeated")
      ->allow_extra_args(false);
  command->add_option("--level", arguments.level, "technical, policy or policy_with_technical");
  command->add_option("--format", arguments.format, "in_person, video, telephone or writing");
  command->add_option("--answer-by", arguments.answer_by,
                      "By when an answer is wanted (default: the framework's clock)");
  command->add_option("--subject", notify.subject, "One line");
  command->add_option("--body", notify.body, "File with the text, or - for standard input");
  command->add_option("--language", notify.language, "Of the text (default: en)");
  command->add_flag("--yes", options->yes, "Send without asking");
  Runs(command, context, [&context, options] { return RunRequest(context, *options); });
}

}  // namespace cbm
