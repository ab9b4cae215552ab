#ifndef CBM_CORE_BASE_TOML_TEXT_H_
#define CBM_CORE_BASE_TOML_TEXT_H_

#include <cstddef>
#include <optional>
#include <string_view>

namespace cbm {

// The line, from 1, of the first thing in `text` that toml++ 3.3 takes for granted is not there, so
// that it has to be refused before: bytes that are not UTF-8, a control other than tab, line feed
// and carriage return, a section that does not begin with a name ("[", "[=]"), or a character that
// is not ASCII outside strings and comments. None if there is nothing of the kind, which does not
// yet make it TOML: after a mistake in a line the parser may still meet such a character.
std::optional<size_t> FirstLineNotToml(std::string_view text);

}  // namespace cbm

#endif  // CBM_CORE_BASE_TOML_TEXT_H_
