#include "core/base/utf8.h"

namespace cbm {
namespace {

// How many bytes a character has that begins with `first`; 0 if none does.
size_t LengthFrom(unsigned char first) {
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xC2 && first <= 0xDF) {
    return 2;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    return 3;
  }
  return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

}  // namespace

std::optional<Character> FirstCharacter(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const size_t length = LengthFrom(first);
  if (length == 0 || length > text.size()) {
    return std::nullopt;
  }
  if (length == 1) {
    return Character{.code = first, .bytes = 1};
  }
  char32_t code = first & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80) {
      return std::nullopt;
    }
    code = (code << 6U) | (next & 0x3FU);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
    return std::nullopt;
  }
  return Character{.code = code, .bytes = length};
}

size_t CountCharacters(std::string_view text) {
  size_t count = 0;
  while (!text.empty()) {
    text.remove_prefix(FirstCharacter(text).value_or(Character{}).bytes);
    ++count;
  }
  return count;
}

bool IsControl(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x061C || code == 0x200E ||
         code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

}  // namespace cbm
