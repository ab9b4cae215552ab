#include "server/ops/json_text.h"

#include "core/base/utf8.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

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
      return IsControl(code) ? fmt::format("\\u{:04x}", static_cast<unsigned>(code))
                             : std::string(bytes);
  }
}

}  // namespace

bool AppendJsonString(std::string_view text, size_t bytes_max, std::string& out) {
  const size_t end = out.size() + bytes_max - 1;  // One for the closing quote.
  out += '"';
  bool whole = true;
  while (!text.empty()) {
    const Character next =
        FirstCharacter(text).value_or(Character{.code = kReplacement, .bytes = 1});
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
