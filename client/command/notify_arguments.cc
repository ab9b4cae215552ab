#include "client/command/notify_arguments.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>
#include <utility>

#include "client/exit_code.h"
#include "client/output/names.h"
#include "client/output/text.h"
#include "core/base/ledger_id.h"
#include "core/base/status_macros.h"
#include "core/base/utf8.h"
#include "core/evidence/manifest.h"
#include "core/rules/facts.h"
#include "core/rules/form.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr std::string_view kAll = "ALL";

std::string ToUpper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

bool IsAll(const std::string& typed) {
  const std::vector<std::string> parts = SplitList({typed});
  return parts.size() == 1 && ToUpper(parts.front()) == kAll;
}

absl::Status PlanMeasures(const NotifyArguments& arguments, const rules::Exchange& exchange,
                          NotifyPlan& plan) {
  std::set<std::string> measures;
  for (const std::string& typed : SplitList(arguments.measures)) {
    std::string measure = ToUpper(typed);
    if (exchange.FrameworkOfMeasure(measure) == nullptr) {
      return UsageError(
          fmt::format("--measure: there is no measure '{}' in this exchange", CleanLine(typed)));
    }
    measures.insert(std::move(measure));
  }
  if (measures.empty()) {
    return UsageError("--measure must name at least one measure, for instance OSCE-3");
  }
  plan.notification.mutable_measures()->Assign(measures.begin(), measures.end());
  return absl::OkStatus();
}

// The framework that `ALL` alone means.
absl::StatusOr<std::string> FrameworkOfMeasures(const NotifyPlan& plan,
                                                const rules::Exchange& exchange) {
  std::set<std::string> frameworks;
  for (const std::string& measure : plan.notification.measures()) {
    frameworks.insert(exchange.FrameworkOfMeasure(measure)->id());
  }
  if (frameworks.size() > 1) {
    return UsageError(fmt::format(
        "--to ALL is not clear: the measures are of {}; write --to ALL/{} for the States of one",
        fmt::join(frameworks, " and "), fmt::join(frameworks, " or --to ALL/")));
  }
  return *frameworks.begin();
}

absl::Status PlanStates(const std::vector<std::string>& parts, const rules::Exchange& exchange,
                        NotifyPlan& plan) {
  std::set<std::string> states;
  for (const std::string& typed : parts) {
    std::string code = ToUpper(typed);
    if (code == "EL" || code == "UK") {
      const std::string usual = code == "EL" ? "GR" : "GB";
      plan.notices.push_back(
          fmt::format("{} is understood as {} ({})", code, usual, exchange.NameOf(usual)));
      code = usual;
    }
    if (!exchange.IsState(code)) {
      return UsageError(fmt::format(
          "--to must be States by their codes as LV,FI, or ALL, ALL/FRAMEWORK or SECRETARIAT, "
          "alone; '{}' is none",
          CleanLine(typed)));
    }
    states.insert(std::move(code));
  }
  plan.states.assign(states.begin(), states.end());
  return absl::OkStatus();
}

absl::Status PlanAudience(const NotifyArguments& arguments, const rules::Exchange& exchange,
                          NotifyPlan& plan) {
  const std::vector<std::string> parts = SplitList({arguments.to});
  if (parts.empty()) {
    return UsageError(
        "--to must say who is to receive it: LV,FI, ALL, ALL/FRAMEWORK or "
        "SECRETARIAT");
  }
  const std::string first = ToUpper(parts.front());
  if (parts.size() == 1 && first == kSecretariatParty) {
    plan.secretariat = true;
    return absl::OkStatus();
  }
  if (parts.size() == 1 && first == kAll) {
    CBM_ASSIGN_OR_RETURN(plan.framework, FrameworkOfMeasures(plan, exchange));
    return absl::OkStatus();
  }
  if (parts.size() == 1 && first.starts_with("ALL/")) {
    plan.framework = first.substr(kAll.size() + 1);
    if (exchange.FindFramework(plan.framework) == nullptr) {
      return UsageError(fmt::format("--to: there is no framework '{}' in this exchange",
                                    CleanLine(plan.framework)));
    }
    return absl::OkStatus();
  }
  return PlanStates(parts, exchange, plan);
}

