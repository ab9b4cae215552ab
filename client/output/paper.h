#ifndef CBM_CLIENT_OUTPUT_PAPER_H_
#define CBM_CLIENT_OUTPUT_PAPER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cbm/v1/common.pb.h"

namespace cbm {

inline constexpr size_t kPaperColumns = 80;

// How far from the edge stands what a person wrote: no text of somebody's passes for a line of the
// page itself.
inline constexpr size_t kSaidIndent = 4;

// Text in lines of at most `columns`, broken between words, and within one only where it is longer
// than a line. Indentation and empty lines stay; tabs become spaces. `text` is clean.
std::vector<std::string> Wrap(std::string_view text, size_t columns);

// What is to be printed on paper, in the making: plain text in lines of at most 80 columns, without
// colour and control characters. The marking stands at its head and foot. EXERCISE or TEST, if that
// is the context, stands at its head and begins every line, so that no part of a sheet passes for
// REAL.
//
// Whatever is added is cleaned first.
class Paper {
 public:
  Paper(v1::Context context, v1::Marking marking, std::string_view title);

  // A heading over what follows.
  void Heading(std::string_view text);

  // A name, and what belongs to it beside it.
  void Field(std::string_view name, std::string_view value);

  // A text on lines of its own, `indent` columns from the edge.
  void Text(std::string_view text, size_t indent);

  void EmptyLine() { Add(""); }

  // All of it; `printed` stands above the marking at its foot.
  std::string Finish(std::string_view printed);

 private:
  size_t Width() const { return kPaperColumns - prefix_.size(); }
  void Add(std::string_view line);
  void AddMiddle(std::string_view line);

  std::string prefix_;  // "EXERCISE "; empty for REAL.
  std::string marking_;
  std::string text_;
};

}  // namespace cbm

#endif  // CBM_CLIENT_OUTPUT_PAPER_H_
