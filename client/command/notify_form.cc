#include "client/command/notify_form.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "client/exit_code.h"
#include "client/output/text.h"
#include "core/base/status_macros.h"
#include "core/rules/form.h"
#include "fmt/format.h"

namespace cbm {
namespace {

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string SortedList(const std::string& list) {
  std::set<std::string> parts;
  for (std::string& part : SplitList({list})) {
    parts.insert(Upper(std::move(part)));
  }
  return fmt::format("{}", fmt::join(parts, ","));
}

std::string KindsOf(const rules::Exchange& exchange) {
  std::vector<std::string> kinds;
  for (const v1::NotificationKind& kind : exchange.genesis().notification_kinds()) {
    if (kind.made_by() == "notify") {
      kinds.push_back(kind.kind());
    }
  }
  return fmt::format("{}", fmt::join(kinds, ", "));
}

// `check` says whether an answer is good.
Blank Simple(std::string option, std::string question, std::string& value,
             std::function<absl::Status(const std::string&)> check) {
  return {.option = std::move(option),
          .question = std::move(question),
          .lines = false,
          .fill = [&value, check = std::move(check)](std::string answer) -> absl::Status {
            CBM_RETURN_IF_ERROR(check(answer));
            value = std::move(answer);
            return absl::OkStatus();
          }};
}

Blank BodyBlank(std::string question, NotifyArguments& arguments) {
  return {.option = "--body",
          .question = std::move(question),
          .lines = true,
          .fill = [&arguments](std::string answer) {
            arguments.text = std::move(answer);
            return absl::OkStatus();
          }};
}

Blank FieldBlank(const rules::Exchange& exchange, const v1::FieldRule& rule,
                 NotifyArguments& arguments) {
  std::string question = rule.question();
  if (!rule.choices().empty()) {
    question += fmt::format(" ({})", fmt::join(rule.choices(), ", "));
  }
  return {.option = fmt::format("--field {}=...", rule.name()),
          .question = std::move(question),
          .lines = rule.type() == v1::FIELD_TYPE_LINES,
          .fill = [&exchange, &rule, &arguments](std::string answer) {
            std::string value = AsTheFormWants(rule, std::move(answer));
            if (const auto wrong = rules::WrongWith(exchange, rule, value)) {
              return UsageError(fmt::format("{} must be {}", rule.name(), *wrong));
            }
            arguments.fields[rule.name()] = std::move(value);
            return absl::OkStatus();
          }};
}

void AddFormBlanks(const rules::Exchange& exchange, const v1::NotificationKind& kind,
                   NotifyArguments& arguments, std::vector<Blank>& blanks) {
  const bool has_body = !arguments.body.empty() || arguments.text.has_value();
  if (kind.fields().empty() && !has_body) {
    blanks.push_back(BodyBlank("What do you want to say?", arguments));
  }
  for (const v1::FieldRule& rule : kind.fields()) {
    if (!rule.required()) {
      continue;
    }
    if (rule.place() == v1::FIELD_PLACE_BODY) {
      if (!has_body) {
        blanks.push_back(BodyBlank(rule.question(), arguments));
      }
    } else if (arguments.fields[rule.name()].empty()) {
      blanks.push_back(FieldBlank(exchange, rule, arguments));
    }
  }
  std::erase_if(arguments.fields, [](const auto& field) { return field.second.empty(); });
}

}  // namespace

absl::StatusOr<std::vector<Blank>> BlanksOf(const rules::Exchange& exchange,
                                            NotifyArguments& arguments) {
  const v1::NotificationKind* kind = nullptr;
  if (!arguments.kind.empty()) {
    CBM_ASSIGN_OR_RETURN(kind, KindToSend(exchange, arguments.kind));
  }
  std::vector<Blank> blanks;
  if (kind == nullptr) {
    blanks.push_back(Simple(
        "--kind", fmt::format("Which kind: {}?", KindsOf(exchange)), arguments.kind,
        [&exchange](const std::string& typed) { return KindToSend(exchange, typed).status(); }));
  }
  if (SplitList({arguments.to}).empty()) {
    blanks.push_back(Simple(
        "--to", "Who is to receive it: LV,FI, ALL, ALL/FRAMEWORK or SECRETARIAT?", arguments.to,
        [&exchange](const std::string& typed) { return CheckAddressees(typed, exchange); }));
  }
  if (SplitList(arguments.measures).empty()) {
    arguments.measures.resize(1);
    blanks.push_back(Simple(
        "--measure", "Under which measures, for instance OSCE-3?", arguments.measures.front(),
        [&exchange](const std::string& typed) { return CheckMeasures(typed, exchange); }));
  }
  if (arguments.subject.empty()) {
    blanks.push_back(Simple("--subject", "What is it about, in one line?", arguments.subject,
                            [](const std::string& typed) { return CheckSubject(typed); }));
  }
  if (kind != nullptr) {
    AddFormBlanks(exchange, *kind, arguments, blanks);
  }
  return blanks;
}

absl::Status NameBlanks(const std::vector<Blank>& blanks) {
  std::vector<std::string> named;
  named.reserve(blanks.size());
  for (const Blank& blank : blanks) {
    named.push_back(fmt::format("{} ({})", blank.option, CleanLine(blank.question)));
  }
  return named.empty() ? absl::OkStatus()
                       : UsageError(fmt::format("still to be said: {}", fmt::join(named, "; ")));
}

absl::Status ReadFields(const std::vector<std::string>& typed,
                        std::map<std::string, std::string>& fields) {
  std::set<std::string> seen;
  for (const std::string& field : typed) {
    const size_t equals = field.find('=');
    if (equals == std::string::npos || equals == 0) {
      return UsageError(fmt::format("--field must be name=value; '{}' is not", CleanLine(field)));
    }
    const std::string name = field.substr(0, equals);
    if (!seen.insert(name).second) {
      return UsageError(fmt::format("--field {} is given twice", CleanLine(name)));
    }
    fields[name] = field.substr(equals + 1);
  }
  return absl::OkStatus();
}

std::string AsTheFormWants(const v1::FieldRule& rule, std::string value) {
  switch (rule.type()) {
    case v1::FIELD_TYPE_STATES:
    case v1::FIELD_TYPE_MEASURES:
    case v1::FIELD_TYPE_DATE:
      return SortedList(value);
    case v1::FIELD_TYPE_INSTANT: {
      const auto instant = ReadInstant("", value);
      return rules::ParseInstant(value).has_value() || !instant.ok()
                 ? value
                 : absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", *instant, absl::UTCTimeZone());
    }
    case v1::FIELD_TYPE_CHOICE:
      for (const std::string& choice : rule.choices()) {
        if (Upper(choice) == Upper(value)) {
          return choice;
        }
      }
      return value;
    default:
      return value;
  }
}

v1::Manifest ManifestOf(const rules::Exchange& exchange, const NotifyArguments& arguments,
                        std::string body) {
  v1::Manifest manifest;
  manifest.set_subject(arguments.subject);
  manifest.set_body(std::move(body));
  const v1::NotificationKind* const kind = exchange.FindKind(Upper(arguments.kind));
  for (const auto& [name, value] : arguments.fields) {
    v1::Field* const field = manifest.add_fields();
    field->set_name(name);
    field->set_value(value);
    for (const v1::FieldRule& rule : kind->fields()) {
      if (rule.name() == name) {
        field->set_value(AsTheFormWants(rule, value));
      }
    }
  }
  std::map<std::string, v1::Translation> translations;  // In order of their languages.
  for (const v1::Translation& translation : arguments.translations) {
    translations.try_emplace(translation.language(), translation);  // Options come first.
  }
  for (auto& [language, translation] : translations) {
    *manifest.add_translations() = std::move(translation);
  }
  return manifest;
}

}  // namespace cbm
