#include "core/rules/form.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "core/base/utf8.h"
#include "core/rules/act_shape.h"
#include "fmt/format.h"

namespace cbm::rules {
namespace {

constexpr size_t kNameCharactersMax = 64;
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kSubject = "subject";  // Of the manifest, where a kind requires it.

std::vector<std::string_view> Split(std::string_view list) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t comma = list.find(',');
    parts.push_back(list.substr(0, comma));
    if (comma == std::string_view::npos) {
      return parts;
    }
    list.remove_prefix(comma + 1);
  }
}

bool HasForm(std::string_view text, std::string_view form) {
  return text.size() == form.size() &&
         std::equal(text.begin(), text.end(), form.begin(), [](char character, char wanted) {
           return wanted == '0' ? kDigits.find(character) != std::string_view::npos
                                : character == wanted;
         });
}

bool IsDate(std::string_view text) {
  std::string error;
  absl::Time time;
  return HasForm(text, "0000-00-00") &&
         absl::ParseTime("%Y-%m-%d", std::string(text), &time, &error) &&
         absl::FormatTime("%Y-%m-%d", time, absl::UTCTimeZone()) == text;
}

bool IsOneLine(std::string_view text) {
  while (!text.empty()) {
    const std::optional<Character> next = FirstCharacter(text);
    if (!next.has_value() || IsControl(next->code)) {
      return false;
    }
    text.remove_prefix(next->bytes);
  }
  return true;
}

std::string Amount(const v1::FieldBounds& bounds, std::string_view unit) {
  return bounds.min() == bounds.max()
             ? fmt::format("{} {}", bounds.min(), unit)
             : fmt::format("{} to {} {}", bounds.min(), bounds.max(), unit);
}

bool IsWithin(const v1::FieldRule& rule, int64_t amount) {
  return !rule.has_bounds() || (rule.bounds().min() <= amount && amount <= rule.bounds().max());
}

std::optional<std::string> WrongText(const v1::FieldRule& rule, std::string_view value) {
  if (rule.type() == v1::FIELD_TYPE_TEXT && !IsOneLine(value)) {
    return "one line without control characters";
  }
  const size_t characters = CountCharacters(value);
  if (!IsWithin(rule, static_cast<int64_t>(characters))) {
    return fmt::format("a text of {}; it has {}", Amount(rule.bounds(), "characters"), characters);
  }
  return std::nullopt;
}

std::optional<std::string> WrongNumber(const v1::FieldRule& rule, std::string_view value) {
  int64_t number = 0;
  const bool plain =
      absl::SimpleAtoi(std::string(value), &number) && fmt::format("{}", number) == value;
  if (plain && IsWithin(rule, number)) {
    return std::nullopt;
  }
  return rule.has_bounds()
             ? fmt::format("a whole number from {} to {}", rule.bounds().min(), rule.bounds().max())
             : "a whole number";
}

// A list with commas, of which each part is good for `is_good`. Without bounds, one part alone.
template <typename IsGood>
std::optional<std::string> WrongList(const v1::FieldRule& rule, std::string_view value,
                                     std::string_view unit, std::string_view example,
                                     IsGood is_good) {
  v1::FieldRule bounded = rule;
  if (!rule.has_bounds()) {
    bounded.mutable_bounds()->set_min(1);
    bounded.mutable_bounds()->set_max(1);
  }
  const std::vector<std::string_view> parts = Split(value);
  if (std::all_of(parts.begin(), parts.end(), is_good) && Rises(parts) &&
      IsWithin(bounded, static_cast<int64_t>(parts.size()))) {
    return std::nullopt;
  }
  return fmt::format("{}, ascending, each once, with commas, as {}", Amount(bounded.bounds(), unit),
                     example);
}

// What the manifest has at the place of a rule.
std::string_view ValueAt(const v1::FieldRule& rule, const v1::Manifest& manifest) {
  if (rule.place() == v1::FIELD_PLACE_BODY) {
    return manifest.body();
  }
  for (const v1::Field& field : manifest.fields()) {
    if (field.name() == rule.name()) {
      return field.value();
    }
  }
  return "";
}

