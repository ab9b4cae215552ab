#include "bench/report.h"

#include <algorithm>

#include "bench/require.h"
#include "fmt/format.h"

namespace cbm::bench {

void Report::Add(const std::string& name, double value, const Goal& goal) {
  const bool more = goal.better == Goal::Better::kMore;
  const auto reaches = [&](double wanted) { return more ? value >= wanted : value <= wanted; };
  if (!reaches(goal.must)) {
    ++missed_;
  }
  const char* const sign = more ? ">=" : "<=";
  Add(Row{.name = name,
          .value = fmt::format("{:.2f}", value),
          .must = fmt::format("{} {:g}", sign, goal.must),
          .aim = fmt::format("{} {:g}", sign, goal.aim),
          .verdict = reaches(goal.aim)    ? "aim reached"
                     : reaches(goal.must) ? "must reached"
                                          : "MISSED"});
}

std::string Report::Format() const {
  std::string text;
  for (const Row& row : rows_) {
    text += row.title.empty()
                ? fmt::format("  {:<52}{:>16}{:>10}{:>10}  {}\n", row.name, row.value, row.must,
                              row.aim, row.verdict)
                : fmt::format("\n{:<54}{:>16}{:>10}{:>10}\n", row.title, "", "must", "aim");
  }
  return text;
}

double Median(std::vector<double> values) {
  Require(!values.empty(), "no values to take the median of");
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace cbm::bench
