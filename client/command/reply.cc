// cbm reply: answers a notification.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/command/command.h"
#include "client/command/sending.h"
#include "client/exit_code.h"
#include "client/lookup.h"
#include "client/output/names.h"
#include "client/output/text.h"
#include "client/reading.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/evidence/manifest.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr std::string_view kAnswerBefore = "Re: ";
constexpr size_t kSubjectColumns = 180;

struct ReplyOptions {
  std::string act;
  std::string outcome;
  std::string body;
  std::string subject;
  std::string marking;
  std::string precedence;
  std::string language;
  std::vector<std::string> translations;
  bool quotes_nothing = false;
  bool all = false;
  bool yes = false;
};

// The measures of what is answered that the own State shares.
std::vector<std::string> SharedMeasures(const rules::Exchange& exchange,
                                        const v1::NotificationRecord& answered,
                                        const std::string& party) {
  std::vector<std::string> measures;
  for (const std::string& measure : answered.notification().measures()) {
    const v1::Framework* const framework = exchange.FrameworkOfMeasure(measure);
    if (framework != nullptr && exchange.Participates(party, framework->id())) {
      measures.push_back(measure);
    }
  }
  return measures;
}

absl::Status PlanAddressees(const ReplyOptions& options, const v1::NotificationRecord& answered,
                            const std::string& party, NotifyPlan& plan) {
  plan.states = {answered.from_party()};
  if (!options.all) {
    return absl::OkStatus();
  }
  for (const v1::Delivery& delivery : answered.deliveries()) {
    if (delivery.state() != party && delivery.state() != answered.from_party()) {
      plan.states.push_back(delivery.state());
    }
  }
  if (plan.states.size() == 1) {
    return UsageError(
        "--all: you were shown no other addressee; without --all the reply goes to the author");
  }
  std::sort(plan.states.begin(), plan.states.end());
  plan.list = v1::LIST_VISIBILITY_SHOWN;
  return absl::OkStatus();
}

absl::StatusOr<NotifyPlan> PlanReply(const ReplyOptions& options, const Workplace& workplace,
                                     const v1::NotificationRecord& answered) {
  NotifyPlan plan;
  const v1::Notification& asked = answered.notification();
  v1::Notification& notification = plan.notification;
  notification.set_kind("RSP");
  notification.set_context(asked.context());
  notification.set_marking(asked.marking());
  if (!options.marking.empty()) {
    CBM_ASSIGN_OR_RETURN(const v1::Marking marking, MarkingNamed(options.marking));
    notification.set_marking(marking);
  }
  notification.set_precedence(std::min(asked.precedence(), v1::PRECEDENCE_URGENT));
  if (!options.precedence.empty()) {
    CBM_ASSIGN_OR_RETURN(const v1::Precedence precedence, PrecedenceNamed(options.precedence));
    notification.set_precedence(precedence);
  } else if (asked.precedence() > v1::PRECEDENCE_URGENT) {
    plan.notices.emplace_back("the reply is sent as URGENT: an EMERGENCY needs two offices");
  }
  const std::string& party = workplace.profile().config.party;
  const std::vector<std::string> measures = SharedMeasures(workplace.exchange(), answered, party);
  notification.mutable_measures()->Assign(measures.begin(), measures.end());
  notification.set_language(options.language.empty() ? asked.language() : options.language);
  CBM_RETURN_IF_ERROR(PlanAddressees(options, answered, party, plan));
  return plan;
}

absl::StatusOr<std::string> SubjectOf(const ReplyOptions& options, Workplace& workplace,
                                      const v1::NotificationRecord& answered) {
  if (!options.subject.empty() || options.quotes_nothing) {
    return options.subject.empty() ? "Reply" : options.subject;
  }
  CBM_ASSIGN_OR_RETURN(const auto said, ReadSaid(workplace, answered));
  if (!said.has_value()) {
    return std::string("Reply");  // Not opened by this office.
  }
  const std::string subject = CleanLine(said->subject());
  return Shorten(
      subject.starts_with(kAnswerBefore) ? subject : fmt::format("{}{}", kAnswerBefore, subject),
      kSubjectColumns);
}

