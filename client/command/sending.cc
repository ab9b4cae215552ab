#include "client/command/sending.h"

#include <map>
#include <optional>
#include <string_view>

#include "client/exit_code.h"
#include "client/output/names.h"
#include "client/output/text.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/evidence/addressees.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/manifest.h"
#include "core/evidence/open_content.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kBodyColumns = 60;

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

// LANG:FILE:MADE-BY.
absl::StatusOr<v1::Translation> ReadTranslation(const std::string& option, TypedText& typed) {
  const size_t first = option.find(':');
  const size_t last = option.rfind(':');
  if (first == std::string::npos || first == last || first == 0 || last + 1 == option.size()) {
    return UsageError(
        fmt::format("--translation must be LANG:FILE:MADE-BY, as fr:text.fr.txt:\"Language "
                    "service\"; '{}' is not",
                    CleanLine(option)));
  }
  v1::Translation translation;
  translation.set_language(option.substr(0, first));
  translation.set_made_by(option.substr(last + 1));
  CBM_ASSIGN_OR_RETURN(*translation.mutable_text(),
                       typed.Read(option.substr(first + 1, last - first - 1), kBodyBytesMax));
  return translation;
}

// What is in the body, in a line.
std::string DescribeBody(std::string_view body) {
  if (body.empty()) {
    return "empty";
  }
  const std::string_view first = body.substr(0, body.find('\n'));
  return fmt::format("{} bytes: {}", body.size(), Shorten(CleanLine(first), kBodyColumns));
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

absl::StatusOr<Proposal> MakeProposal(Workplace& workplace, const Outgoing& outgoing) {
  CBM_RETURN_IF_ERROR(CheckTexts("--body", outgoing.manifest));
  const NotifyPlan& plan = outgoing.plan;
  Proposal proposal;
  proposal.act = outgoing.act;
  Addressees addressees;
  if (!plan.states.empty()) {
    absl::StatusOr<Addressees> made = MakeAddressees(plan.states, plan.list, workplace.random());
    if (!made.ok()) {
      return UsageError(fmt::format("--to: {}", MessageOf(made.status())));
    }
    addressees = *std::move(made);
  }
  SetAudience(plan, std::move(addressees), proposal);
  CBM_RETURN_IF_ERROR(Say(outgoing.manifest, workplace.random(), proposal));
  return proposal;
}

// What a person has to see before it is released.
std::string Preview(const Outgoing& outgoing, const rules::Exchange& exchange) {
  const NotifyPlan& plan = outgoing.plan;
  const v1::Notification& notification = plan.notification;
  Lines lines = {{"context", NameOf(notification.context())},
                 {"to", DescribeAudience(plan, exchange)},
                 {"marking", NameOf(notification.marking())},
                 {"precedence", NameOf(notification.precedence())},
                 {"kind", fmt::format("{}, {}", notification.kind(),
                                      CleanLine(exchange.FindKind(notification.kind())->name()))},
                 {"measures", fmt::format("{}", fmt::join(notification.measures(), ", "))},
                 {"language", CleanLine(notification.language())},
                 {"subject", CleanLine(outgoing.manifest.subject())},
                 {"body", DescribeBody(outgoing.manifest.body())}};
  for (const v1::Field& field : outgoing.manifest.fields()) {
    lines.emplace_back(field.name(), CleanLine(field.value()));
  }
  for (const v1::Translation& translation : outgoing.manifest.translations()) {
    lines.emplace_back("translation",
                       fmt::format("{}, made by {}", CleanLine(translation.language()),
                                   CleanLine(translation.made_by())));
  }
  lines.insert(lines.end(), outgoing.besides.begin(), outgoing.besides.end());
  if (!plan.states.empty()) {
    lines.emplace_back("list", plan.list == v1::LIST_VISIBILITY_SHOWN
                                   ? "each of them is shown the others"
                                   : "none of them is shown the others");
  }
  return PreviewText(lines, notification.context());
}

size_t CountAddressees(const NotifyPlan& plan, const rules::Exchange& exchange) {
  if (plan.secretariat) {
    return 1;
  }
  return plan.framework.empty() ? plan.states.size() : exchange.Participants(plan.framework).size();
}

std::string QuestionOf(const ReadyToSend& ready) {
  const std::string to = ready.addressees == 0 ? "to nobody else"
                         : ready.addressees == 1
                             ? "to that one alone"
                             : fmt::format("to all {} of them", ready.addressees);
  return fmt::format("Is that right? {}, {}: it is signed and sent {}.", NameOf(ready.context),
                     NameOf(ready.marking), to);
}

}  // namespace

