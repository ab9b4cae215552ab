// Sending a notification.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/rules/act_shape.h"
#include "core/rules/facts.h"
#include "core/rules/families.h"
#include "fmt/format.h"

namespace cbm::rules {
namespace {

constexpr int kMeasuresMax = 32;

absl::Status Bad(const std::string& text) { return absl::InvalidArgumentError(text); }

bool Contains(const google::protobuf::RepeatedPtrField<std::string>& values,
              std::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

std::string_view NameOf(v1::Precedence precedence) {
  switch (precedence) {
    case v1::PRECEDENCE_ROUTINE:
      return "ROUTINE";
    case v1::PRECEDENCE_URGENT:
      return "URGENT";
    case v1::PRECEDENCE_EMERGENCY:
      return "EMERGENCY";
    default:
      return "";
  }
}

std::string_view NameOf(v1::Audience::ToCase audience) {
  switch (audience) {
    case v1::Audience::kCommitments:
      return "NAMED";
    case v1::Audience::kAll:
      return "ALL";
    case v1::Audience::kSecretariat:
      return "SECRETARIAT";
    default:
      return "";
  }
}

absl::Status CheckKind(const Exchange& exchange, const v1::Act& act) {
  const v1::Notification& notification = act.submit().notification();
  const v1::NotificationKind* const kind = exchange.FindKind(notification.kind());
  if (kind == nullptr) {
    return Bad(fmt::format("there is no kind of notification '{}'", notification.kind()));
  }
  if (kind->made_by() != "notify") {
    return absl::FailedPreconditionError(
        kind->made_by().empty()
            ? fmt::format("a notification of kind {} cannot be sent yet", kind->kind())
            : fmt::format("a notification of kind {} is not submitted; it is made by cbm {}",
                          kind->kind(), kind->made_by()));
  }
  if (!Contains(kind->precedences(), NameOf(notification.precedence()))) {
    return Bad(fmt::format("precedence must be one that kind {} may have: {}", kind->kind(),
                           fmt::join(kind->precedences(), ", ")));
  }
  if (!Contains(kind->audiences(), NameOf(act.audience().to_case()))) {
    return Bad(fmt::format("audience must be one that kind {} may have: {}", kind->kind(),
                           fmt::join(kind->audiences(), ", ")));
  }
  if (notification.precedence() == v1::PRECEDENCE_EMERGENCY) {
    return absl::FailedPreconditionError(
        "an EMERGENCY notification needs two offices of your State, one to draft and another to "
        "release it, and drafts cannot be made yet: submit it as URGENT, or telephone");
  }
  return absl::OkStatus();
}

absl::Status CheckMarking(const v1::Act& act) {
  const v1::Notification& notification = act.submit().notification();
  if (notification.context() == v1::CONTEXT_UNSPECIFIED) {
    return Bad("context must be REAL, EXERCISE or TEST");
  }
  if (notification.marking() == v1::MARKING_UNSPECIFIED) {
    return Bad("marking must be RED, AMBER+STRICT, AMBER, GREEN or CLEAR");
  }
  if (notification.marking() >= v1::MARKING_AMBER_STRICT && !act.audience().has_commitments()) {
    return Bad(
        "marking must be AMBER, GREEN or CLEAR unless the notification names its addressees");
  }
  if (!act.office_filter().empty() && notification.marking() != v1::MARKING_RED) {
    return Bad("office_filter must be empty unless the marking is RED");
  }
  return absl::OkStatus();
}

absl::Status CheckMeasures(const Exchange& exchange, const v1::Act& act) {
  const v1::Notification& notification = act.submit().notification();
  if (notification.measures().empty() || notification.measures_size() > kMeasuresMax ||
      !Rises(notification.measures())) {
    return Bad(fmt::format("measures must be 1 to {}, ascending, each once", kMeasuresMax));
  }
  bool language_known = false;
  bool framework_named = !act.audience().has_all();
  for (const std::string& measure : notification.measures()) {
    const v1::Framework* const framework = exchange.FrameworkOfMeasure(measure);
    if (framework == nullptr) {
      return Bad(fmt::format("there is no measure '{}'", measure));
    }
    if (!exchange.Participates(act.party(), framework->id())) {
      return Bad(fmt::format("measure {} is of {}, in which {} does not participate", measure,
                             framework->id(), act.party()));
    }
    language_known = language_known || Contains(framework->languages(), notification.language());
    framework_named = framework_named || framework->id() == act.audience().all().framework();
  }
  if (!language_known) {
    return Bad(fmt::format("language '{}' is none of the languages of the measures' frameworks",
                           notification.language()));
  }
  if (!framework_named) {
    return Bad(fmt::format("measures must name one of {} to go to ALL/{}",
                           act.audience().all().framework(), act.audience().all().framework()));
  }
  return absl::OkStatus();
}

// Whether the addressee takes part in a framework of one of the measures, and has somebody to read.
absl::StatusOr<absl::Status> CheckAddressee(const View& view, const v1::Act& act,
                                            const std::string& state) {
  const Exchange& exchange = view.exchange();
  if (!exchange.IsState(state)) {
    return Bad(fmt::format("there is no State '{}' in this exchange", state));
  }
  if (state == act.party()) {
    return Bad("a State cannot address itself");
  }
  const LedgerView* shared = nullptr;
  for (const std::string& measure : act.submit().notification().measures()) {
    const std::string& framework = exchange.FrameworkOfMeasure(measure)->id();
    if (exchange.Participates(state, framework)) {
      shared = view.All(framework);
    }
  }
  if (shared == nullptr) {
    return Bad(fmt::format("{} participates in no framework of the measures named", state));
  }
  CBM_ASSIGN_OR_RETURN(const std::vector<Fact> offices,
                       shared->ListFacts(OfficesOf(state), "", Direction::kAscending, 1));
  if (offices.empty()) {
    return absl::FailedPreconditionError(
        fmt::format("{} has no office in the directory: nobody there could read it", state));
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Status> CheckAudience(const View& view, const Submission& submission) {
  const v1::Act& act = submission.act;
  if (act.audience().has_commitments()) {
    if (act.audience().commitments().list() == v1::LIST_VISIBILITY_UNSPECIFIED) {
      return Bad("audience.commitments.list must say whether the addressees see each other");
    }
    if (submission.openings.empty()) {
      return Bad("addressees must open at least one commitment: an audience is never empty");
    }
    for (const v1::AddresseeOpening& opening : submission.openings) {
      CBM_ASSIGN_OR_RETURN(const absl::Status good, CheckAddressee(view, act, opening.state()));
      if (!good.ok()) {
        return good;
      }
    }
  } else if (!submission.openings.empty()) {
    return Bad("addressees must be empty unless the audience is commitments");
  }
  if (act.audience().has_all() && view.All(act.audience().all().framework()) == nullptr) {
    return Bad(fmt::format("there is no framework '{}' in which {} participates",
                           act.audience().all().framework(), act.party()));
  }
  return absl::OkStatus();
}

absl::Status CheckForm(const View& view, const Submission& submission) {
  const v1::Act& act = submission.act;
  CBM_RETURN_IF_ERROR(RequireScope(submission.signer, v1::SCOPE_RELEASE));
  if (!IsStateCode(act.party())) {
    return absl::PermissionDeniedError("notifications are sent by States");
  }
  CBM_RETURN_IF_ERROR(CheckKind(view.exchange(), act));
  CBM_RETURN_IF_ERROR(CheckMarking(act));
  CBM_RETURN_IF_ERROR(CheckMeasures(view.exchange(), act));
  if (!act.references().empty()) {
    return Bad("references must be empty for a notification that is submitted");
  }
  if (act.manifest_digest().empty()) {
    return Bad("manifest_digest must name what the notification says");
  }
  return absl::OkStatus();
}

v1::Effect EffectOf(const Exchange& exchange, const Submission& submission, absl::Time now) {
  const v1::Act& act = submission.act;
  const v1::Notification& notification = act.submit().notification();
  v1::Effect effect;
  effect.set_record_version(1);
  if (exchange.FindKind(notification.kind())->acknowledgement_asked()) {
    *effect.mutable_acknowledge_by() = ToTimestamp(
        now + exchange.AcknowledgeWithin(notification.precedence(), notification.measures(0)));
  }
  for (const v1::AddresseeOpening& opening : submission.openings) {
    effect.add_states(opening.state());
  }
  if (act.audience().has_all()) {
    for (std::string& state : exchange.Participants(act.audience().all().framework())) {
      effect.add_states(std::move(state));
    }
  }
  return effect;
}

void FillSummary(const v1::Notification& notification, v1::Summary& summary) {
  summary.set_precedence(notification.precedence());
  summary.set_context(notification.context());
  summary.set_marking(notification.marking());
  summary.set_notification_kind(notification.kind());
  summary.set_record_version(1);
  summary.set_new_state("submitted");
}

void AddAddressees(const Submission& submission, const v1::Effect& effect, Share share,
                   Decision& decision) {
  const bool shown = submission.act.audience().commitments().list() == v1::LIST_VISIBILITY_SHOWN;
  for (const v1::AddresseeOpening& opening : submission.openings) {
    v1::Entry* const entry = AddEntry(submission, LedgerId::State(opening.state()),
                                      v1::ENTRY_ROLE_ADDRESSED, share, decision);
    decision.entries.back().delivered_to = opening.state();
    *entry->mutable_effect() = effect;
    if (shown) {
      entry->mutable_openings()->Assign(submission.openings.begin(), submission.openings.end());
    } else {
      *entry->add_openings() = opening;
      entry->mutable_effect()->clear_states();
      entry->mutable_effect()->add_states(opening.state());
    }
  }
}

void AddOverseers(const Submission& submission, const v1::Effect& effect,
                  const Visibility& visibility, Decision& decision) {
  const v1::Act& act = submission.act;
  if (v1::Entry* const entry = AddEntry(
          submission, LedgerId::Secretariat(),
          visibility.secretariat == Share::kAct ? v1::ENTRY_ROLE_ADDRESSED : v1::ENTRY_ROLE_HEADER,
          visibility.secretariat, decision)) {
    *entry->mutable_effect() = effect;
    if (visibility.secretariat == Share::kAct) {
      decision.entries.back().delivered_to = std::string(kSecretariatParty);
    } else {
      FillSummary(act.submit().notification(), *entry->mutable_summary());
      entry->mutable_summary()->set_party(act.party());
      entry->mutable_openings()->Assign(submission.openings.begin(), submission.openings.end());
    }
  }
  if (v1::Entry* const entry = AddEntry(submission, LedgerId::Auditor(), v1::ENTRY_ROLE_HEADER,
                                        visibility.auditor, decision)) {
    FillSummary(act.submit().notification(), *entry->mutable_summary());
  }
}

}  // namespace

absl::StatusOr<Decision> DecideSubmit(const View& view, const Submission& submission,
                                      absl::Time now) {
  if (absl::Status form = CheckForm(view, submission); !form.ok()) {
    return Refuse(std::move(form));
  }
  CBM_ASSIGN_OR_RETURN(absl::Status audience, CheckAudience(view, submission));
  if (!audience.ok()) {
    return Refuse(std::move(audience));
  }
  const v1::Act& act = submission.act;
  const Visibility visibility = VisibilityOf(v1::ACT_KIND_SUBMIT, act.audience().to_case());
  v1::Entry own;
  *own.mutable_effect() = EffectOf(view.exchange(), submission, now);
  own.mutable_openings()->Assign(submission.openings.begin(), submission.openings.end());

  Decision decision;
  AddAddressees(submission, own.effect(), visibility.addressees, decision);
  if (act.audience().has_all()) {
    const LedgerId all = LedgerId::All(act.audience().all().framework());
    v1::Entry* const entry =
        AddEntry(submission, all, v1::ENTRY_ROLE_ADDRESSED, visibility.frameworks, decision);
    decision.entries.back().delivered_to = all.text();
    *entry->mutable_effect() = own.effect();
  }
  AddOverseers(submission, own.effect(), visibility, decision);
  AddOwnEntry(view, submission, std::move(own), decision);
  return decision;
}

}  // namespace cbm::rules
