// cbm notify: sends a notification.

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/command/command.h"
#include "client/command/notification_file.h"
#include "client/command/notify_arguments.h"
#include "client/command/notify_form.h"
#include "client/exit_code.h"
#include "client/files.h"
#include "client/output/names.h"
#include "client/output/text.h"
#include "core/base/status_macros.h"
#include "core/base/uuid.h"
#include "core/evidence/addressees.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/manifest.h"
#include "core/evidence/open_content.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr int kAttemptsMax = 3;  // At one question.
constexpr size_t kFileBytesMax = size_t{1} << 20;

struct NotifyOptions {
  NotifyArguments arguments;
  std::vector<std::string> fields;
  std::string cross_border;
  std::string from_file;
  bool yes = false;
};

void SetAudience(const NotifyPlan& plan, Addressees addressees, Proposal& proposal) {
  v1::Audience& audience = *proposal.act.mutable_audience();
  if (plan.secretariat) {
    audience.mutable_secretariat();
  } else if (!plan.framework.empty()) {
    audience.mutable_all()->set_framework(plan.framework);
  } else {
    *audience.mutable_commitments() = std::move(addressees.commitments);
    proposal.openings = std::move(addressees.openings);
  }
}

absl::StatusOr<Proposal> MakeProposal(Workplace& workplace, const NotifyPlan& plan,
                                      const v1::Manifest& manifest) {
  Proposal proposal;
  *proposal.act.mutable_submit()->mutable_notification() = plan.notification;
  Addressees addressees;
  if (!plan.states.empty()) {
    absl::StatusOr<Addressees> made = MakeAddressees(plan.states, plan.list, workplace.random());
    if (!made.ok()) {
      return UsageError(fmt::format("--to: {}", MessageOf(made.status())));
    }
    addressees = *std::move(made);
  }
  SetAudience(plan, std::move(addressees), proposal);
  absl::StatusOr<std::string> bytes = WriteManifest(manifest);
  if (!bytes.ok()) {
    return UsageError(MessageOf(bytes.status()));
  }
  proposal.contents.push_back(MakeOpenContent(*std::move(bytes), workplace.random()));
  const v1::OpenContent& content = proposal.contents.front();
  proposal.act.set_manifest_digest(
      std::string(BytesOf(ContentDigest(content.salt(), content.plaintext()))));
  return proposal;
}

// What a person has to see before it is released. EXERCISE and TEST begin every line of theirs.
std::string Preview(const NotifyPlan& plan, const v1::Manifest& manifest,
                    const rules::Exchange& exchange) {
  const v1::Notification& notification = plan.notification;
  std::vector<std::pair<std::string, std::string>> lines = {
      {"context", NameOf(notification.context())},
      {"to", DescribeAudience(plan, exchange)},
      {"marking", NameOf(notification.marking())},
      {"precedence", NameOf(notification.precedence())},
      {"kind", fmt::format("{}, {}", notification.kind(),
                           CleanLine(exchange.FindKind(notification.kind())->name()))},
      {"measures", fmt::format("{}", fmt::join(notification.measures(), ", "))},
      {"language", CleanLine(notification.language())},
      {"subject", CleanLine(manifest.subject())}};
  for (const v1::Field& field : manifest.fields()) {
    lines.emplace_back(field.name(), CleanLine(field.value()));
  }
  if (!plan.states.empty()) {
    lines.emplace_back("list", plan.list == v1::LIST_VISIBILITY_SHOWN
                                   ? "each of them is shown the others"
                                   : "none of them is shown the others");
  }
  const std::string lead = notification.context() == v1::CONTEXT_REAL
                               ? ""
                               : fmt::format("{} ", NameOf(notification.context()));
  std::string text;
  for (const auto& [name, value] : lines) {
    text += fmt::format("{}{:<13}{}\n", lead, name, value);
  }
  return text;
}

absl::StatusOr<std::string> ReadInput(const std::string& file, size_t bytes_max) {
  return file == "-" ? ReadStandardInput(bytes_max) : ReadFile(file, bytes_max);
}

// One byte more than allowed, so that the message that names the bound is the manifest's.
absl::StatusOr<std::string> ReadBody(const NotifyArguments& arguments) {
  if (arguments.text.has_value() || arguments.body.empty()) {
    return arguments.text.value_or("");
  }
  return ReadInput(arguments.body, kBodyBytesMax + 4096);
}

