#ifndef CBM_CLIENT_OUTPUT_TABLE_H_
#define CBM_CLIENT_OUTPUT_TABLE_H_

#include <string>
#include <utility>
#include <vector>

namespace cbm {

// Colours of a cell, used on a terminal alone.
enum class Tone { kPlain, kStrong, kGood, kWarning };

struct Cell {
  std::string text;  // Clean, on one line.
  Tone tone = Tone::kPlain;
};

// Rows under headings, in columns that line up whatever the script.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}

  // A row; it may have fewer cells than there are headings.
  void Add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }

  // Lines, each ended by a newline, none with spaces at its end.
  std::string Format(bool colour) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<Cell>> rows_;
};

// `text` in a tone, if there is colour.
std::string Paint(const std::string& text, Tone tone, bool colour);

}  // namespace cbm

#endif  // CBM_CLIENT_OUTPUT_TABLE_H_
