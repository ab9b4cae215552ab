// cbm consult: consultations, from the request to the record. Here is what its commands share.

#include "client/command/consult.h"

#include <algorithm>
#include <optional>

#include "client/consultations.h"
#include "client/exit_code.h"
#include "client/output/names.h"
#include "client/output/text.h"
#include "core/base/hex.h"
#include "core/base/status_macros.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/manifest.h"
#include "core/evidence/open_content.h"
#include "core/rules/consultation.h"
#include "core/rules/visibility.h"
#include "fmt/format.h"
#include "google/protobuf/message.h"

namespace cbm {
namespace {

// Whatever the kind of act, its message has the consultation's id.
void SetConsultation(const std::string& id, v1::Act& act) {
  const google::protobuf::Reflection& reflection = *act.GetReflection();
  const google::protobuf::FieldDescriptor* const kind =
      reflection.GetOneofFieldDescriptor(act, act.GetDescriptor()->FindOneofByName("kind"));
  google::protobuf::Message& of_kind = *reflection.MutableMessage(&act, kind);
  of_kind.GetReflection()->SetString(
      &of_kind, of_kind.GetDescriptor()->FindFieldByName("consultation_id"), id);
}

absl::StatusOr<Proposal> MakeProposal(Workplace& workplace, const v1::ConsultationRecord& record,
                                      const ConsultPlan& plan, const std::string& text) {
  Proposal proposal;
  proposal.act = plan.act;
  SetConsultation(record.state().consultation_id(), proposal.act);
  proposal.act.mutable_audience()->mutable_party_set()->set_digest(
      rules::PartySetOf(record.state()));
  if (text.empty()) {
    return proposal;
  }
  v1::Manifest manifest;
  manifest.set_subject(plan.subject);
  manifest.set_body(text);
  CBM_RETURN_IF_ERROR(CheckTexts("--text", manifest));
  CBM_RETURN_IF_ERROR(Say(std::move(manifest), workplace.random(), proposal));
  return proposal;
}

// Those of a list that are not the own State.
template <typename Names>
std::vector<std::string> Others(const Workplace& workplace, const Names& names) {
  std::vector<std::string> others;
  std::copy_if(names.begin(), names.end(), std::back_inserter(others),
               [&](const std::string& name) { return name != workplace.profile().config.party; });
  return others;
}

std::string Preview(const Workplace& workplace, const v1::ConsultationRecord& record,
                    const ConsultPlan& plan, const std::string& text) {
  const v1::ConsultationState& state = record.state();
  const rules::Share invitees =
      rules::VisibilityOf(static_cast<v1::ActKind>(plan.act.kind_case()), v1::Audience::kPartySet)
          .invitees;
  const std::vector<std::string> asked = Others(workplace, state.invitees());
  Lines lines = {{"context", NameOf(state.context())},
                 {"to", DescribeStates(workplace.exchange(), Others(workplace, state.parties()))}};
  if (!asked.empty() && invitees == rules::Share::kAct) {
    lines.emplace_back("still asked",
                       DescribeStates(workplace.exchange(), asked) + ", who are given it too");
  } else if (!asked.empty()) {
    lines.emplace_back("still asked",
                       DescribeStates(workplace.exchange(), asked) + ", who are not given it");
  }
  lines.emplace_back("marking", NameOf(state.marking()));
  lines.emplace_back("consultation", fmt::format("{}, {}", ShortDigest(state.consultation_id()),
                                                 CleanLine(state.state())));
  lines.emplace_back("is to be", plan.done);
  lines.insert(lines.end(), plan.lines.begin(), plan.lines.end());
  if (!text.empty()) {
    lines.emplace_back("text", Shorten(CleanLine(text), 60));
  }
  std::string preview = PreviewText(lines, state.context());
  if (!plan.below.empty()) {
    preview += BeginLines("\n" + plan.below + "\n", state.context());
  }
  return preview;
}

// What was sent, and of what.
struct Sent {
  Performed performed;
  v1::ConsultationRecord record;  // As it was before.
  std::string done;
};

absl::StatusOr<Sent> Send(const CommandContext& context, const ConsultOptions& options,
                          const absl::Status& said, const PlanConsult& make, TypedText& typed,
                          std::unique_ptr<Workplace>& workplace) {
  CBM_RETURN_IF_ERROR(typed.ReadFirst({options.text}));
  CBM_RETURN_IF_ERROR(said);
  CBM_ASSIGN_OR_RETURN(workplace, context.OpenWorkplace());
  CBM_ASSIGN_OR_RETURN(const std::string text, ReadTextOption(options.text, typed));
  CBM_RETURN_IF_ERROR(CatchUp(context, *workplace, context.tells(options.yes)));
  CBM_ASSIGN_OR_RETURN(
      const v1::ConsultationRecord record,
      FindConsultation(workplace->replica(), options.id, workplace->ExchangeTime()));
  CBM_ASSIGN_OR_RETURN(const ConsultPlan plan, make(*workplace, record));
  CBM_ASSIGN_OR_RETURN(Proposal proposal, MakeProposal(*workplace, record, plan, text));
  CBM_ASSIGN_OR_RETURN(
      Performed performed,
      ShowAndSend(context, *workplace,
                  ReadyToSend{.proposal = std::move(proposal),
                              .notices = {},
                              .preview = Preview(*workplace, record, plan, text),
                              .context = record.state().context(),
                              .marking = record.state().marking(),
                              .addressees = Others(*workplace, record.state().parties()).size()},
                  options.yes));
  return Sent{.performed = std::move(performed), .record = record, .done = plan.done};
}

// What the consultation came to be; as it was, if that cannot be asked now.
v1::ConsultationRecord ReadAgain(Workplace& workplace, const v1::ConsultationRecord& before) {
  if (!workplace.Sync().ok()) {
    return before;
  }
  return FindConsultation(workplace.replica(), ToHex(before.state().consultation_id()),
                          workplace.ExchangeTime())
      .value_or(before);
}

// `said`: why the command line makes no act.
absl::Status Run(const CommandContext& context, const ConsultOptions& options,
                 const absl::Status& said, const PlanConsult& plan) {
  std::unique_ptr<Workplace> workplace;
  TypedText typed(context);
  const absl::StatusOr<Sent> sent = Send(context, options, said, plan, typed, workplace);
  CBM_RETURN_IF_ERROR(typed.Settle(sent.status()));
  const v1::ConsultationState state = ReadAgain(*workplace, sent->record).state();
  if (context.json()) {
    Json json = PerformedJson(sent->performed);
    json["context"] = NameOf(state.context());
    json["consultation_id"] = ToHex(state.consultation_id());
    json["state"] = CleanLine(state.state());
    context.terminal.Print(FormatJson(json));
  } else {
    context.terminal.Print(BeginLines(
        PerformedText(
            fmt::format("consultation {} {}", ShortDigest(state.consultation_id()), sent->done),
            sent->performed) +
            fmt::format("state    {}\n", CleanLine(state.state())),
        state.context()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunInConsultation(const CommandContext& context, const ConsultOptions& options,
                               const PlanConsult& plan) {
  return Run(context, options, absl::OkStatus(), plan);
}

absl::Status RunInConsultation(const CommandContext& context, const ConsultOptions& options,
                               const absl::StatusOr<ConsultPlan>& plan) {
  return Run(context, options, plan.status(), [&plan](auto&, auto&) { return plan; });
}

ConsultCommand AddConsultCommand(CLI::App& consult, const std::string& name,
                                 const std::string& description, const std::string& example,
                                 const std::string& text) {
  CLI::App* const command = AddCommand(consult, name, description, example);
  auto options = std::make_shared<ConsultOptions>();
  command->add_option("consultation", options->id, "At least 6 digits of its id")->required();
  if (!text.empty()) {
    command->add_option("--text", options->text, text);
  }
  command->add_flag("--yes", options->yes, "Send without asking");
  return {.command = command, .options = std::move(options)};
}

absl::StatusOr<std::string> ReadTextOption(const std::string& file, TypedText& typed) {
  // More than allowed, so that the message that names the bound is the manifest's.
  constexpr size_t kMost = kBodyBytesMax + 4096;
  return file.empty() ? std::string() : typed.Read(file, kMost);
}

void AddConsult(CLI::App& app, CommandContext& context) {
  CLI::App* const consult =
      AddCommand(app, "consult", "Ask other States for a consultation, and take part in one",
                 "cbm consult list\n"
                 "  cbm consult answer 7f3a9c accept");
  consult->require_subcommand(1);
  AddConsultRequest(*consult, context);
  AddConsultReading(*consult, context);
  AddConsultMeeting(*consult, context);
  AddConsultRecord(*consult, context);
}

}  // namespace cbm
