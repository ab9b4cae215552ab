// cbm consult request: asks States for a consultation.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/command/consult.h"
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

constexpr size_t kConsultationIdBytes = 32;

struct RequestOptions {
  NotifyArguments arguments;
  std::string subject;
  std::string body;
  std::vector<std::string> times;
  std::string level;
  std::string format;
  std::string answer_by;
  bool yes = false;
};

struct RequestPlan {
  v1::ConsultationRequest request;
  std::vector<std::string> states;
  std::vector<std::string> notices;
};

absl::StatusOr<RequestPlan> PlanRequest(const RequestOptions& options,
                                        const rules::Exchange& exchange, Random& random) {
  // What is typed of addressees, measures and markings means what it means for a free text.
  NotifyArguments arguments = options.arguments;
  arguments.kind = "FRE";
  CBM_ASSIGN_OR_RETURN(const NotifyPlan notify, PlanNotify(arguments, exchange));
  if (notify.states.empty()) {
    return UsageError("--to must name States, as LV,FI: a consultation is asked of them by name");
  }
  RequestPlan plan{.request = {}, .states = notify.states, .notices = notify.notices};
  v1::ConsultationRequest& request = plan.request;
  request.set_consultation_id(random.Bytes(kConsultationIdBytes));
  *request.mutable_notification() = notify.notification;
  request.mutable_notification()->set_kind("CRQ");
  std::vector<absl::Time> times;
  for (const std::string& typed : options.times) {
    CBM_ASSIGN_OR_RETURN(const absl::Time time, ReadInstant("--time", typed));
    times.push_back(time);
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  for (const absl::Time time : times) {
    *request.add_proposed_times() = rules::ToTimestamp(time);
  }
  CBM_ASSIGN_OR_RETURN(const v1::ConsultationLevel level, LevelNamed(options.level));
  CBM_ASSIGN_OR_RETURN(const v1::ConsultationFormat format, FormatNamed(options.format));
  request.set_level(level);
  request.set_format(format);
  if (!options.answer_by.empty()) {
    CBM_ASSIGN_OR_RETURN(const absl::Time by, ReadInstant("--answer-by", options.answer_by));
    *request.mutable_answer_by() = rules::ToTimestamp(by);
  }
  return plan;
}

std::string Preview(const RequestPlan& plan, const RequestOptions& options, const std::string& body,
                    const rules::Exchange& exchange) {
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
       {"subject", CleanLine(options.subject)},
       {"body", Shorten(CleanLine(body), 60)},
       {"list", "each of them is shown the others"}},
      notification.context());
}

absl::StatusOr<Proposal> MakeProposal(Workplace& workplace, const RequestPlan& plan,
                                      const RequestOptions& options, const std::string& body) {
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
  manifest.set_subject(options.subject);
  manifest.set_body(body);
  CBM_RETURN_IF_ERROR(CheckTexts("--body", manifest));
  CBM_RETURN_IF_ERROR(Say(std::move(manifest), workplace.random(), proposal));
  return proposal;
}

absl::StatusOr<Performed> Send(const CommandContext& context, Workplace& workplace,
                               const RequestOptions& options, const RequestPlan& plan,
                               const std::string& body) {
  CBM_ASSIGN_OR_RETURN(Proposal proposal, MakeProposal(workplace, plan, options, body));
  CBM_RETURN_IF_ERROR(CatchUp(context, workplace, context.tells(options.yes)));
  return ShowAndSend(context, workplace,
                     ReadyToSend{.proposal = std::move(proposal),
                                 .notices = plan.notices,
                                 .preview = Preview(plan, options, body, workplace.exchange())},
                     options.yes);
}

absl::Status RunRequest(const CommandContext& context, const RequestOptions& options) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenWorkplace());
  CBM_ASSIGN_OR_RETURN(const RequestPlan plan,
                       PlanRequest(options, workplace->exchange(), workplace->random()));
  CBM_ASSIGN_OR_RETURN(const std::string body, ReadTextOption(options.body));
  CBM_ASSIGN_OR_RETURN(const Performed performed,
                       KeepingText(context, *workplace, options.body == "-" ? body : "",
                                   [&] { return Send(context, *workplace, options, plan, body); }));
  const v1::Context of_request = plan.request.notification().context();
  const std::string id = ToHex(plan.request.consultation_id());
  if (context.json()) {
    Json json = PerformedJson(performed);
    json["context"] = NameOf(of_request);
    json["consultation_id"] = id;
    json["state"] = "requested";
    context.terminal.Print(FormatJson(json));
  } else {
    context.terminal.Print(BeginLines(
        PerformedText("consultation requested", performed) + fmt::format("consultation {}\n", id),
        of_request));
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
  NotifyArguments& arguments = options->arguments;
  command->add_option("--to", arguments.to, "EE,FI: States by name; each is shown the others")
      ->required();
  command->add_option("--precedence", arguments.precedence, "ROUTINE (default) or URGENT");
  command->add_option("--context", arguments.context, "REAL (default), EXERCISE or TEST");
  command->add_option("--marking", arguments.marking,
                      "RED, AMBER+STRICT, AMBER (default), GREEN or CLEAR");
  command
      ->add_option("--measure", arguments.measures,
                   "Measures it is asked under, for instance OSCE-3; may be repeated")
      ->required()
      ->allow_extra_args(false);
  command
      ->add_option("--time", options->times,
                   "When the meeting could begin, as 2026-03-12T09:00Z; up to 8, repeated")
      ->required()
      ->allow_extra_args(false);
  command->add_option("--level", options->level, "technical, policy or policy_with_technical")
      ->required();
  command->add_option("--format", options->format, "in_person, video, telephone or writing")
      ->required();
  command->add_option("--answer-by", options->answer_by,
                      "By when an answer is wanted (default: the framework's clock)");
  command->add_option("--subject", options->subject, "One line")->required();
  command->add_option("--body", options->body, "File with the text, or - for standard input")
      ->required();
  command->add_option("--language", arguments.language, "Of the text (default: en)");
  command->add_flag("--yes", options->yes, "Send without asking");
  Runs(command, context, [&context, options] { return RunRequest(context, *options); });
}

}  // namespace cbm
