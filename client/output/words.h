#ifndef CBM_CLIENT_OUTPUT_WORDS_H_
#define CBM_CLIENT_OUTPUT_WORDS_H_

#include <cctype>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/exit_code.h"
#include "client/output/text.h"
#include "fmt/format.h"

namespace cbm {

// The word by which a value of an enum is shown and typed.
template <typename Value>
struct Word {
  Value value;
  std::string_view name;
};

// The word of a value; "?" for one of a later version.
template <typename Value>
std::string FindWord(std::span<const Word<Value>> words, Value value) {
  for (const Word<Value>& word : words) {
    if (word.value == value) {
      return std::string(word.name);
    }
  }
  return "?";
}

// Whether two words are one to a person: case does not matter, and '-' is as good as '_'.
inline bool SameWord(std::string_view a, std::string_view b) {
  const auto plain = [](char c) {
    return c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  };
  if (a.size() != b.size()) {
    return false;
  }
  for (size_t i = 0; i < a.size(); ++i) {
    if (plain(a[i]) != plain(b[i])) {
      return false;
    }
  }
  return true;
}

// The value of a word that was typed. A usage error names `what` and the words that there are.
template <typename Value>
absl::StatusOr<Value> ReadWord(std::span<const Word<Value>> words, std::string_view what,
                               std::string_view typed) {
  std::vector<std::string_view> names;
  for (const Word<Value>& word : words) {
    if (SameWord(word.name, typed)) {
      return word.value;
    }
    names.push_back(word.name);
  }
  return UsageError(fmt::format("{} must be one of {}; '{}' is none", what, fmt::join(names, ", "),
                                CleanLine(typed)));
}

}  // namespace cbm

#endif  // CBM_CLIENT_OUTPUT_WORDS_H_