// Puts together what was typed and what the file says.
absl::StatusOr<NotifyArguments> ReadArguments(const NotifyOptions& options) {
  NotifyArguments arguments = options.arguments;
  CBM_RETURN_IF_ERROR(ReadFields(options.fields, arguments.fields));
  if (!options.from_file.empty()) {
    if (options.from_file == "-" && arguments.body == "-") {
      return UsageError("--from-file and --body cannot both be standard input");
    }
    CBM_ASSIGN_OR_RETURN(const std::string file, ReadInput(options.from_file, kFileBytesMax));
    CBM_RETURN_IF_ERROR(ReadNotificationFile(file, arguments));
  }
  std::string kind = arguments.kind;
  std::transform(kind.begin(), kind.end(), kind.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (!options.cross_border.empty()) {
    if (kind != "INC") {
      return UsageError("--cross-border is for notifications of kind INC");
    }
    arguments.fields["cross_border"] = options.cross_border;
  }
  if (kind == "INC") {
    arguments.fields.try_emplace("cross_border", "unknown");
  }
  return arguments;
}

absl::Status AskFor(const Terminal& terminal, const Blank& blank) {
  absl::Status filled;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    CBM_ASSIGN_OR_RETURN(std::string answer, blank.lines ? terminal.AskLines(blank.question)
                                                         : terminal.Ask(blank.question));
    filled = answer.empty() ? UsageError(fmt::format("{} must be said", blank.option))
                            : blank.fill(std::move(answer));
    if (filled.ok()) {
      return filled;
    }
    terminal.Note(MessageOf(filled));
  }
  return filled;
}

// Asks for what is missing where somebody can answer; else names all of it.
absl::Status FillBlanks(const Terminal& terminal, const rules::Exchange& exchange,
                        NotifyArguments& arguments) {
  CBM_ASSIGN_OR_RETURN(std::vector<Blank> blanks, BlanksOf(exchange, arguments));
  if (!terminal.can_ask()) {
    return NameBlanks(blanks);
  }
  while (!blanks.empty()) {
    CBM_RETURN_IF_ERROR(AskFor(terminal, blanks.front()));
    CBM_ASSIGN_OR_RETURN(blanks, BlanksOf(exchange, arguments));
  }
  return absl::OkStatus();
}

// Sends if everything is in order; the caller sees to it that what was typed is not lost.
absl::StatusOr<Performed> Send(const CommandContext& context, Workplace& workplace,
                               const NotifyArguments& arguments, const NotifyPlan& plan,
                               std::string body, bool yes) {
  const v1::Manifest manifest = ManifestOf(workplace.exchange(), arguments, std::move(body));
  CBM_ASSIGN_OR_RETURN(Proposal proposal, MakeProposal(workplace, plan, manifest));
  CBM_RETURN_IF_ERROR(CheckSaid(workplace.exchange(), proposal));
  const bool told = context.tells(yes);
  if (told) {
    for (const std::string& notice : plan.notices) {
      context.terminal.Note(notice);
    }
    std::string preview = Preview(plan, manifest, workplace.exchange());
    preview.pop_back();
    context.terminal.Note(preview);
  }
  if (!yes) {
    CBM_RETURN_IF_ERROR(
        context.terminal.Confirm("Is that right? It is signed and sent to all of them."));
  }
  if (const absl::Status synced = workplace.Sync(); !synced.ok()) {
    if (ExitCodeOf(synced) != ExitCode::kTryAgain) {
      return synced;
    }
    if (told) {
      context.terminal.Note(
          "the exchange cannot be reached: what you wrote is signed and kept, and sent if it "
          "answers "
          "now");
    }
  }
  return Perform(workplace, std::move(proposal));
}

size_t CountKept(const Workplace& workplace) {
  const auto items = workplace.outbox().List();
  return items.ok() ? items->size() : 0;
}

absl::Status RunNotify(const CommandContext& context, const NotifyOptions& options) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenWorkplace());
  CBM_ASSIGN_OR_RETURN(NotifyArguments arguments, ReadArguments(options));
  CBM_RETURN_IF_ERROR(FillBlanks(context.terminal, workplace->exchange(), arguments));
  CBM_ASSIGN_OR_RETURN(const NotifyPlan plan, PlanNotify(arguments, workplace->exchange()));
  CBM_ASSIGN_OR_RETURN(const std::string body, ReadBody(arguments));
  const bool typed = arguments.body == "-" || arguments.text.has_value();
  const size_t kept_before = CountKept(*workplace);
  const absl::StatusOr<Performed> performed =
      Send(context, *workplace, arguments, plan, body, options.yes);
  if (!performed.ok()) {
    if (typed && !body.empty() && CountKept(*workplace) == kept_before) {
      CBM_ASSIGN_OR_RETURN(
          const std::filesystem::path file,
          workplace->outbox().KeepText(
              FormatUuid(NewUuid(workplace->clock().Now(), workplace->random())), body));
      return Suffix(performed.status(), fmt::format("the text is kept in {}", file.string()));
    }
    return performed.status();
  }
  context.terminal.Print(
      context.json() ? FormatJson(PerformedJson(*performed))
                     : BeginLines(PerformedText("sent", *performed), plan.notification.context()));
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
      "precedence, context, marking, language, subject, show_list), with measures as a list,\n"
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
