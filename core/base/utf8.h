#ifndef CBM_CORE_BASE_UTF8_H_
#define CBM_CORE_BASE_UTF8_H_

#include <cstddef>
#include <optional>
#include <string_view>

namespace cbm {

// One character of UTF-8.
struct Character {
  char32_t code = 0;
  size_t bytes = 1;
};

// The character that `text`, which is not empty, begins with (RFC 3629; Unicode, table 3-7). None
// if it does not begin with one: overlong, a surrogate, beyond U+10FFFF, cut off, or no lead byte.
std::optional<Character> FirstCharacter(std::string_view text);

// How many characters `text` has; a byte that belongs to none counts as one.
size_t CountCharacters(std::string_view text);

// Whether a character does something to a terminal or to the reading order instead of being seen:
// the controls (C0, delete, C1), the line and paragraph separators, the byte order mark, and all
// that turn the direction of writing. Line feed and tab are among them.
bool IsControl(char32_t code);

}  // namespace cbm

#endif  // CBM_CORE_BASE_UTF8_H_