bool IsInForm(const v1::NotificationKind& kind, std::string_view name) {
  return std::any_of(kind.fields().begin(), kind.fields().end(), [&](const v1::FieldRule& rule) {
    return rule.name() == name && rule.place() == v1::FIELD_PLACE_FIELD;
  });
}

std::string NamesOf(const v1::NotificationKind& kind) {
  std::vector<std::string> names;
  for (const v1::FieldRule& rule : kind.fields()) {
    if (rule.place() == v1::FIELD_PLACE_FIELD) {
      names.push_back(rule.name());
    }
  }
  return names.empty() ? "none besides its text" : fmt::format("{}", fmt::join(names, ", "));
}

// The languages of the frameworks of the measures, without the body's own.
std::set<std::string> OtherLanguages(const Exchange& exchange,
                                     const v1::Notification& notification) {
  std::set<std::string> languages;
  for (const std::string& measure : notification.measures()) {
    if (const v1::Framework* const framework = exchange.FrameworkOfMeasure(measure)) {
      languages.insert(framework->languages().begin(), framework->languages().end());
    }
  }
  languages.erase(notification.language());
  return languages;
}

void AddTranslationFaults(const Exchange& exchange, const v1::Notification& notification,
                          const v1::Manifest& manifest, std::vector<FormFault>& faults) {
  const std::set<std::string> languages = OtherLanguages(exchange, notification);
  for (const v1::Translation& translation : manifest.translations()) {
    if (!languages.contains(translation.language())) {
      faults.push_back(
          {.field = "translations",
           .says = fmt::format("translations must be into other languages of the measures' "
                               "frameworks, {}; '{}' is none",
                               fmt::join(languages, ", "), translation.language()),
           .missing = false});
    }
  }
}

}  // namespace

std::optional<std::string> WrongWith(const Exchange& exchange, const v1::FieldRule& rule,
                                     std::string_view value) {
  switch (rule.type()) {
    case v1::FIELD_TYPE_TEXT:
    case v1::FIELD_TYPE_LINES:
      return WrongText(rule, value);
    case v1::FIELD_TYPE_CHOICE:
      if (std::find(rule.choices().begin(), rule.choices().end(), value) == rule.choices().end()) {
        return fmt::format("one of {}", fmt::join(rule.choices(), ", "));
      }
      return std::nullopt;
    case v1::FIELD_TYPE_DATE:
      return WrongList(rule, value, "dates", "2026-03-10", IsDate);
    case v1::FIELD_TYPE_INSTANT:
      return ParseInstant(value).has_value() ? std::optional<std::string>()
                                             : "an instant in UTC, as 2026-03-10T21:52:00Z";
    case v1::FIELD_TYPE_STATES:
      return WrongList(rule, value, "States of this exchange", "FI,LV",
                       [&](std::string_view code) { return exchange.IsState(code); });
    case v1::FIELD_TYPE_MEASURES:
      return WrongList(rule, value, "measures of this exchange", "OSCE-2,UN-7",
                       [&](std::string_view measure) {
                         return exchange.FrameworkOfMeasure(measure) != nullptr;
                       });
    case v1::FIELD_TYPE_NUMBER:
      return WrongNumber(rule, value);
    default:
      return "of a type that this version knows";
  }
}

