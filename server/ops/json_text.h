#ifndef CBM_SERVER_OPS_JSON_TEXT_H_
#define CBM_SERVER_OPS_JSON_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace cbm {

// Appends `text` to `out` as a JSON string, quotes included, of at most `bytes_max` bytes (at least
// 2, for the quotes). Returns whether all of it fitted; what did not is left out, never in the
// middle of a character.
//
// The result is valid UTF-8 on one line: each byte that is not part of a valid character becomes
// U+FFFD. What could act on the terminal that shows it (control characters, line separators,
// bidirectional controls) is escaped.
bool AppendJsonString(std::string_view text, size_t bytes_max, std::string& out);

}  // namespace cbm

#endif  // CBM_SERVER_OPS_JSON_TEXT_H_
