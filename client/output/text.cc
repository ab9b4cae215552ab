#include "client/output/text.h"

#include <algorithm>
#include <clocale>
#include <cstdint>
#include <cwchar>
#include <iterator>
#include <optional>

#include "core/base/utf8.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD.
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";     // U+2026.

std::string Clean(std::string_view text, bool one_line) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const std::optional<Character> next = FirstCharacter(text);
    if (!next.has_value()) {
      clean += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    if (next->code == '\n' || next->code == '\t') {
      clean += one_line ? ' ' : static_cast<char>(next->code);
    } else if (!IsControl(next->code)) {
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

std::string AsSaid(std::string_view text) {
  std::string said;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    said += end == 0 ? "\n" : fmt::format("    {}\n", text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return said;
}

size_t ColumnsOf(std::string_view text) {
  UseUnicode();
  size_t columns = 0;
  while (!text.empty()) {
    const Character next = FirstCharacter(text).value_or(Character{});
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
    const Character next = FirstCharacter(text.substr(kept)).value_or(Character{});
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

std::string FormatSpan(absl::Duration span) {
  struct Unit {
    int64_t seconds;
    const char* name;
  };
  constexpr Unit kUnits[] = {{86'400, "d"}, {3'600, "h"}, {60, "min"}, {1, "s"}};
  int64_t rest = std::max<int64_t>(0, absl::ToInt64Seconds(span));
  for (size_t i = 0; i < std::size(kUnits); ++i) {
    const Unit& unit = kUnits[i];
    if (rest < unit.seconds) {
      continue;
    }
    const std::string text = fmt::format("{} {}", rest / unit.seconds, unit.name);
    rest %= unit.seconds;
    const Unit* const next = i + 1 < std::size(kUnits) ? &kUnits[i + 1] : nullptr;
    return next == nullptr || rest < next->seconds
               ? text
               : fmt::format("{} {} {}", text, rest / next->seconds, next->name);
  }
  return "under 1 s";
}

absl::Time TimeOf(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

}  // namespace cbm
