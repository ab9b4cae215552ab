// cbm notify: sends a notification.

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/command/asking.h"
#include "client/command/command.h"
#include "client/command/notification_file.h"
#include "client/command/notify_arguments.h"
#include "client/command/notify_form.h"
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

constexpr size_t kFileBytesMax = size_t{1} << 20;

struct NotifyOptions {
  NotifyArguments arguments;
  std::vector<std::string> fields;
  std::vector<std::string> translations;
  std::string cross_border;
  std::string from_file;
  bool yes = false;
};

absl::StatusOr<std::string> ReadBody(const NotifyArguments& arguments, TypedText& typed) {
  if (arguments.text.has_value() || arguments.body.empty()) {
    return arguments.text.value_or("");
  }
  return typed.Read(arguments.body, kBodyBytesMax);
}

// Puts together what was typed and what the file says.
absl::StatusOr<NotifyArguments> ReadArguments(const NotifyOptions& options, TypedText& typed) {
  NotifyArguments arguments = options.arguments;
  CBM_RETURN_IF_ERROR(ReadFields(options.fields, arguments.fields));
  CBM_ASSIGN_OR_RETURN(arguments.translations, ReadTranslations(options.translations, typed));
  if (!options.from_file.empty()) {
    if (options.from_file == "-" && arguments.body == "-") {
      return UsageError("--from-file and --body cannot both be standard input");
    }
    CBM_ASSIGN_OR_RETURN(const std::string file, typed.Read(options.from_file, kFileBytesMax));
    CBM_RETURN_IF_ERROR(ReadNotificationFile(file, arguments));
  }
  return arguments;
}

