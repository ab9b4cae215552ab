#ifndef CBM_SERVER_SEQUENCER_FAIR_QUEUE_H_
#define CBM_SERVER_SEQUENCER_FAIR_QUEUE_H_

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace cbm {

// What waits, of several parties that take turns: who brings much waits for itself alone. What one
// party brings stays in its order.
//
// Not thread-safe.
template <typename T>
class FairQueue {
 public:
  struct Bounds {
    size_t all = 0;
    size_t of_party = 0;
  };

  explicit FairQueue(Bounds bounds) : bounds_(bounds) {}

  // Why there is no room for one more of a party; null if there is. A literal.
  const char* WhyFull(const std::string& party) const {
    if (size_ >= bounds_.all) {
      return "the exchange has more acts waiting than it takes";
    }
    const auto found = waiting_.find(party);
    return found != waiting_.end() && found->second.size() >= bounds_.of_party
               ? "your party has more acts waiting than it may"
               : nullptr;
  }

  // Precondition: WhyFull is null.
  void Push(const std::string& party, T item) {
    std::deque<T>& of_party = waiting_[party];
    if (of_party.empty()) {
      turns_.push_back(party);
    }
    of_party.push_back(std::move(item));
    ++size_;
  }

  // The first of the party whose turn it is; none if nothing waits.
  std::optional<T> Pop() {
    if (turns_.empty()) {
      return std::nullopt;
    }
    const auto next = waiting_.find(turns_.front());
    std::optional<T> item(std::move(next->second.front()));
    next->second.pop_front();
    if (next->second.empty()) {
      waiting_.erase(next);
    } else {
      turns_.push_back(std::move(turns_.front()));
    }
    turns_.pop_front();
    --size_;
    return item;
  }

  bool empty() const { return size_ == 0; }

 private:
  const Bounds bounds_;
  size_t size_ = 0;
  std::map<std::string, std::deque<T>> waiting_;  // Never an empty one.
  std::deque<std::string> turns_;                 // Each party that has something waiting, once.
};

}  // namespace cbm

#endif  // CBM_SERVER_SEQUENCER_FAIR_QUEUE_H_
