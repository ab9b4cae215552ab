#include "server/config/toml_reader.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "core/base/toml_text.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

#define TOML_EXCEPTIONS 0
#include "toml++/toml.h"

namespace cbm {
namespace {

constexpr size_t kFileBytesMax = size_t{256} * 1024;

std::pair<std::string_view, std::string_view> Split(std::string_view key) {
  const size_t dot = key.find('.');
  return {key.substr(0, dot), key.substr(dot + 1)};
}

uint32_t LineOf(const toml::source_region& source) {
  return std::max(source.begin.line, toml::source_index{1});
}

std::string_view TypeOf(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a section";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a decimal number";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

}  // namespace

struct TomlReader::Parsed {
  // The section of `key`; null if it is not there, or is none.
  const toml::table* SectionOf(std::string_view key) const {
    const toml::node* const section = root.get(Split(key).first);
    return section == nullptr ? nullptr : section->as_table();
  }

  // The value of `key`, which is thereby known; null if it is not there.
  const toml::node* Find(std::string_view key, Presence presence) {
    const auto [section, name] = Split(key);
    known[std::string(section)].insert(std::string(name));
    const toml::table* const table = SectionOf(key);
    const toml::node* const node = table == nullptr ? nullptr : table->get(name);
    if (node == nullptr && presence == Presence::kRequired) {
      Note(table == nullptr ? 1 : LineOf(table->source()), key,
           fmt::format("is missing: add it to section [{}]", section));
    }
    return node;
  }

  void Note(uint32_t line, std::string_view key, std::string_view what) {
    problems.emplace(line, fmt::format("{}:{}: {} {}", path, line, key, what));
  }

  void NoteType(const toml::node& node, std::string_view key, std::string_view wanted) {
    Note(LineOf(node.source()), key, fmt::format("is {}; it must be {}", TypeOf(node), wanted));
  }

  void NoteUnknown() {
    for (const auto& [name, node] : root) {
      const auto section = known.find(name.str());
      if (section == known.end()) {
        std::vector<std::string_view> names;
        for (const auto& [each, keys] : known) {
          names.push_back(each);
        }
        Note(LineOf(name.source()), name.str(),
             fmt::format("is no section: remove it, or correct it to one of {}",
                         fmt::join(names, ", ")));
      } else if (!node.is_table()) {
        NoteType(node, name.str(), fmt::format("a section: write [{}]", name.str()));
      } else {
        NoteUnknownIn(section->first, *node.as_table(), section->second);
      }
    }
  }

  void NoteUnknownIn(std::string_view section, const toml::table& table,
                     const std::set<std::string, std::less<>>& keys) {
    for (const auto& [name, node] : table) {
      if (keys.find(name.str()) == keys.end()) {
        Note(
            LineOf(name.source()), fmt::format("{}.{}", section, name.str()),
            fmt::format("is no key: remove it, or correct it to one of {}", fmt::join(keys, ", ")));
      }
    }
  }

  std::string path;
  toml::table root;
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> known;
  std::multimap<uint32_t, std::string> problems;  // By line.
};

TomlReader::TomlReader(std::unique_ptr<Parsed> parsed) : parsed_(std::move(parsed)) {}
TomlReader::TomlReader(TomlReader&& other) noexcept = default;
TomlReader::~TomlReader() = default;

absl::StatusOr<TomlReader> TomlReader::Open(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kFileBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof())) {
    return absl::InvalidArgumentError(fmt::format(
        "{}:1: the configuration cannot be read: name a file that is there and may be read", path));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kFileBytesMax) {
    return absl::InvalidArgumentError(fmt::format(
        "{}:1: the configuration has more than {} bytes: shorten it", path, kFileBytesMax));
  }
  if (const std::optional<size_t> line = FirstLineNotToml(text); line.has_value()) {
    return absl::InvalidArgumentError(fmt::format(
        "{}:{}: this is not TOML: it has a character that cannot be seen, a letter "
        "that is not ASCII outside quotes, or a section without a name: correct the line",
        path, *line));
  }
  toml::parse_result result = toml::parse(text, path);
  if (!result) {
    const toml::parse_error& error = result.error();
    return absl::InvalidArgumentError(fmt::format("{}:{}: this is not TOML: {}: correct the line",
                                                  path, LineOf(error.source()),
                                                  error.description()));
  }
  auto parsed = std::make_unique<Parsed>();
  parsed->path = path;
  parsed->root = std::move(result).table();
  return TomlReader(std::move(parsed));
}

void TomlReader::Text(std::string_view key, Presence presence, std::string& target) {
  const toml::node* const node = parsed_->Find(key, presence);
  if (node == nullptr) {
    return;
  }
  if (!node->is_string()) {
    parsed_->NoteType(*node, key, "a text in quotes");
    return;
  }
  const std::string& text = node->as_string()->get();
  if (text.find('\0') != std::string::npos) {
    Refuse(key, "has a zero character in it: remove it");
  } else if (text.empty() && presence == Presence::kRequired) {
    Refuse(key, "is empty: give it a value");
  } else {
    target = text;
  }
}

void TomlReader::Texts(std::string_view key, Presence presence, std::vector<std::string>& target) {
  const toml::node* const node = parsed_->Find(key, presence);
  if (node == nullptr) {
    return;
  }
  const toml::array* const array = node->as_array();
  if (array == nullptr) {
    parsed_->NoteType(*node, key, "a list of texts in quotes: [\"a\", \"b\"]");
    return;
  }
  std::vector<std::string> texts;
  for (const toml::node& element : *array) {
    if (!element.is_string() || element.as_string()->get().empty() ||
        element.as_string()->get().find('\0') != std::string::npos) {
      parsed_->Note(LineOf(element.source()), key,
                    "has an element that is no text, or an empty one: write texts in quotes");
      return;
    }
    texts.push_back(element.as_string()->get());
  }
  if (texts.empty() && presence == Presence::kRequired) {
    Refuse(key, "is empty: name at least one");
    return;
  }
  target = std::move(texts);
}

void TomlReader::Number(std::string_view key, Bounds bounds, uint64_t& target) {
  const toml::node* const node = parsed_->Find(key, Presence::kOptional);
  if (node == nullptr) {
    return;
  }
  if (!node->is_integer()) {
    parsed_->NoteType(*node, key,
                      fmt::format("a whole number from {} to {}", bounds.min, bounds.max));
    return;
  }
  const int64_t number = node->as_integer()->get();
  if (number < 0 || static_cast<uint64_t>(number) < bounds.min ||
      static_cast<uint64_t>(number) > bounds.max) {
    Refuse(key, fmt::format("is {}; it must be {} to {}: choose a number within", number,
                            bounds.min, bounds.max));
    return;
  }
  target = static_cast<uint64_t>(number);
}

void TomlReader::Refuse(std::string_view key, std::string_view what) {
  const toml::table* const table = parsed_->SectionOf(key);
  const toml::node* node = table == nullptr ? nullptr : table->get(Split(key).second);
  if (node == nullptr) {
    node = table;
  }
  parsed_->Note(node == nullptr ? 1 : LineOf(node->source()), key, what);
}

absl::Status TomlReader::Finish() {
  parsed_->NoteUnknown();
  if (parsed_->problems.empty()) {
    return absl::OkStatus();
  }
  std::vector<std::string_view> texts;
  for (const auto& [line, text] : parsed_->problems) {
    texts.push_back(text);
  }
  return absl::InvalidArgumentError(fmt::format("{}", fmt::join(texts, "\n")));
}

}  // namespace cbm