std::string PreviewText(const Lines& lines, v1::Context context) {
  std::string text;
  for (const auto& [name, value] : lines) {
    text += fmt::format("{:<14}{}\n", name, value);
  }
  return BeginLines(text, context);
}

absl::Status CatchUp(const CommandContext& context, Workplace& workplace, bool told) {
  absl::Status synced = workplace.Sync();
  if (synced.ok() || ExitCodeOf(synced) != ExitCode::kTryAgain) {
    return synced;
  }
  if (told) {
    context.terminal.Note(
        "the exchange cannot be reached: what follows is from the copy on this machine, and what "
        "you sign is kept until it can be sent");
  }
  return workplace.OpenReplica();
}

absl::StatusOr<Performed> ShowAndSend(const CommandContext& context, Workplace& workplace,
                                      ReadyToSend ready, bool yes) {
  const bool told = context.tells(yes);
  if (told) {
    for (const std::string& notice : ready.notices) {
      context.terminal.Note(notice);
    }
  }
  Complete(workplace, ready.proposal.act);
  CBM_RETURN_IF_ERROR(CheckBeforehand(workplace, ready.proposal));
  if (told) {
    ready.preview.pop_back();  // Its last line's end: Note adds one.
    context.terminal.Note(ready.preview);
  }
  if (!yes) {
    workplace.Unlock();  // A person may take long, and other commands need not wait.
    CBM_RETURN_IF_ERROR(context.terminal.Confirm(QuestionOf(ready)));
  }
  return Perform(workplace, std::move(ready.proposal));
}

absl::StatusOr<Performed> SendOut(const CommandContext& context, Workplace& workplace,
                                  const Outgoing& outgoing, bool yes) {
  CBM_ASSIGN_OR_RETURN(Proposal proposal, MakeProposal(workplace, outgoing));
  CBM_RETURN_IF_ERROR(CheckSaid(workplace.exchange(), proposal));
  if (!workplace.about().has_value()) {
    CBM_RETURN_IF_ERROR(CatchUp(context, workplace, context.tells(yes)));
  }
  return ShowAndSend(
      context, workplace,
      ReadyToSend{.proposal = std::move(proposal),
                  .notices = outgoing.plan.notices,
                  .preview = Preview(outgoing, workplace.exchange()),
                  .context = outgoing.plan.notification.context(),
                  .marking = outgoing.plan.notification.marking(),
                  .addressees = CountAddressees(outgoing.plan, workplace.exchange())},
      yes);
}

absl::Status CheckTexts(std::string_view body, const v1::Manifest& manifest) {
  CBM_RETURN_IF_ERROR(CheckText("--subject", manifest.subject()));
  CBM_RETURN_IF_ERROR(CheckText(body, manifest.body()));
  for (const v1::Field& field : manifest.fields()) {
    CBM_RETURN_IF_ERROR(CheckText(fmt::format("--field {}", CleanLine(field.name())),
                                  fmt::format("{}={}", field.name(), field.value())));
  }
  for (const v1::Translation& translation : manifest.translations()) {
    CBM_RETURN_IF_ERROR(CheckText("--translation", translation.language()));
    CBM_RETURN_IF_ERROR(CheckText("--translation", translation.made_by()));
    CBM_RETURN_IF_ERROR(CheckText("--translation", translation.text()));
  }
  if (manifest.body().size() > kBodyBytesMax) {
    return UsageError(fmt::format("{} has {} bytes; at most {} are allowed: shorten it", body,
                                  manifest.body().size(), kBodyBytesMax));
  }
  return CheckSubject(manifest.subject());
}

absl::StatusOr<std::vector<v1::Translation>> ReadTranslations(
    const std::vector<std::string>& translations, TypedText& typed) {
  std::map<std::string, v1::Translation> read;
  for (const std::string& each : translations) {
    CBM_ASSIGN_OR_RETURN(v1::Translation translation, ReadTranslation(each, typed));
    const std::string language = translation.language();
    if (!read.try_emplace(language, std::move(translation)).second) {
      return UsageError(fmt::format("--translation into '{}' is given twice", CleanLine(language)));
    }
  }
  std::vector<v1::Translation> made;
  made.reserve(read.size());
  for (auto& [language, translation] : read) {
    made.push_back(std::move(translation));
  }
  return made;
}

}  // namespace cbm
