// cbm notify: sends a notification.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/command/command.h"
#include "client/command/notify_arguments.h"
#include "client/exit_code.h"
#include "client/files.h"
#include "client/output/names.h"
#include "client/output/text.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/base/uuid.h"
#include "core/evidence/addressees.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/manifest.h"
#include "core/evidence/open_content.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kBodyColumns = 60;

// More than may be sent, so that what was typed is kept though it is too long.
constexpr size_t kTypedBytesMax = size_t{1} << 20;

struct NotifyOptions {
  NotifyArguments arguments;
  std::string subject;
  std::string body;
  std::string cross_border;
  bool yes = false;
};

absl::Status CheckText(std::string_view option, std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const std::optional<Character> character = FirstCharacter(text.substr(at));
    if (!character.has_value()) {
      return UsageError(fmt::format(
          "{} is no text in UTF-8, from byte {} on: save it in that encoding, and check that it is "
          "the right file",
          option, at + 1));
    }
    at += character->bytes;
  }
  return absl::OkStatus();
}

// What is in the body, in a line.
std::string DescribeBody(std::string_view body) {
  if (body.empty()) {
    return "empty";
  }
  const std::string_view first = body.substr(0, body.find('\n'));
  return fmt::format("{} bytes: {}", body.size(), Shorten(CleanLine(first), kBodyColumns));
}

absl::StatusOr<v1::Manifest> MakeManifest(const NotifyOptions& options, const NotifyPlan& plan,
                                          std::string body) {
  CBM_RETURN_IF_ERROR(CheckText("--subject", options.subject));
  CBM_RETURN_IF_ERROR(CheckText("--body", body));
  if (body.size() > kBodyBytesMax) {
    return UsageError(fmt::format("--body has {} bytes; at most {} are allowed: shorten it",
                                  body.size(), kBodyBytesMax));
  }
  if (options.subject.empty()) {
    return UsageError("--subject must not be empty: it is what an inbox shows");
  }
  v1::Manifest manifest;
  manifest.set_subject(options.subject);
  manifest.set_body(std::move(body));
  std::string cross_border = options.cross_border;
  if (cross_border.empty() && plan.notification.kind() == "INC") {
    cross_border = "unknown";
  }
  if (!cross_border.empty()) {
    if (plan.notification.kind() != "INC") {
      return UsageError("--cross-border is for notifications of kind INC");
    }
    v1::Field* const field = manifest.add_fields();
    field->set_name("cross_border");
    field->set_value(cross_border);
  }
  return manifest;
}

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
      {"subject", CleanLine(manifest.subject())},
      {"body", DescribeBody(manifest.body())}};
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

absl::StatusOr<std::string> ReadBody(const std::string& body) {
  return body == "-" ? ReadStandardInput(kTypedBytesMax) : ReadFile(body, kBodyBytesMax);
}

// Sends if everything is in order; the caller sees to it that what was typed is not lost.
absl::StatusOr<Performed> Send(const CommandContext& context, Workplace& workplace,
                               const NotifyOptions& options, const NotifyPlan& plan,
                               std::string body) {
  CBM_ASSIGN_OR_RETURN(const v1::Manifest manifest, MakeManifest(options, plan, std::move(body)));
  CBM_ASSIGN_OR_RETURN(Proposal proposal, MakeProposal(workplace, plan, manifest));
  const bool told = context.tells(options.yes);
  if (told) {
    for (const std::string& notice : plan.notices) {
      context.terminal.Note(notice);
    }
    std::string preview = Preview(plan, manifest, workplace.exchange());
    preview.pop_back();
    context.terminal.Note(preview);
  }
  if (!options.yes) {
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
  CBM_ASSIGN_OR_RETURN(const NotifyPlan plan, PlanNotify(options.arguments, workplace->exchange()));
  CBM_ASSIGN_OR_RETURN(const std::string body, ReadBody(options.body));
  // What was typed outlives whatever comes before it is an act in the outbox: Ctrl-C, too.
  std::filesystem::path text;
  if (options.body == "-" && !body.empty()) {
    CBM_ASSIGN_OR_RETURN(
        text, workplace->outbox().KeepText(
                  FormatUuid(NewUuid(workplace->clock().Now(), workplace->random())), body));
  }
  const size_t kept_before = CountKept(*workplace);
  const absl::StatusOr<Performed> performed = Send(context, *workplace, options, plan, body);
  const bool is_act = performed.ok() || CountKept(*workplace) > kept_before;
  if (!text.empty() && is_act) {
    static_cast<void>(RemoveFile(text));  // What was sent is sent.
  }
  if (!performed.ok()) {
    return text.empty() || is_act
               ? performed.status()
               : Suffix(performed.status(), fmt::format("the text is kept in {}", text.string()));
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
      "      --subject \"Payment clearing disturbed\" --body incident.txt");
  const auto options = std::make_shared<NotifyOptions>();
  NotifyArguments& arguments = options->arguments;
  command->add_option("--kind", arguments.kind, "INC (incident) or FRE (free text)")->required();
  command
      ->add_option("--to", arguments.to,
                   "LV,FI (States by name), ALL, ALL/UN (a framework), or SECRETARIAT")
      ->required();
  command->add_option("--precedence", arguments.precedence, "ROUTINE (default) or URGENT");
  command->add_option("--context", arguments.context, "REAL (default), EXERCISE or TEST");
  command->add_option("--marking", arguments.marking,
                      "RED, AMBER+STRICT, AMBER, GREEN or CLEAR (default: AMBER; GREEN for ALL)");
  command
      ->add_option("--measure", arguments.measures,
                   "Measures it is sent under, for instance OSCE-3,UN-2; may be repeated")
      ->required()
      ->allow_extra_args(false);
  command->add_option("--subject", options->subject, "One line")->required();
  command->add_option("--body", options->body, "File with the text, or - for standard input")
      ->required();
  command->add_option("--language", arguments.language, "Of the text (default: en)");
  command->add_option("--cross-border", options->cross_border, "yes, no or unknown (default; INC)")
      ->check(CLI::IsMember({"yes", "no", "unknown"}));
  command->add_flag("--show-list", arguments.show_list, "Show each addressee the others");
  command->add_flag("--yes", options->yes, "Send without asking");
  Runs(command, context, [&context, options] { return RunNotify(context, *options); });
}

}  // namespace cbm