// An incident says whether it crosses borders, and that it is unknown if nothing else is said.
absl::Status SetCrossBorder(const std::string& typed, NotifyArguments& arguments) {
  std::string kind = arguments.kind;
  std::transform(kind.begin(), kind.end(), kind.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (kind == "INC" && !typed.empty()) {
    arguments.fields["cross_border"] = typed;
  } else if (kind == "INC") {
    arguments.fields.try_emplace("cross_border", "unknown");
  }
  return kind == "INC" || typed.empty()
             ? absl::OkStatus()
             : UsageError("--cross-border is for notifications of kind INC");
}

// What the thread of an earlier notification says where nothing was typed.
void TakeFromFirst(const v1::NotificationRecord& first, NotifyArguments& arguments) {
  const v1::Notification& notification = first.notification();
  const auto take = [](const std::string& value, std::string& into) {
    if (into.empty()) {
      into = value;
    }
  };
  take(notification.kind(), arguments.kind);
  take(NameOf(notification.context()), arguments.context);
  take(NameOf(notification.precedence()), arguments.precedence);
  take(NameOf(notification.marking()), arguments.marking);
  take(notification.language(), arguments.language);
  if (arguments.measures.empty()) {
    arguments.measures.assign(notification.measures().begin(), notification.measures().end());
  }
  std::vector<std::string> states;
  for (const v1::Delivery& delivery : first.deliveries()) {
    states.push_back(delivery.state());
  }
  take(states.empty() ? first.audience() : fmt::format("{}", fmt::join(states, ",")), arguments.to);
}

absl::StatusOr<std::optional<v1::NotificationRecord>> FindFirst(const CommandContext& context,
                                                                Workplace& workplace,
                                                                NotifyArguments& arguments) {
  if (arguments.follow_up.empty()) {
    return arguments.stage.empty()
               ? absl::StatusOr<std::optional<v1::NotificationRecord>>(std::nullopt)
               : UsageError("--stage is for --follow-up");
  }
  CBM_RETURN_IF_ERROR(CatchUp(context, workplace, /*told=*/false));
  workplace.Unlock();  // A person may take long to type, and other commands need not wait.
  CBM_ASSIGN_OR_RETURN(v1::NotificationRecord first,
                       FindNotification(workplace.replica(), arguments.follow_up));
  if (!first.thread().empty() && first.in_reply_to().empty()) {
    CBM_ASSIGN_OR_RETURN(first, FindNotification(workplace.replica(), ToHex(first.thread())));
  }
  TakeFromFirst(first, arguments);
  if (const auto said = ReadSaid(workplace, first); said.ok() && said->has_value()) {
    for (const v1::Field& field : (*said)->fields()) {
      arguments.fields.try_emplace(field.name(), field.value());
    }
  }
  return std::optional(std::move(first));
}

absl::StatusOr<Outgoing> MakeNotification(const rules::Exchange& exchange,
                                          const NotifyArguments& arguments,
                                          const std::optional<v1::NotificationRecord>& first,
                                          TypedText& typed) {
  Outgoing outgoing;
  CBM_ASSIGN_OR_RETURN(outgoing.plan, PlanNotify(arguments, exchange));
  CBM_ASSIGN_OR_RETURN(const v1::FollowUp stage,
                       FollowUpNamed(arguments.stage.empty() ? "update" : arguments.stage));
  CBM_ASSIGN_OR_RETURN(const std::string body, ReadBody(arguments, typed));
  outgoing.manifest = ManifestOf(exchange, arguments, body);
  v1::Submit& submit = *outgoing.act.mutable_submit();
  *submit.mutable_notification() = outgoing.plan.notification;
  if (outgoing.plan.notification.has_answer_wanted_by()) {
    outgoing.besides.emplace_back("answer by",
                                  FormatUtc(TimeOf(outgoing.plan.notification.answer_wanted_by())));
  }
  if (first.has_value()) {
    submit.set_follow_up(stage);
    v1::Reference& reference = *outgoing.act.add_references();
    reference.set_act_digest(first->act_digest());
    reference.set_record_version(first->record_version());
    outgoing.besides.emplace_back(
        "follows up", fmt::format("{}, as {}", ShortDigest(first->act_digest()), NameOf(stage)));
  }
  return outgoing;
}

// What was sent, and under which context.
struct Sent {
  Performed performed;
  v1::Context context;
};

absl::StatusOr<Sent> Send(const CommandContext& context, const NotifyOptions& options,
                          TypedText& typed) {
  CBM_RETURN_IF_ERROR(typed.ReadFirst({options.arguments.body, options.from_file}));
  const NotifyArguments& said = options.arguments;
  if (!context.terminal.can_ask() && said.kind.empty() && said.to.empty() &&
      said.follow_up.empty() && options.from_file.empty()) {
    return UsageError(
        "nothing says what is to be sent: give --kind, --to, --measure, --subject and --body, or "
        "--from-file; cbm notify --help shows how");
  }
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenWorkplace());
  CBM_ASSIGN_OR_RETURN(NotifyArguments arguments, ReadArguments(options, typed));
  CBM_ASSIGN_OR_RETURN(const auto first, FindFirst(context, *workplace, arguments));
  CBM_RETURN_IF_ERROR(SetCrossBorder(options.cross_border, arguments));
  const rules::Exchange& exchange = workplace->exchange();
  CBM_RETURN_IF_ERROR(FillBlanks(
      context.terminal, typed, [&] { return BlanksOf(exchange, arguments); },
      [&] { return PlanNotify(arguments, exchange).status(); }));
  CBM_ASSIGN_OR_RETURN(const Outgoing outgoing,
                       MakeNotification(exchange, arguments, first, typed));
  CBM_ASSIGN_OR_RETURN(Performed performed, SendOut(context, *workplace, outgoing, options.yes));
  return Sent{.performed = std::move(performed), .context = outgoing.plan.notification.context()};
}

