#include "server/ops/line_budgets.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cbm {
namespace {

constexpr double kLinesAtOnce = 100;
constexpr double kLinesPerSecond = 10;

}  // namespace

std::optional<uint64_t> LineBudgets::Take(std::string_view who, std::chrono::nanoseconds now) {
  const MutexLock lock(mutex_);
  Budget& budget = Find(who, now);
  if (budget.left < 1) {
    ++budget.left_out;
    return std::nullopt;
  }
  budget.left -= 1;
  return std::exchange(budget.left_out, 0);
}

void LineBudgets::Fill(Budget& budget, std::chrono::nanoseconds now) {
  const std::chrono::duration<double> passed = now - budget.filled;
  budget.left =
      std::min(budget.left + std::max(passed.count(), 0.0) * kLinesPerSecond, kLinesAtOnce);
  budget.filled = now;  // Also of a clock that was set back: it is not to give nothing for long.
}

LineBudgets::Budget& LineBudgets::Find(std::string_view who, std::chrono::nanoseconds now) {
  const Budget fresh{.left = kLinesAtOnce, .filled = now};
  if (const auto found = budgets_.find(who); found != budgets_.end()) {
    Fill(found->second, now);
    return found->second;
  }
  if (!shared_.has_value()) {
    shared_ = fresh;
  }
  Fill(*shared_, now);
  if (budgets_.size() >= kMost) {
    ForgetFull(now);
  }
  return budgets_.size() < kMost ? budgets_.emplace(who, fresh).first->second : *shared_;
}

void LineBudgets::ForgetFull(std::chrono::nanoseconds now) {
  for (auto one = budgets_.begin(); one != budgets_.end();) {
    Fill(one->second, now);
    if (one->second.left < kLinesAtOnce) {
      ++one;
      continue;
    }
    shared_->left_out += one->second.left_out;
    one = budgets_.erase(one);
  }
}

}  // namespace cbm
