#ifndef CBM_SERVER_SEQUENCER_TURNS_H_
#define CBM_SERVER_SEQUENCER_TURNS_H_

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace cbm {

// Items of several, who take turns: one item each. What one of them brings stays in its order.
//
// Not thread-safe.
template <typename T>
class Turns {
 public:
  void Push(const std::string& whose, T item) {
    std::deque<T>& items = items_[whose];
    if (items.empty()) {
      turns_.push_back(whose);
    }
    items.push_back(std::move(item));
  }

  // The first of whose turn it is; none if there is nothing.
  std::optional<T> Pop() {
    if (turns_.empty()) {
      return std::nullopt;
    }
    const auto next = items_.find(turns_.front());
    std::optional<T> item(std::move(next->second.front()));
    next->second.pop_front();
    if (next->second.empty()) {
      items_.erase(next);
    } else {
      turns_.push_back(std::move(turns_.front()));
    }
    turns_.pop_front();
    return item;
  }

 private:
  std::map<std::string, std::deque<T>> items_;  // None is empty.
  std::deque<std::string> turns_;               // Each of them once.
};

}  // namespace cbm

#endif  // CBM_SERVER_SEQUENCER_TURNS_H_