absl::Status PlanMarking(const NotifyArguments& arguments, NotifyPlan& plan) {
  std::string marking = ToUpper(arguments.marking);
  if (marking.empty()) {
    plan.notification.set_marking(plan.framework.empty() ? v1::MARKING_AMBER : v1::MARKING_GREEN);
    return absl::OkStatus();
  }
  if (marking == "WHITE") {
    plan.notices.emplace_back("WHITE is called CLEAR since TLP 2.0, and is sent as CLEAR");
    marking = "CLEAR";
  }
  CBM_ASSIGN_OR_RETURN(const v1::Marking named, MarkingNamed(marking));
  plan.notification.set_marking(named);
  return absl::OkStatus();
}

// Whether nothing of a character is seen (Unicode, White_Space), or it has no width.
bool IsBlank(char32_t code) {
  return (0x09 <= code && code <= 0x0D) || code == ' ' || code == 0x85 || code == 0xA0 ||
         code == 0x1680 || (0x2000 <= code && code <= 0x200D) || code == 0x2028 || code == 0x2029 ||
         code == 0x202F || code == 0x205F || code == 0x2060 || code == 0x3000 || code == 0xFEFF;
}

}  // namespace

std::vector<std::string> SplitList(const std::vector<std::string>& lists) {
  std::vector<std::string> parts;
  for (const std::string_view list : lists) {
    size_t start = 0;
    while (start <= list.size()) {
      const size_t comma = std::min(list.find(',', start), list.size());
      std::string_view part = list.substr(start, comma - start);
      while (part.starts_with(' ')) {
        part.remove_prefix(1);
      }
      while (part.ends_with(' ')) {
        part.remove_suffix(1);
      }
      if (!part.empty()) {
        parts.emplace_back(part);
      }
      start = comma + 1;
    }
  }
  return parts;
}

absl::StatusOr<const v1::NotificationKind*> KindToSend(const rules::Exchange& exchange,
                                                       std::string_view typed) {
  const v1::NotificationKind* const kind = exchange.FindKind(ToUpper(std::string(typed)));
  if (kind == nullptr) {
    std::vector<std::string> kinds;
    for (const v1::NotificationKind& each : exchange.genesis().notification_kinds()) {
      if (each.made_by().empty() || each.made_by() == "notify") {
        kinds.push_back(each.kind());
      }
    }
    return UsageError(
        fmt::format("--kind: there is no kind of notification '{}'; cbm notify sends {}",
                    CleanLine(typed), CleanLine(fmt::format("{}", fmt::join(kinds, ", ")))));
  }
  if (!kind->made_by().empty() && kind->made_by() != "notify") {
    return UsageError(fmt::format("--kind {} ({}) is not sent by cbm notify: cbm {} makes it",
                                  kind->kind(), CleanLine(kind->name()),
                                  CleanLine(kind->made_by())));
  }
  return kind;
}

absl::Status CheckMeasures(const std::string& typed, const rules::Exchange& exchange) {
  NotifyArguments arguments;
  arguments.measures = {typed};
  NotifyPlan plan;
  return PlanMeasures(arguments, exchange, plan);
}

absl::Status CheckAddressees(const std::string& typed, const rules::Exchange& exchange) {
  NotifyArguments arguments;
  arguments.to = typed;
  NotifyPlan plan;
  return IsAll(typed) ? absl::OkStatus() : PlanAudience(arguments, exchange, plan);
}

absl::Status CheckStates(const std::string& typed, const rules::Exchange& exchange) {
  NotifyArguments arguments;
  arguments.to = typed;
  NotifyPlan plan;
  if (!IsAll(typed)) {
    CBM_RETURN_IF_ERROR(PlanAudience(arguments, exchange, plan));
  }
  return plan.states.empty()
             ? UsageError(
                   "--to must name States, as LV,FI: a consultation is asked of them by name")
             : absl::OkStatus();
}

