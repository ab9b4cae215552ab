#include "client/command/notification_file.h"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "client/exit_code.h"
#include "client/output/json.h"
#include "client/output/text.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace cbm {
namespace {

absl::Status Bad(std::string_view key, std::string_view must) {
  return UsageError(fmt::format("--from-file: '{}' must be {}", CleanLine(key), must));
}

using Take = std::function<absl::Status(const std::string& key, const Json& value)>;

Take Text(std::string& into) {
  return [&into](const std::string& key, const Json& value) {
    if (!value.is_string()) {
      return Bad(key, "a text");
    }
    if (into.empty()) {
      into = value.get<std::string>();
    }
    return absl::OkStatus();
  };
}

// A text, or a list of texts.
absl::StatusOr<std::vector<std::string>> Texts(const std::string& key, const Json& value) {
  std::vector<std::string> texts;
  for (const Json& each : value.is_array() ? value : Json::array({value})) {
    if (!each.is_string()) {
      return Bad(key, "a text, or a list of texts");
    }
    texts.push_back(each.get<std::string>());
  }
  return texts;
}

Take List(std::vector<std::string>& into) {
  return [&into](const std::string& key, const Json& value) -> absl::Status {
    CBM_ASSIGN_OR_RETURN(std::vector<std::string> texts, Texts(key, value));
    if (into.empty()) {
      into = std::move(texts);
    }
    return absl::OkStatus();
  };
}

absl::Status TakeField(const std::string& key, const Json& value,
                       std::map<std::string, std::string>& fields) {
  std::string text;
  if (value.is_number_integer()) {
    text = value.dump();
  } else {
    const auto texts = Texts(key, value);
    if (!texts.ok()) {
      return Bad(key, "a text, a whole number, or a list of texts");
    }
    text = fmt::format("{}", fmt::join(*texts, ","));
  }
  fields.try_emplace(key, std::move(text));
  return absl::OkStatus();
}

// {"language": "fr", "made_by": "...", "text": "..."}
absl::Status TakeTranslation(const std::string& key, const Json& value,
                             NotifyArguments& arguments) {
  v1::Translation translation;
  for (const auto& [name, field] : value.items()) {
    if (!field.is_string()) {
      return Bad(key, "objects of texts: language, made_by, text");
    }
    if (name == "language") {
      translation.set_language(field.get<std::string>());
    } else if (name == "made_by") {
      translation.set_made_by(field.get<std::string>());
    } else if (name == "text") {
      translation.set_text(field.get<std::string>());
    } else {
      return UsageError(fmt::format(
          "--from-file: '{}' is not known in translations; each has language, made_by, text",
          CleanLine(name)));
    }
  }
  arguments.translations.push_back(std::move(translation));
  return absl::OkStatus();
}

std::map<std::string, Take> Keys(NotifyArguments& arguments) {
  return {{"kind", Text(arguments.kind)},
          {"to",
           [&](const std::string& key, const Json& value) -> absl::Status {
             CBM_ASSIGN_OR_RETURN(const std::vector<std::string> texts, Texts(key, value));
             if (arguments.to.empty()) {
               arguments.to = fmt::format("{}", fmt::join(texts, ","));
             }
             return absl::OkStatus();
           }},
          {"precedence", Text(arguments.precedence)},
          {"context", Text(arguments.context)},
          {"marking", Text(arguments.marking)},
          {"measures", List(arguments.measures)},
          {"language", Text(arguments.language)},
          {"subject", Text(arguments.subject)},
          {"wanted_by", Text(arguments.wanted_by)},
          {"follow_up", Text(arguments.follow_up)},
          {"stage", Text(arguments.stage)},
          {"show_list",
           [&](const std::string& key, const Json& value) {
             if (!value.is_boolean()) {
               return Bad(key, "true or false");
             }
             arguments.show_list = arguments.show_list || value.get<bool>();
             return absl::OkStatus();
           }},
          {"body",
           [&](const std::string& key, const Json& value) {
             if (!value.is_string()) {
               return Bad(key, "a text");
             }
             if (arguments.body.empty()) {
               arguments.text = value.get<std::string>();
             }
             return absl::OkStatus();
           }},
          {"translations",
           [&](const std::string& key, const Json& value) -> absl::Status {
             if (!value.is_array()) {
               return Bad(key, "a list");
             }
             for (const Json& each : value) {
               CBM_RETURN_IF_ERROR(TakeTranslation(key, each, arguments));
             }
             return absl::OkStatus();
           }},
          {"fields", [&](const std::string& key, const Json& value) -> absl::Status {
             if (!value.is_object()) {
               return Bad(key, "an object: a value for each name");
             }
             for (const auto& [name, field] : value.items()) {
               CBM_RETURN_IF_ERROR(TakeField(name, field, arguments.fields));
             }
             return absl::OkStatus();
           }}};
}

}  // namespace

absl::Status ReadNotificationFile(std::string_view json, NotifyArguments& arguments) {
  const Json file = Json::parse(json, nullptr, false);
  if (!file.is_object()) {
    return UsageError(
        "--from-file: this is no JSON object; cbm notify --help shows what it looks like");
  }
  const std::map<std::string, Take> keys = Keys(arguments);
  std::vector<std::string> unknown;
  for (const auto& [key, value] : file.items()) {
    if (!keys.contains(key)) {
      unknown.push_back(fmt::format("'{}'", CleanLine(key)));
    }
  }
  if (!unknown.empty()) {
    std::vector<std::string> known;
    known.reserve(keys.size());
    for (const auto& [key, take] : keys) {
      known.push_back(key);
    }
    return UsageError(fmt::format("--from-file: {} is not known; a notification has {}",
                                  fmt::join(unknown, ", "), fmt::join(known, ", ")));
  }
  for (const auto& [key, value] : file.items()) {
    CBM_RETURN_IF_ERROR(keys.at(key)(key, value));
  }
  return absl::OkStatus();
}

}  // namespace cbm