std::vector<FormFault> FaultsOf(const Exchange& exchange, const v1::Notification& notification,
                                const v1::Manifest& manifest) {
  std::vector<FormFault> faults;
  const v1::NotificationKind* const kind = exchange.FindKind(notification.kind());
  if (kind == nullptr) {
    return faults;
  }
  AddTranslationFaults(exchange, notification, manifest, faults);
  const auto& required = kind->required_fields();
  if (manifest.subject().empty() &&
      std::find(required.begin(), required.end(), kSubject) != required.end()) {
    faults.push_back({.field = std::string(kSubject),
                      .says = "subject must be there: what is it about, in one line?",
                      .missing = true});
  }
  if (kind->fields().empty()) {
    return faults;
  }
  for (const v1::FieldRule& rule : kind->fields()) {
    const std::string_view value = ValueAt(rule, manifest);
    if (value.empty()) {
      if (rule.required()) {
        faults.push_back({.field = rule.name(),
                          .says = fmt::format("{} must be there: {}", rule.name(), rule.question()),
                          .missing = true});
      }
    } else if (const auto wrong = WrongWith(exchange, rule, value)) {
      faults.push_back({.field = rule.name(),
                        .says = fmt::format("{} must be {}", rule.name(), *wrong),
                        .missing = false});
    }
  }
  for (const v1::Field& field : manifest.fields()) {
    if (!IsInForm(*kind, field.name())) {
      faults.push_back({.field = field.name(),
                        .says = fmt::format("{} has no field '{}'; the fields of its form are {}",
                                            kind->kind(), field.name(), NamesOf(*kind)),
                        .missing = false});
    }
  }
  return faults;
}

absl::Status CheckForm(const Exchange& exchange, const v1::Notification& notification,
                       const v1::Manifest& manifest) {
  std::vector<std::string> says;
  for (FormFault& fault : FaultsOf(exchange, notification, manifest)) {
    says.push_back(std::move(fault.says));
  }
  return says.empty() ? absl::OkStatus()
                      : absl::InvalidArgumentError(fmt::format("{}", fmt::join(says, "; ")));
}

const v1::Notification* SentBy(const v1::Act& act) {
  if (act.has_submit()) {
    return &act.submit().notification();
  }
  return act.has_reply() ? &act.reply().notification() : nullptr;
}

const v1::Notification* FormedBy(const v1::Act& act) {
  return act.has_consultation_request() ? &act.consultation_request().notification() : SentBy(act);
}

bool IsEmergency(const v1::Act& act) {
  const v1::Notification* const notification = FormedBy(act);
  return notification != nullptr && notification->precedence() == v1::PRECEDENCE_EMERGENCY;
}

absl::Status CheckFieldRule(const v1::FieldRule& rule) {
  const auto bad = [&](std::string_view what) {
    return absl::InvalidArgumentError(
        fmt::format("the genesis document has a field '{}' {}", rule.name(), what));
  };
  if (rule.name().empty() || rule.name().size() > kNameCharactersMax ||
      rule.name().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos) {
    return bad("that is not named with 1 to 64 of a-z, 0-9 and underscore");
  }
  if (!v1::FieldType_IsValid(rule.type()) || rule.type() == v1::FIELD_TYPE_UNSPECIFIED) {
    return bad("without a type");
  }
  if (!v1::FieldPlace_IsValid(rule.place()) || rule.place() == v1::FIELD_PLACE_UNSPECIFIED) {
    return bad("without a place");
  }
  if (rule.choices().empty() == (rule.type() == v1::FIELD_TYPE_CHOICE)) {
    return bad("that is to be chosen and has no choices, or the other way about");
  }
  if (rule.has_bounds() && rule.bounds().min() > rule.bounds().max()) {
    return bad("whose least is more than its most");
  }
  return rule.question().empty() ? bad("without a question") : absl::OkStatus();
}

std::optional<absl::Time> ParseInstant(std::string_view text) {
  constexpr std::string_view kWhole = "0000-00-00T00:00:00";
  if (!text.ends_with('Z') || !HasForm(text.substr(0, kWhole.size()), kWhole)) {
    return std::nullopt;
  }
  std::string error;
  absl::Time time;
  if (!absl::ParseTime(absl::RFC3339_full, std::string(text), &time, &error) ||
      absl::FormatTime("%Y-%m-%dT%H:%M:%S", time, absl::UTCTimeZone()) !=
          text.substr(0, kWhole.size())) {
    return std::nullopt;
  }
  return time;
}

}  // namespace cbm::rules
