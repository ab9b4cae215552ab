#include "core/log/note_text.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace cbm {
namespace {

constexpr char32_t kSurrogateFirst = 0xd800;
constexpr char32_t kSurrogateLast = 0xdfff;
constexpr char32_t kCharacterMax = 0x10ffff;

// How a character begins, what its first byte contributes, and the least that needs that length.
struct Form {
  size_t length;
  unsigned first_mask;
  unsigned first_bits;
  char32_t least;
};
constexpr Form kForms[] = {
    {1, 0x80, 0x00, 0x0}, {2, 0xe0, 0xc0, 0x80}, {3, 0xf0, 0xe0, 0x800}, {4, 0xf8, 0xf0, 0x10000}};

// Takes the first character off `text`, which is not empty. Nothing if it is not valid UTF-8.
std::optional<char32_t> TakeCharacter(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  for (const Form& form : kForms) {
    if ((first & form.first_mask) != form.first_bits) {
      continue;
    }
    if (text.size() < form.length) {
      return std::nullopt;
    }
    char32_t character = first & ~form.first_mask;
    for (size_t i = 1; i < form.length; ++i) {
      const auto next = static_cast<unsigned char>(text[i]);
      if ((next & 0xc0U) != 0x80U) {
        return std::nullopt;
      }
      character = character << 6 | (next & 0x3fU);
    }
    if (character < form.least || character > kCharacterMax ||
        (character >= kSurrogateFirst && character <= kSurrogateLast)) {
      return std::nullopt;
    }
    text.remove_prefix(form.length);
    return character;
  }
  return std::nullopt;
}

// The property White_Space of Unicode.
bool IsSpace(char32_t c) {
  return c == ' ' || (c >= 0x09 && c <= 0x0d) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

template <typename Allowed>
bool AllOf(std::string_view text, Allowed allowed) {
  while (!text.empty()) {
    const std::optional<char32_t> character = TakeCharacter(text);
    if (!character.has_value() || !allowed(*character)) {
      return false;
    }
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
