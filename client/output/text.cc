#include "client/output/text.h"

#include <clocale>
#include <cwchar>
#include <optional>

namespace cbm {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD.
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";     // U+2026.

// One character of UTF-8 (RFC 3629).
struct Character {
  char32_t code = 0;
  size_t bytes = 1;
};

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

// The character that `text` begins with; none if that is not UTF-8.
std::optional<Character> Decode(std::string_view text) {
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

bool IsControl(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x2028 || code == 0x2029;
}

bool TurnsDirection(char32_t code) {
  return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

std::string Clean(std::string_view text, bool one_line) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const std::optional<Character> next = Decode(text);
    if (!next.has_value()) {
      clean += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    if (next->code == '\n' || next->code == '\t') {
      clean += one_line ? ' ' : static_cast<char>(next->code);
    } else if (!IsControl(next->code) && !TurnsDirection(next->code)) {
      clean += text.substr(0, next->bytes);
    }
    text.remove_prefix(next->bytes);
  }
  return clean;
}

// wcwidth knows only the characters of the locale in force.
void UseUnicode() {
  static const bool kDone = std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr;
  static_cast<void>(kDone);
}

size_t ColumnsOf(char32_t code) {
  const int columns = wcwidth(static_cast<wchar_t>(code));
  return columns < 0 ? 1 : static_cast<size_t>(columns);
}

}  // namespace

std::string CleanLine(std::string_view text) { return Clean(text, true); }

std::string CleanText(std::string_view text) { return Clean(text, false); }

size_t ColumnsOf(std::string_view text) {
  UseUnicode();
  size_t columns = 0;
  while (!text.empty()) {
    const Character next = Decode(text).value_or(Character{});
    columns += ColumnsOf(next.code);
    text.remove_prefix(next.bytes);
  }
  return columns;
}

std::string Shorten(std::string_view text, size_t columns) {
  if (ColumnsOf(text) <= columns) {
    return std::string(text);
  }
  size_t used = 1;  // The ellipsis.
  size_t kept = 0;
  while (kept < text.size()) {
    const Character next = Decode(text.substr(kept)).value_or(Character{});
    used += ColumnsOf(next.code);
    if (used > columns) {
      break;
    }
    kept += next.bytes;
  }
  return std::string(text.substr(0, kept)).append(kEllipsis);
}

std::string FormatUtc(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}

std::string FormatRfc3339(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

absl::Time TimeOf(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

}  // namespace cbm
