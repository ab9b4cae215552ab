#include "core/rules/sending.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/rules/act_shape.h"
#include "core/rules/credentials.h"
#include "core/rules/deadlines.h"
#include "core/rules/directory.h"
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

absl::Status CheckKind(const Exchange& exchange, const v1::Act& act,
                       const v1::Notification& notification, std::string_view made_by) {
  const v1::NotificationKind* const kind = exchange.FindKind(notification.kind());
  if (kind == nullptr) {
    return Bad(fmt::format("there is no kind of notification '{}'", notification.kind()));
  }
  if (kind->made_by() != made_by) {
    return absl::FailedPreconditionError(
        kind->made_by().empty()
            ? fmt::format("a notification of kind {} cannot be sent yet", kind->kind())
            : fmt::format("a notification of kind {} is not sent by this act; cbm {} makes it",
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

absl::Status CheckMarking(const v1::Act& act, const v1::Notification& notification) {
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

// Those of the frameworks of the measures, each of which there is.
std::set<std::string> LanguagesOf(const Exchange& exchange, const v1::Notification& notification) {
  std::set<std::string> languages;
  for (const std::string& measure : notification.measures()) {
    const v1::Framework& framework = *exchange.FrameworkOfMeasure(measure);
    languages.insert(framework.languages().begin(), framework.languages().end());
  }
  return languages;
}

absl::Status CheckMeasures(const Exchange& exchange, const v1::Act& act,
                           const v1::Notification& notification) {
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
    return Bad(fmt::format("language must be one of the measures' frameworks, {}; '{}' is none",
                           fmt::join(LanguagesOf(exchange, notification), ", "),
                           notification.language()));
  }
  if (!framework_named) {
    return Bad(fmt::format("measures must name one of {} to go to ALL/{}",
                           act.audience().all().framework(), act.audience().all().framework()));
  }
  return absl::OkStatus();
}

// The time by which an answer is wanted is looked at again when the act is taken.
absl::Status CheckWanted(const Exchange& exchange, const v1::Notification& notification) {
  const auto& clocks = exchange.FindKind(notification.kind())->clocks();
  const bool asks =
      std::find(clocks.begin(), clocks.end(), v1::NOTIFICATION_CLOCK_ANSWER) != clocks.end();
  if (!notification.has_answer_wanted_by()) {
    return absl::OkStatus();
  }
  if (!asks) {
    return Bad(
        fmt::format("a notification of kind {} asks for no answer, so it has no time by which one "
                    "is wanted (answer_wanted_by)",
                    notification.kind()));
  }
  return IsInstant(notification.answer_wanted_by())
             ? absl::OkStatus()
             : Bad("the time by which an answer is wanted (answer_wanted_by) must be an instant of "
                   "the "
                   "years 1970 to 9999");
}

// Whether a State has an office of a type that the act's filter names, and somebody acts for it.
absl::StatusOr<absl::Status> CheckFilterFor(const LedgerView& shared, const v1::Act& act,
                                            const std::string& state, absl::Time now) {
  const auto& filter = act.office_filter();
  CBM_ASSIGN_OR_RETURN(const std::vector<v1::OfficeRecord> offices, AllOffices(shared, state));
  const bool read = std::any_of(offices.begin(), offices.end(), [&](const auto& office) {
    return std::find(filter.begin(), filter.end(), office.type()) != filter.end() &&
           std::any_of(office.credentials().begin(), office.credentials().end(),
                       [now](const auto& one) { return IsInUse(one, now); });
  });
  return read ? absl::OkStatus()
              : absl::FailedPreconditionError(
                    fmt::format("{} has no active office of a type that office_filter names, as "
                                "the directory shows: nobody there could read it. Name a type "
                                "that it has, or leave the filter out",
                                state));
}

// Whether the addressee takes part in a framework of one of the measures, and has somebody to read.
absl::StatusOr<absl::Status> CheckAddressee(const View& view, const v1::Act& act,
                                            const v1::Notification& notification,
                                            const std::string& state, absl::Time now) {
  const Exchange& exchange = view.exchange();
  if (!exchange.IsState(state)) {
    return Bad(fmt::format("there is no State '{}' in this exchange", state));
  }
  if (state == act.party()) {
    return Bad("a State cannot address itself");
  }
  const LedgerView* shared = nullptr;
  for (const std::string& measure : notification.measures()) {
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
  if (!act.office_filter().empty()) {
    return CheckFilterFor(*shared, act, state, now);
  }
  return absl::OkStatus();
}

// Whether those who are shown each other can be: they are sent each other's acts, replies to a
// notification or what is done in a consultation, and the ALL ledger of a framework that all of
// them are in is where they find the credentials that sign these. The author is in each.
absl::Status CheckShown(const Exchange& exchange, const Submission& submission,
                        const v1::Notification& notification) {
  std::vector<std::string_view> states;
  for (const v1::AddresseeOpening& opening : submission.openings) {
    states.push_back(opening.state());
  }
  const bool good =
      std::any_of(notification.measures().begin(), notification.measures().end(),
                  [&](const std::string& measure) {
                    const std::string& framework = exchange.FrameworkOfMeasure(measure)->id();
                    return std::all_of(states.begin(), states.end(), [&](std::string_view state) {
                      return exchange.Participates(state, framework);
                    });
                  });
  return good
             ? absl::OkStatus()
             : Bad(fmt::format(
                   "addressees: {} do not all participate in one framework of the measures named, "
                   "and could not verify what they are sent by each other: name a measure of one "
                   "in which all do, or {}",
                   fmt::join(states, ", "),
                   submission.act.has_consultation_request() ? "ask them apart" : "hide the list"));
}

v1::Effect EffectOf(const Exchange& exchange, const Submission& submission, const Sending& sending,
                    absl::Time now) {
  const v1::Act& act = submission.act;
  v1::Effect effect;
  effect.set_record_version(1);
  SetDeadlines(exchange, sending.notification, sending.starts_thread, now, effect);
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

void AddOverseers(const Submission& submission, const v1::Effect& effect, const Sending& sending,
                  const Visibility& visibility, Decision& decision) {
  if (v1::Entry* const entry = AddEntry(
          submission, LedgerId::Secretariat(),
          visibility.secretariat == Share::kAct ? v1::ENTRY_ROLE_ADDRESSED : v1::ENTRY_ROLE_HEADER,
          visibility.secretariat, decision)) {
    *entry->mutable_effect() = effect;
    if (visibility.secretariat == Share::kAct) {
      decision.entries.back().delivered_to = std::string(kSecretariatParty);
    } else {
      *entry->mutable_summary() = sending.for_secretariat;
      entry->mutable_openings()->Assign(submission.openings.begin(), submission.openings.end());
    }
  }
  if (v1::Entry* const entry = AddEntry(submission, LedgerId::Auditor(), v1::ENTRY_ROLE_HEADER,
                                        visibility.auditor, decision)) {
    *entry->mutable_summary() = sending.for_auditor;
  }
}

}  // namespace

absl::Status CheckSender(const Submission& submission) {
  CBM_RETURN_IF_ERROR(RequireScope(submission.signer, v1::SCOPE_RELEASE));
  return IsStateCode(submission.act.party())
             ? absl::OkStatus()
             : absl::PermissionDeniedError("notifications are sent by States");
}

absl::Status CheckNotification(const Exchange& exchange, const v1::Act& act,
                               const v1::Notification& notification, std::string_view made_by) {
  CBM_RETURN_IF_ERROR(CheckKind(exchange, act, notification, made_by));
  CBM_RETURN_IF_ERROR(CheckMarking(act, notification));
  CBM_RETURN_IF_ERROR(CheckMeasures(exchange, act, notification));
  CBM_RETURN_IF_ERROR(CheckWanted(exchange, notification));
  return act.manifest_digest().empty() ? Bad("manifest_digest must name what the notification says")
                                       : absl::OkStatus();
}

absl::StatusOr<absl::Status> CheckAudience(const View& view, const Submission& submission,
                                           const v1::Notification& notification, absl::Time now) {
  const v1::Act& act = submission.act;
  if (act.audience().has_commitments()) {
    if (act.audience().commitments().list() == v1::LIST_VISIBILITY_UNSPECIFIED) {
      return Bad("audience.commitments.list must say whether the addressees see each other");
    }
    if (submission.openings.empty()) {
      return Bad("addressees must open at least one commitment: an audience is never empty");
    }
    for (const v1::AddresseeOpening& opening : submission.openings) {
      CBM_ASSIGN_OR_RETURN(const absl::Status good,
                           CheckAddressee(view, act, notification, opening.state(), now));
      if (!good.ok()) {
        return good;
      }
    }
    if (act.audience().commitments().list() == v1::LIST_VISIBILITY_SHOWN) {
      if (absl::Status good = CheckShown(view.exchange(), submission, notification); !good.ok()) {
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

v1::Summary SummaryOfSent(const v1::Notification& notification, std::string_view new_state) {
  v1::Summary summary;
  summary.set_precedence(notification.precedence());
  summary.set_context(notification.context());
  summary.set_marking(notification.marking());
  summary.set_notification_kind(notification.kind());
  summary.set_record_version(1);
  summary.set_new_state(std::string(new_state));
  return summary;
}

Decision Send(const View& view, const Submission& submission, const Sending& sending,
              absl::Time now) {
  if (sending.notification.has_answer_wanted_by() &&
      FromTimestamp(sending.notification.answer_wanted_by()) <= now) {
    return Refuse(Bad("the time by which an answer is wanted (answer_wanted_by) must be ahead"));
  }
  const v1::Act& act = submission.act;
  const Visibility visibility =
      VisibilityOf(static_cast<v1::ActKind>(act.kind_case()), act.audience().to_case());
  v1::Entry own;
  *own.mutable_effect() = EffectOf(view.exchange(), submission, sending, now);
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
  AddOverseers(submission, own.effect(), sending, visibility, decision);
  AddOwnEntry(view, submission, std::move(own), decision);
  return decision;
}

std::string StatesOf(const v1::NotificationRecord& record) {
  std::vector<std::string_view> states;
  for (const v1::Delivery& delivery : record.deliveries()) {
    states.push_back(delivery.state());
  }
  return fmt::format("{}", fmt::join(states, ", "));
}

}  // namespace cbm::rules
