#include "server/ops/json_text.h"

#include "fmt/format.h"

namespace cbm {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Character {
  char32_t code = kReplacement;
  size_t bytes = 1;  // That it takes in the text.
};

unsigned ByteAt(std::string_view text, size_t index) {
  return static_cast<unsigned char>(text[index]);
}

// How many bytes a character has that begins with `first`; 0 if none does.
size_t LengthOf(unsigned first) {
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

// The first character of `text`, which is not empty (Unicode, table 3-7).
Character Next(std::string_view text) {
  const unsigned first = ByteAt(text, 0);
  const size_t length = LengthOf(first);
  if (length == 1) {
    return {first, 1};
  }
  if (length == 0 || text.size() < length) {
    return {};
  }
  char32_t code = first & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    const unsigned byte = ByteAt(text, i);
    if ((byte & 0xC0U) != 0x80U) {
      return {};
    }
    code = (code << 6U) | (byte & 0x3FU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (overlong || surrogate || code > 0x10FFFF) {
    return {};
  }
  return {code, length};
}

bool ActsOnATerminal(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x061C || code == 0x200E ||
         code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

std::string Spell(char32_t code, std::string_view bytes) {
  switch (code) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    case kReplacement:
      return "\xEF\xBF\xBD";
    default:
      return ActsOnATerminal(code) ? fmt::format("\\u{:04x}", static_cast<unsigned>(code))
                                   : std::string(bytes);
  }
}

}  // namespace

bool AppendJsonString(std::string_view text, size_t bytes_max, std::string& out) {
  const size_t end = out.size() + bytes_max - 1;  // One for the closing quote.
  out += '"';
  bool whole = true;
  while (!text.empty()) {
    const Character next = Next(text);
    const std::string spelt = Spell(next.code, text.substr(0, next.bytes));
    if (out.size() + spelt.size() > end) {
      whole = false;
      break;
    }
    out += spelt;
    text.remove_prefix(next.bytes);
  }
  out += '"';
  return whole;
}

}  // namespace cbm
