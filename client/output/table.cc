#include "client/output/table.h"

#include <algorithm>
#include <cstddef>

#include "client/output/text.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kGap = 2;

const char* CodeOf(Tone tone) {
  switch (tone) {
    case Tone::kStrong:
      return "\x1b[1m";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kWarning:
      return "\x1b[33m";
    case Tone::kPlain:
      break;
  }
  return "";
}

}  // namespace

std::string Paint(const std::string& text, Tone tone, bool colour) {
  return colour && tone != Tone::kPlain && !text.empty()
             ? fmt::format("{}{}\x1b[0m", CodeOf(tone), text)
             : text;
}

std::string Table::Format(bool colour) const {
  std::vector<size_t> widths;
  std::vector<Cell> heading;
  for (const std::string& text : headings_) {
    widths.push_back(ColumnsOf(text));
    heading.push_back({text, Tone::kStrong});
  }
  for (const std::vector<Cell>& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], ColumnsOf(row[i].text));
    }
  }
  std::string lines;
  const auto add = [&](const std::vector<Cell>& row) {
    size_t pending = 0;  // Spaces that are written only if something follows.
    for (size_t i = 0; i < row.size(); ++i) {
      if (!row[i].text.empty()) {
        lines.append(pending, ' ');
        lines += Paint(row[i].text, row[i].tone, colour);
        pending = 0;
      }
      pending += widths[i] - ColumnsOf(row[i].text) + kGap;
    }
    lines += '\n';
  };
  add(heading);
  for (const std::vector<Cell>& row : rows_) {
    add(row);
  }
  return lines;
}

}  // namespace cbm
