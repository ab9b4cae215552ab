#ifndef CBM_BENCH_REPORT_H_
#define CBM_BENCH_REPORT_H_

#include <optional>
#include <string>
#include <vector>

namespace cbm::bench {

// What a figure has to reach, and what it ought to.
struct Goal {
  enum class Better { kMore, kLess };

  Better better = Better::kMore;
  double must = 0;
  double aim = 0;
};

// Every figure of a run, printed as one table.
class Report {
 public:
  // Begins a part of the table.
  void Begin(const std::string& title) { Add({.title = title}); }

  // A figure as text, as "8,123 /s".
  void Add(const std::string& name, const std::string& value) {
    Add({.name = name, .value = value});
  }

  // A figure that is held against a goal.
  void Add(const std::string& name, double value, const Goal& goal);

  // What was measured so far.
  std::string Format() const;

  // How many figures miss what they must reach.
  int missed() const { return missed_; }

 private:
  struct Row {
    std::string title = {};  // Of a part; then nothing else is set.
    std::string name = {};
    std::string value = {};
    std::string must = {};
    std::string aim = {};
    std::string verdict = {};
  };

  void Add(Row row) { rows_.push_back(std::move(row)); }

  std::vector<Row> rows_;
  int missed_ = 0;
};

double Median(std::vector<double> values);

}  // namespace cbm::bench

#endif  // CBM_BENCH_REPORT_H_
