#include "client/output/paper.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "client/output/names.h"
#include "client/output/text.h"
#include "core/base/utf8.h"
#include "fmt/format.h"

namespace cbm {
namespace {

constexpr size_t kNameColumns = 16;
constexpr size_t kTabColumns = 4;

std::string WithoutTabs(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    plain += c == '\t' ? std::string(kTabColumns, ' ') : std::string(1, c);
  }
  return plain;
}

// How many bytes of `text` fit into `columns`; at least one character's.
size_t BytesThatFit(std::string_view text, size_t columns) {
  size_t bytes = 0;
  size_t used = 0;
  while (bytes < text.size()) {
    const std::optional<Character> next = FirstCharacter(text.substr(bytes));
    const size_t size = next.has_value() ? next->bytes : 1;
    used += ColumnsOf(text.substr(bytes, size));
    if (bytes > 0 && used > columns) {
      break;
    }
    bytes += size;
  }
  return bytes;
}

// One line of the text; `line` has no newline.
void WrapLine(std::string_view line, size_t columns, std::vector<std::string>& lines) {
  while (ColumnsOf(line) > columns) {
    const size_t fits = BytesThatFit(line, columns);
    size_t end = fits;
    if (line[fits] != ' ') {
      const size_t space = line.substr(0, fits).rfind(' ');
      const bool has_word = space != std::string_view::npos &&
                            line.substr(0, space).find_first_not_of(' ') != std::string_view::npos;
      end = has_word ? space : fits;
    }
    const std::string_view taken = line.substr(0, end);
    lines.emplace_back(taken.substr(0, taken.find_last_not_of(' ') + 1));
    line.remove_prefix(end);
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(' ')));
  }
  lines.emplace_back(line.substr(0, line.find_last_not_of(' ') + 1));
}

}  // namespace

std::vector<std::string> Wrap(std::string_view text, size_t columns) {
  const std::string plain = WithoutTabs(text);
  std::vector<std::string> lines;
  std::string_view rest = plain;
  while (true) {
    const size_t end = rest.find('\n');
    WrapLine(rest.substr(0, end), columns, lines);
    if (end == std::string_view::npos) {
      return lines;
    }
    rest.remove_prefix(end + 1);
  }
}

Paper::Paper(v1::Context context, v1::Marking marking, std::string_view title)
    : marking_(fmt::format("TLP:{}", NameOf(marking))) {
  if (context != v1::CONTEXT_REAL) {
    prefix_ = NameOf(context) + " ";
    AddMiddle(NameOf(context));
  }
  AddMiddle(marking_);
  EmptyLine();
  AddMiddle(title);
}

void Paper::Heading(std::string_view text) {
  EmptyLine();
  Text(text, 0);
  Add(std::string(std::min(Width(), ColumnsOf(CleanLine(text))), '-'));
}

void Paper::Field(std::string_view name, std::string_view value) {
  std::string label = CleanLine(name);
  if (ColumnsOf(label) >= kNameColumns) {
    Text(label, 0);
    label.clear();
  }
  for (const std::string& line : Wrap(CleanText(value), Width() - kNameColumns)) {
    Add(label + std::string(kNameColumns - ColumnsOf(label), ' ') + line);
    label.clear();
  }
}

void Paper::Text(std::string_view text, size_t indent) {
  for (const std::string& line : Wrap(CleanText(text), Width() - indent)) {
    Add(std::string(indent, ' ') + line);
  }
}

std::string Paper::Finish(std::string_view printed) {
  EmptyLine();
  Text(printed, 0);
  EmptyLine();
  AddMiddle(marking_);
  return std::move(text_);
}

void Paper::Add(std::string_view line) {
  const std::string whole = prefix_ + std::string(line);
  text_ += whole.substr(0, whole.find_last_not_of(' ') + 1);
  text_ += '\n';
}

void Paper::AddMiddle(std::string_view line) {
  const size_t columns = ColumnsOf(line);
  Add(std::string(columns < Width() ? (Width() - columns) / 2 : 0, ' ') + std::string(line));
}

}  // namespace cbm