absl::StatusOr<Outgoing> MakeReply(const ReplyOptions& options, Workplace& workplace,
                                   const v1::NotificationRecord& answered, TypedText& typed) {
  CBM_ASSIGN_OR_RETURN(const v1::ReplyOutcome outcome, OutcomeNamed(options.outcome));
  if (options.body.empty() && outcome != v1::REPLY_OUTCOME_NOT_IN_A_POSITION) {
    return UsageError("--body must name a file with the text, or be - for standard input");
  }
  Outgoing outgoing;
  CBM_ASSIGN_OR_RETURN(outgoing.plan, PlanReply(options, workplace, answered));
  v1::Reply& reply = *outgoing.act.mutable_reply();
  *reply.mutable_notification() = outgoing.plan.notification;
  reply.set_outcome(outcome);
  reply.set_quotes(options.quotes_nothing ? v1::QUOTING_QUOTES_NOTHING : v1::QUOTING_QUOTES);
  v1::Reference& reference = *outgoing.act.add_references();
  reference.set_act_digest(answered.act_digest());
  reference.set_record_version(answered.record_version());
  CBM_ASSIGN_OR_RETURN(const std::string subject, SubjectOf(options, workplace, answered));
  outgoing.manifest.set_subject(subject);
  CBM_ASSIGN_OR_RETURN(const std::vector<v1::Translation> translations,
                       ReadTranslations(options.translations, typed));
  outgoing.manifest.mutable_translations()->Assign(translations.begin(), translations.end());
  if (!options.body.empty()) {
    CBM_ASSIGN_OR_RETURN(*outgoing.manifest.mutable_body(),
                         typed.Read(options.body, kBodyBytesMax));
  }
  outgoing.besides = {
      {"answers",
       fmt::format("{} {} of {}", CleanLine(answered.notification().kind()),
                   ShortDigest(answered.act_digest()), CleanLine(answered.from_party()))},
      {"outcome", NameOf(outcome)}};
  return outgoing;
}

// A reply that was sent.
struct Sent {
  Performed performed;
  std::string answered;  // The digest of what it answers.
  v1::ReplyOutcome outcome;
  v1::Context context;
};

absl::StatusOr<Sent> Send(const CommandContext& context, const ReplyOptions& options,
                          TypedText& typed) {
  CBM_RETURN_IF_ERROR(typed.ReadFirst({options.body}));
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenWorkplace());
  CBM_RETURN_IF_ERROR(CatchUp(context, *workplace, /*told=*/false));
  workplace->Unlock();  // A person may take long to type, and other commands need not wait.
  CBM_ASSIGN_OR_RETURN(const v1::NotificationRecord answered,
                       FindNotification(workplace->replica(), options.act));
  if (answered.from_party().empty() || answered.from_party() == workplace->profile().config.party) {
    return UsageError(
        "only what another State sent can be answered; cbm notify --follow-up adds to your own");
  }
  CBM_ASSIGN_OR_RETURN(const Outgoing outgoing, MakeReply(options, *workplace, answered, typed));
  CBM_ASSIGN_OR_RETURN(Performed performed, SendOut(context, *workplace, outgoing, options.yes));
  return Sent{.performed = std::move(performed),
              .answered = answered.act_digest(),
              .outcome = outgoing.act.reply().outcome(),
              .context = outgoing.plan.notification.context()};
}

absl::Status RunReply(const CommandContext& context, const ReplyOptions& options) {
  TypedText typed(context);
  const absl::StatusOr<Sent> sent = Send(context, options, typed);
  CBM_RETURN_IF_ERROR(typed.Settle(sent.status()));
  if (context.json()) {
    Json json = PerformedJson(sent->performed);
    json["in_reply_to"] = ToHex(sent->answered);
    json["outcome"] = NameOf(sent->outcome);
    json["context"] = NameOf(sent->context);
    context.terminal.Print(FormatJson(json));
  } else {
    context.terminal.Print(BeginLines(PerformedText("replied", sent->performed), sent->context));
  }
  return absl::OkStatus();
}

}  // namespace

void AddReply(CLI::App& app, CommandContext& context) {
  CLI::App* const command = AddCommand(
      app, "reply", "Reply to a notification: to its sender alone, unless it showed the list",
      "cbm reply 0190163d-8694-739b-aea5-966c26f8ad91 --outcome interim --body reply.txt");
  const auto options = std::make_shared<ReplyOptions>();
  command->add_option("act", options->act, "Its act id, or at least 6 digits of its digest")
      ->required();
  command
      ->add_option("--outcome", options->outcome,
                   "interim (more follows), final, or not-in-a-position")
      ->required();
  command->add_option("--body", options->body,
                      "File with the text, or - for standard input; not-in-a-position needs none");
  command->add_option("--subject", options->subject,
                      "One line (default: that of what is answered, after Re:)");
  command->add_option("--marking", options->marking,
                      "RED, AMBER+STRICT, AMBER, GREEN or CLEAR (default: that of what is "
                      "answered; less strict with --quotes-nothing alone)");
  command->add_option("--precedence", options->precedence,
                      "ROUTINE or URGENT (default: that of what is answered)");
  command->add_option("--language", options->language,
                      "Of the text (default: that of what is answered)");
  command
      ->add_option("--translation", options->translations,
                   "LANG:FILE:MADE-BY: the text in another language of the framework, and who "
                   "made it; may be repeated")
      ->allow_extra_args(false);
  command->add_flag("--quotes-nothing", options->quotes_nothing,
                    "State that nothing of what is answered is quoted");
  command->add_flag("--all", options->all, "To all addressees that the sender showed");
  command->add_flag("--yes", options->yes, "Send without asking");
  Runs(command, context, [&context, options] { return RunReply(context, *options); });
}

}  // namespace cbm
