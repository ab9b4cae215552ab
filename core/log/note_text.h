#ifndef CBM_CORE_LOG_NOTE_TEXT_H_
#define CBM_CORE_LOG_NOTE_TEXT_H_

#include <string_view>

namespace cbm {

// What may stand in a signed note (C2SP signed-note), so that no two readers see it differently.

// Whether `text` is valid UTF-8 (RFC 3629) without control characters below U+0020, but newlines.
bool HasNoteCharacters(std::string_view text);

// Whether `text` can be signed: such characters, and a newline at the end.
bool IsNoteText(std::string_view text);

// Whether `name` can name a key: such characters, at least one, no newline, no `+` and no Unicode
// space.
bool IsKeyName(std::string_view name);

}  // namespace cbm

#endif  // CBM_CORE_LOG_NOTE_TEXT_H_
