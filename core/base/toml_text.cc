#include "core/base/toml_text.h"

#include <algorithm>

#include "core/base/utf8.h"

namespace cbm {
namespace {

constexpr std::string_view kBlanks = " \t";

bool IsPlain(std::string_view line) {
  while (!line.empty()) {
    const std::optional<Character> character = FirstCharacter(line);
    if (!character.has_value() || (IsControl(character->code) && character->code != '\t')) {
      return false;
    }
    line.remove_prefix(character->bytes);
  }
  return true;
}

// Takes blanks from the front.
void Skip(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
}

bool BeginsSectionWithoutName(std::string_view line) {
  Skip(line);
  if (!line.starts_with('[')) {
    return false;
  }
  line.remove_prefix(line.starts_with("[[") ? 2 : 1);
  Skip(line);
  const char first = line.empty() ? '\0' : line.front();
  const bool is_name = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') ||
                       (first >= '0' && first <= '9') || first == '_' || first == '-' ||
                       first == '"' || first == '\'';
  return !is_name;
}

}  // namespace

std::optional<size_t> FirstLineNotToml(std::string_view text) {
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (!IsPlain(line) || BeginsSectionWithoutName(line)) {
      return number;
    }
  }
  return std::nullopt;
}

}  // namespace cbm