absl::Status RunNotify(const CommandContext& context, const NotifyOptions& options) {
  TypedText typed(context);
  const absl::StatusOr<Sent> sent = Send(context, options, typed);
  CBM_RETURN_IF_ERROR(typed.Settle(sent.status()));
  context.terminal.Print(context.json()
                             ? FormatJson(PerformedJson(sent->performed))
                             : BeginLines(PerformedText("sent", sent->performed), sent->context));
  return absl::OkStatus();
}

}  // namespace

void AddNotify(CLI::App& app, CommandContext& context) {
  CLI::App* const command = AddCommand(
      app, "notify", "Send a notification to States, to a framework, or to the secretariat",
      "cbm notify --kind INC --to LV,FI --precedence URGENT --measure OSCE-3 \\\n"
      "      --subject \"Payment clearing disturbed\" --body incident.txt\n"
      "  cbm notify --kind VUL --to LV --measure OSCE-16 --subject \"Router\" --body text.txt \\\n"
      "      --field product=\"Router 4.1\" --field embargo_until=2026-06-01T00:00:00Z\n"
      "  cbm notify --from-file notification.json\n\n"
      "A notification file is a JSON object. Its keys are those of the options (kind, to,\n"
      "precedence, context, marking, language, subject, show_list, wanted_by, follow_up,\n"
      "stage), with measures as a list,\n"
      "the text itself as body, and fields as an object:\n"
      "  {\"kind\": \"EVT\", \"to\": \"ALL\", \"measures\": [\"OSCE-5\"], \"subject\": "
      "\"Exercise\",\n"
      "   \"fields\": {\"title\": \"Spring\", \"dates\": \"2026-05-04,2026-05-06\"}}\n"
      "What is given as an option stands before what the file says.");
  const auto options = std::make_shared<NotifyOptions>();
  NotifyArguments& arguments = options->arguments;
  command->add_option("--kind", arguments.kind,
                      "INC (incident), INQ (inquiry), ASR (assistance), NVT, OIS, LEG, ORG, GLO, "
                      "CIP, EVT (event), VUL (vulnerability) or FRE (free text)");
  command->add_option("--to", arguments.to,
                      "LV,FI (States by name), ALL, ALL/UN (a framework), or SECRETARIAT");
  command->add_option("--precedence", arguments.precedence, "ROUTINE (default) or URGENT");
  command->add_option("--context", arguments.context, "REAL (default), EXERCISE or TEST");
  command->add_option("--marking", arguments.marking,
                      "RED, AMBER+STRICT, AMBER, GREEN or CLEAR (default: AMBER; GREEN for ALL)");
  command
      ->add_option("--measure", arguments.measures,
                   "Measures it is sent under, for instance OSCE-3,UN-2; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--subject", arguments.subject, "One line");
  command->add_option("--body", arguments.body, "File with the text, or - for standard input");
  command
      ->add_option("--field", options->fields,
                   "name=value: a field of the kind's form; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--wanted-by", arguments.wanted_by,
                      "When an answer is wanted by, as '2026-03-12 09:00' in UTC (INQ, ASR)");
  command->add_option("--follow-up", arguments.follow_up,
                      "Your earlier notification that this one adds to; what is not said here is "
                      "taken from it");
  command->add_option("--stage", arguments.stage,
                      "Of a follow-up: update (default), progress or final (report)");
  command
      ->add_option("--translation", options->translations,
                   "LANG:FILE:MADE-BY: the text in another language of the framework, and who "
                   "made it; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--language", arguments.language, "Of the text (default: en)");
  command->add_option("--cross-border", options->cross_border, "yes, no or unknown (default; INC)")
      ->check(CLI::IsMember({"yes", "no", "unknown"}));
  command->add_flag("--show-list", arguments.show_list, "Show each addressee the others");
  command->add_option("--from-file", options->from_file,
                      "The whole notification as JSON, or - for standard input");
  command->add_flag("--yes", options->yes, "Send without asking");
  Runs(command, context, [&context, options] { return RunNotify(context, *options); });
}

}  // namespace cbm