absl::Status CheckSubject(std::string_view subject) {
  bool is_seen = false;
  for (std::string_view rest = subject; !rest.empty() && !is_seen;) {
    const std::optional<Character> character = FirstCharacter(rest);
    is_seen = !character.has_value() || !IsBlank(character->code);
    rest.remove_prefix(character.value_or(Character()).bytes);
  }
  if (!is_seen) {
    return UsageError("--subject must not be empty or blank: it is what an inbox shows");
  }
  const size_t characters = CountCharacters(subject);
  return characters <= kSubjectCharactersMax
             ? absl::OkStatus()
             : UsageError(fmt::format("--subject has {} characters; at most {} are allowed: "
                                      "shorten it",
                                      characters, kSubjectCharactersMax));
}

absl::StatusOr<NotifyPlan> PlanNotify(const NotifyArguments& arguments,
                                      const rules::Exchange& exchange) {
  NotifyPlan plan;
  CBM_ASSIGN_OR_RETURN(const v1::NotificationKind* const kind,
                       KindToSend(exchange, arguments.kind));
  plan.notification.set_kind(kind->kind());
  CBM_RETURN_IF_ERROR(PlanMeasures(arguments, exchange, plan));
  CBM_RETURN_IF_ERROR(PlanAudience(arguments, exchange, plan));
  CBM_RETURN_IF_ERROR(PlanMarking(arguments, plan));
  CBM_ASSIGN_OR_RETURN(
      const v1::Precedence precedence,
      PrecedenceNamed(arguments.precedence.empty() ? "ROUTINE" : arguments.precedence));
  plan.notification.set_precedence(precedence);
  CBM_ASSIGN_OR_RETURN(const v1::Context context,
                       ContextNamed(arguments.context.empty() ? "REAL" : arguments.context));
  plan.notification.set_context(context);
  plan.notification.set_language(arguments.language.empty() ? "en" : arguments.language);
  if (!arguments.wanted_by.empty()) {
    CBM_ASSIGN_OR_RETURN(const absl::Time wanted, ReadInstant("--wanted-by", arguments.wanted_by));
    *plan.notification.mutable_answer_wanted_by() = rules::ToTimestamp(wanted);
  }
  if (!arguments.subject.empty()) {
    CBM_RETURN_IF_ERROR(CheckSubject(arguments.subject));
  }
  if (arguments.show_list) {
    if (plan.states.empty()) {
      return UsageError("--show-list is for notifications to States by name");
    }
    plan.list = v1::LIST_VISIBILITY_SHOWN;
  }
  return plan;
}

absl::StatusOr<absl::Time> ReadInstant(std::string_view option, std::string_view typed) {
  if (const auto instant = rules::ParseInstant(typed)) {
    return *instant;
  }
  std::string text(typed);
  if (text.ends_with(" UTC")) {
    text.resize(text.size() - 4);
  }
  if (text.find(":60") != std::string::npos) {
    text.clear();  // ParseTime takes it for the next minute.
  }
  for (const std::string_view civil :
       {"%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"}) {
    for (const std::string_view offset : {"", "%Ez"}) {
      std::string error;
      absl::Time time;
      if (absl::ParseTime(fmt::format("{}{}", civil, offset), text, &time, &error)) {
        return time;
      }
    }
  }
  return UsageError(
      fmt::format("{} must be an instant, in UTC as 2026-03-10T21:52Z or '2026-03-10 21:52', or "
                  "with an offset as 2026-03-10T23:52+02:00; '{}' is none",
                  option, CleanLine(typed)));
}

std::string DescribeAudience(const NotifyPlan& plan, const rules::Exchange& exchange) {
  if (plan.secretariat) {
    return "the secretariat";
  }
  std::vector<std::string> states = plan.states;
  std::string before;
  if (!plan.framework.empty()) {
    states = exchange.Participants(plan.framework);
    before = fmt::format("all {} participating States of {}: ", states.size(), plan.framework);
  }
  std::vector<std::string> names;
  names.reserve(states.size());
  for (const std::string& state : states) {
    names.push_back(fmt::format("{} ({})", CleanLine(exchange.NameOf(state)), state));
  }
  return fmt::format("{}{}", before, fmt::join(names, ", "));
}

}  // namespace cbm
