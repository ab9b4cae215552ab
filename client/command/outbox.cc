// cbm outbox: acts that were signed and not sent.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/command/command.h"
#include "client/command/sending.h"
#include "client/exit_code.h"
#include "client/lookup.h"
#include "client/output/consultation.h"
#include "client/output/names.h"
#include "client/output/table.h"
#include "client/output/text.h"
#include "core/base/status_macros.h"
#include "core/evidence/manifest.h"
#include "core/rules/consultation.h"
#include "core/rules/facts.h"
#include "core/rules/form.h"
#include "fmt/format.h"

namespace cbm {
namespace {

std::string SubjectOf(const OutboxItem& item) {
  if (item.request.contents().empty()) {
    return "";
  }
  const auto manifest = ReadManifest(item.request.contents(0).open().plaintext());
  return manifest.ok() ? CleanLine(manifest->subject()) : "";
}

// Of what an act sends, or of the notification or consultation that it acts on, if the copy on this
// machine has that; else unspecified.
v1::Context ContextOf(const OutboxItem& item, const Replica* replica) {
  const v1::Act& act = item.act.act;
  if (act.has_consultation_request()) {
    return act.consultation_request().notification().context();
  }
  const std::string_view consultation = rules::ConsultationIdOf(act, BytesOf(item.act.digest));
  if (!consultation.empty() && replica != nullptr) {
    const auto record = rules::FindConsultation(replica->own(), consultation);
    return record.ok() && record->has_value() ? (*record)->state().context()
                                              : v1::CONTEXT_UNSPECIFIED;
  }
  if (replica != nullptr) {
    return HeaderOf(*replica, act).context();
  }
  const v1::Notification* const sent = rules::SentBy(act);
  return sent == nullptr ? v1::CONTEXT_UNSPECIFIED : sent->context();
}

// The replica as it was left, if an act needs it to be shown; null if it cannot be read.
absl::StatusOr<std::unique_ptr<Workplace>> OpenFor(const CommandContext& context,
                                                   const std::vector<OutboxItem>& items) {
  if (std::all_of(items.begin(), items.end(),
                  [](const OutboxItem& item) { return rules::SentBy(item.act.act) != nullptr; })) {
    return std::unique_ptr<Workplace>();
  }
  CBM_ASSIGN_OR_RETURN(std::unique_ptr<Workplace> workplace, context.OpenWorkplace());
  CBM_RETURN_IF_ERROR(workplace->OpenReplica());
  return workplace;
}

std::string AddresseesOf(const OutboxItem& item) {
  if (item.act.act.audience().has_all()) {
    return fmt::format("ALL/{}", item.act.act.audience().all().framework());
  }
  if (item.act.act.audience().has_secretariat()) {
    return std::string(kSecretariatParty);
  }
  if (item.act.act.audience().has_party_set()) {
    return fmt::format("consultation {}", ShortDigest(rules::ConsultationIdOf(
                                              item.act.act, BytesOf(item.act.digest))));
  }
  std::vector<std::string> states;
  for (const v1::AddresseeOpening& opening : item.request.addressees()) {
    states.push_back(opening.state());
  }
  return fmt::format("{}", fmt::join(states, ","));
}

// One that is kept, without what it says.
Json ItemJson(const OutboxItem& item, v1::Context act_context) {
  const v1::Act& act = item.act.act;
  return {{"context",
           act_context == v1::CONTEXT_UNSPECIFIED ? Json(nullptr) : Json(NameOf(act_context))},
          {"act_id", item.act_id},
          {"act_kind", NameOf(static_cast<v1::ActKind>(act.kind_case()))},
          {"to", AddresseesOf(item)},
          {"author_time", TimeJson(TimeOf(act.author_time()))},
          {"valid_until", TimeJson(TimeOf(act.valid_until()))},
          {"subject", SubjectOf(item)}};
}

absl::Status RunList(const CommandContext& context) {
  CBM_ASSIGN_OR_RETURN(const Profile profile, OpenProfile(context.profile_folder()));
  const Outbox outbox(profile.outbox());
  CBM_ASSIGN_OR_RETURN(const std::vector<OutboxItem> items, outbox.List());
  CBM_ASSIGN_OR_RETURN(const std::vector<std::filesystem::path> kept, outbox.ListTexts());
  const auto workplace = OpenFor(context, items);
  const Replica* const replica =
      workplace.ok() && *workplace != nullptr ? &(*workplace)->replica() : nullptr;
  Json list = Json::array();
  Table table({"CONTEXT", "MADE", "KIND", "TO", "GOOD UNTIL", "SUBJECT", "ACT"});
  for (const OutboxItem& item : items) {
    const absl::Time made = TimeOf(item.act.act.author_time());
    const absl::Time until = TimeOf(item.act.act.valid_until());
    const std::string kind = NameOf(static_cast<v1::ActKind>(item.act.act.kind_case()));
    const v1::Context of_act = ContextOf(item, replica);
    const std::string act_context = of_act == v1::CONTEXT_UNSPECIFIED ? "" : NameOf(of_act);
    list.push_back(ItemJson(item, of_act));
    table.Add({{act_context, Tone::kStrong},
               {FormatUtc(made)},
               {kind},
               {AddresseesOf(item)},
               {FormatUtc(until)},
               {SubjectOf(item)},
               {item.act_id}});
  }
  if (context.json()) {
    Json texts = Json::array();
    for (const std::filesystem::path& text : kept) {
      texts.push_back(text.string());
    }
    context.terminal.Print(FormatJson({{"acts", std::move(list)}, {"texts", std::move(texts)}}));
  } else {
    context.terminal.Print(items.empty() ? "the outbox is empty\n"
                                         : table.Format(context.terminal.colour()));
    for (const std::filesystem::path& text : kept) {
      context.terminal.Note(
          fmt::format("a text that was typed and never sent is in {}", text.string()));
    }
  }
  return absl::OkStatus();
}

// What the act is of, besides what is said in it.
Lines HeaderOf(const OutboxItem& item) {
  const v1::Act& act = item.act.act;
  Lines lines = {{"act", item.act_id},
                 {"kind", NameOf(static_cast<v1::ActKind>(act.kind_case()))},
                 {"to", AddresseesOf(item)},
                 {"made", FormatUtc(TimeOf(act.author_time()))},
                 {"good until", FormatUtc(TimeOf(act.valid_until()))}};
  const v1::Notification* const sent = act.has_consultation_request()
                                           ? &act.consultation_request().notification()
                                           : rules::SentBy(act);
  if (sent != nullptr) {
    lines.insert(lines.end(), {{"marking", NameOf(sent->marking())},
                               {"precedence", NameOf(sent->precedence())},
                               {"measures", fmt::format("{}", fmt::join(sent->measures(), ", "))},
                               {"language", CleanLine(sent->language())}});
  }
  if (act.has_consultation_request()) {
    const v1::ConsultationRequest& request = act.consultation_request();
    std::vector<std::string> times;
    for (const google::protobuf::Timestamp& time : request.proposed_times()) {
      times.push_back(FormatUtc(TimeOf(time)));
    }
    lines.insert(lines.end(), {{"level", NameOf(request.level())},
                               {"format", NameOf(request.format())},
                               {"times", fmt::format("{}", fmt::join(times, ", "))}});
    if (request.has_answer_by()) {
      lines.emplace_back("answer by", FormatUtc(TimeOf(request.answer_by())));
    }
  }
  return lines;
}

std::string ItemText(const OutboxItem& item, const std::optional<v1::Manifest>& said,
                     v1::Context act_context) {
  Lines lines = HeaderOf(item);
  if (!said.has_value()) {
    return PreviewText(lines, act_context);
  }
  lines.emplace_back("subject", CleanLine(said->subject()));
  for (const v1::Field& field : said->fields()) {
    lines.emplace_back(CleanLine(field.name()), CleanLine(field.value()));
  }
  std::string texts = fmt::format("\n{}\n", CleanText(said->body()));
  for (const v1::Translation& translation : said->translations()) {
    texts += fmt::format("\n--- in {}, made by {}\n{}\n", CleanLine(translation.language()),
                         CleanLine(translation.made_by()), CleanText(translation.text()));
  }
  return PreviewText(lines, act_context) + BeginLines(texts, act_context);
}

absl::Status RunShow(const CommandContext& context, const std::string& name) {
  CBM_ASSIGN_OR_RETURN(const Profile profile, OpenProfile(context.profile_folder()));
  CBM_ASSIGN_OR_RETURN(const OutboxItem item, Outbox(profile.outbox()).Find(name));
  std::optional<v1::Manifest> said;
  if (!item.request.contents().empty()) {
    CBM_ASSIGN_OR_RETURN(said, ReadManifest(item.request.contents(0).open().plaintext()));
  }
  const auto workplace = OpenFor(context, {item});
  const v1::Context act_context =
      ContextOf(item, workplace.ok() && *workplace != nullptr ? &(*workplace)->replica() : nullptr);
  if (context.json()) {
    Json json = ItemJson(item, act_context);
    if (said.has_value()) {
      AddManifest(*said, json);
    }
    context.terminal.Print(FormatJson(json));
  } else {
    context.terminal.Print(ItemText(item, said, act_context));
  }
  return absl::OkStatus();
}

absl::Status RunSend(const CommandContext& context, const std::string& name) {
  CBM_ASSIGN_OR_RETURN(const std::unique_ptr<Workplace> workplace, context.OpenWorkplace());
  std::vector<OutboxItem> items;
  if (name.empty()) {
    CBM_ASSIGN_OR_RETURN(items, workplace->outbox().List());
  } else {
    CBM_ASSIGN_OR_RETURN(OutboxItem item, workplace->outbox().Find(name));
    items.push_back(std::move(item));
  }
  if (!items.empty()) {
    CBM_RETURN_IF_ERROR(workplace->Sync());
  }
  Json list = Json::array();
  std::string text;
  absl::Status failed;  // The first that was not sent, while the others are.
  for (OutboxItem& item : items) {
    const v1::Context act_context = ContextOf(item, &workplace->replica());
    const absl::StatusOr<Performed> performed = SendKept(*workplace, std::move(item));
    if (!performed.ok()) {
      failed.Update(performed.status());
      if (ExitCodeOf(failed) == ExitCode::kTryAgain) {
        break;
      }
      continue;
    }
    list.push_back(PerformedJson(*performed));
    text += BeginLines(PerformedText("sent", *performed), act_context);
  }
  if (!failed.ok() && list.empty()) {
    return failed;
  }
  if (context.json()) {
    context.terminal.Print(FormatJson({{"acts", std::move(list)}}));
  } else {
    context.terminal.Print(text.empty() ? "the outbox is empty\n" : text);
  }
  return failed;
}

absl::Status RunDrop(const CommandContext& context, const std::string& name, bool yes) {
  CBM_ASSIGN_OR_RETURN(const Profile profile, OpenProfile(context.profile_folder()));
  const Outbox outbox(profile.outbox());
  CBM_ASSIGN_OR_RETURN(const OutboxItem item, outbox.Find(name));
  if (!yes) {
    CBM_RETURN_IF_ERROR(context.terminal.Confirm(
        fmt::format("Drop {} '{}' for good?", item.act_id, SubjectOf(item))));
  }
  CBM_RETURN_IF_ERROR(outbox.Remove(item.act_id));
  context.terminal.Print(context.json() ? FormatJson({{"dropped", item.act_id}})
                                        : fmt::format("dropped {}\n", item.act_id));
  return absl::OkStatus();
}

}  // namespace

void AddOutbox(CLI::App& app, CommandContext& context) {
  CLI::App* const outbox = AddCommand(
      app, "outbox", "List, show, send or drop acts that were signed and could not be sent",
      "cbm outbox\n  cbm outbox send");
  outbox->require_subcommand(0, 1);
  Runs(outbox, context, [&context] { return RunList(context); });
  const auto name = std::make_shared<std::string>();
  const auto yes = std::make_shared<bool>(false);
  CLI::App* const list =
      AddCommand(*outbox, "list", "List what is kept; without network", "cbm outbox list");
  Runs(list, context, [&context] { return RunList(context); });
  CLI::App* const show =
      AddCommand(*outbox, "show", "Show what an act that is kept says", "cbm outbox show 0190163d");
  show->add_option("act", *name, "Its act id or the beginning of it")->required();
  Runs(show, context, [&context, name] { return RunShow(context, *name); });
  CLI::App* const send = AddCommand(
      *outbox, "send", "Send what is kept, the oldest first, each once", "cbm outbox send");
  send->add_option("act", *name, "Its act id or the beginning of it; default: all");
  Runs(send, context, [&context, name] { return RunSend(context, *name); });
  CLI::App* const drop =
      AddCommand(*outbox, "drop", "Forget an act that is kept", "cbm outbox drop 0190163d --yes");
  drop->add_option("act", *name, "Its act id or the beginning of it")->required();
  drop->add_flag("--yes", *yes, "Do not ask");
  Runs(drop, context, [&context, name, yes] { return RunDrop(context, *name, *yes); });
}

}  // namespace cbm
