#include "core/log/note_text.h"

#include <optional>

#include "core/base/utf8.h"

namespace cbm {
namespace {

// The property White_Space of Unicode.
bool IsSpace(char32_t c) {
  return c == ' ' || (c >= 0x09 && c <= 0x0d) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

template <typename Allowed>
bool AllOf(std::string_view text, Allowed allowed) {
  while (!text.empty()) {
    const std::optional<Character> character = FirstCharacter(text);
    if (!character.has_value() || !allowed(character->code)) {
      return false;
    }
    text.remove_prefix(character->bytes);
  }
  return true;
}

}  // namespace

bool HasNoteCharacters(std::string_view text) {
  return AllOf(text, [](char32_t c) { return c >= 0x20 || c == '\n'; });
}

bool IsNoteText(std::string_view text) { return text.ends_with('\n') && HasNoteCharacters(text); }

bool IsKeyName(std::string_view name) {
  return !name.empty() &&
         AllOf(name, [](char32_t c) { return c >= 0x20 && c != '+' && !IsSpace(c); });
}

}  // namespace cbm
