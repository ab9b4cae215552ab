#include "core/base/toml_text.h"

#include <algorithm>

#include "core/base/utf8.h"

namespace cbm {
namespace {

constexpr std::string_view kBlanks = " \t";

bool IsPlain(std::string_view line) {
  while (!line.empty()) {
    const std::optional<Character> character = FirstCharacter(line);
    if (!character.has_value() || (IsControl(character->code) && character->code != '\t')) {
      return false;
    }
    line.remove_prefix(character->bytes);
  }
  return true;
}

// Takes blanks from the front.
void Skip(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
}

bool BeginsSectionWithoutName(std::string_view line) {
  Skip(line);
  if (!line.starts_with('[')) {
    return false;
  }
  line.remove_prefix(line.starts_with("[[") ? 2 : 1);
  Skip(line);
  const char first = line.empty() ? '\0' : line.front();
  const bool is_name = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') ||
                       (first >= '0' && first <= '9') || first == '_' || first == '-' ||
                       first == '"' || first == '\'';
  return !is_name;
}

// Reads along where strings and comments are. One of more than one line is begun and ended by three
// quotes.
class Strings {
 public:
  // Whether the line, without its end, has only ASCII outside them.
  bool TakeLine(std::string_view line) {
    if (end_.size() == 1) {
      end_ = "";  // A string of one line that is not ended: the parser says so.
    }
    while (!line.empty()) {
      if (end_.empty() && line.front() == '#') {
        return true;
      }
      if (end_.empty() && static_cast<unsigned char>(line.front()) >= 0x80) {
        return false;
      }
      line.remove_prefix(TakeSome(line));
    }
    return true;
  }

 private:
  // How many bytes of what is left belong together.
  size_t TakeSome(std::string_view line) {
    if (!end_.empty()) {
      if (end_.front() == '"' && line.starts_with('\\')) {
        return std::min<size_t>(2, line.size());
      }
      if (!line.starts_with(end_)) {
        return 1;
      }
      // Before the three that end it, two more may belong to it.
      const size_t quotes = std::min(line.find_first_not_of(end_.front()), line.size());
      const size_t taken = end_.size() == 1 ? 1 : std::min<size_t>(quotes, 5);
      end_ = "";
      return taken;
    }
    for (const std::string_view quotes : {R"(""")", "'''", "\"", "'"}) {
      if (line.starts_with(quotes)) {
        end_ = quotes;
        return quotes.size();
      }
    }
    return 1;
  }

  std::string_view end_;  // Of the string that it is in; empty in none.
};

}  // namespace

std::optional<size_t> FirstLineNotToml(std::string_view text) {
  Strings strings;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (!IsPlain(line) || BeginsSectionWithoutName(line) || !strings.TakeLine(line)) {
      return number;
    }
  }
  return std::nullopt;
}

}  // namespace cbm
