#ifndef CBM_SERVER_SEQUENCER_FAIR_QUEUE_H_
#define CBM_SERVER_SEQUENCER_FAIR_QUEUE_H_

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "server/sequencer/turns.h"

namespace cbm {

// How much may wait.
struct FairQueueBounds {
  size_t all = 0;
  size_t of_party = 0;
  size_t bytes_of_party = 0;  // Who has so many, or more, may bring nothing besides.
};

// What waits, of several parties that take turns, and in each party's turn of its offices, which
// take turns too: who brings much waits for itself alone. What one office brings stays in its
// order.
//
// Not thread-safe.
template <typename T>
class FairQueue {
 public:
  explicit FairQueue(const FairQueueBounds& bounds) : bounds_(bounds) {}

  // Why there is no room for one more of a party; null if there is. A literal.
  const char* WhyFull(const std::string& party) const {
    if (size_ >= bounds_.all) {
      return "the exchange has more waiting than it takes: try again in a second";
    }
    const auto found = waiting_.find(party);
    return found != waiting_.end() && (found->second.size >= bounds_.of_party ||
                                       found->second.bytes >= bounds_.bytes_of_party)
               ? "your party has more waiting than it may: wait for some answers, then try again"
               : nullptr;
  }

  // Precondition: WhyFull is null. `bytes`: what is kept of the item.
  void Push(const std::string& party, const std::string& office, T item, size_t bytes) {
    OfParty& of_party = waiting_[party];
    if (of_party.size == 0) {
      turns_.push_back(party);
    }
    of_party.items.Push(office, {.item = std::move(item), .bytes = bytes});
    of_party.bytes += bytes;
    ++of_party.size;
    ++size_;
  }

  // The first of the office, of the party, whose turn it is; none if nothing waits.
  std::optional<T> Pop() {
    if (turns_.empty()) {
      return std::nullopt;
    }
    const auto next = waiting_.find(turns_.front());
    OfParty& of_party = next->second;
    Item item = *of_party.items.Pop();
    of_party.bytes -= item.bytes;
    if (--of_party.size == 0) {
      waiting_.erase(next);
    } else {
      turns_.push_back(std::move(turns_.front()));
    }
    turns_.pop_front();
    --size_;
    return std::move(item.item);
  }

  bool empty() const { return size_ == 0; }

 private:
  struct Item {
    T item;
    size_t bytes;
  };
  struct OfParty {
    Turns<Item> items;
    size_t size = 0;  // Not 0.
    size_t bytes = 0;
  };

  const FairQueueBounds bounds_;
  size_t size_ = 0;
  std::map<std::string, OfParty> waiting_;
  std::deque<std::string> turns_;  // Each party that has something waiting, once.
};

}  // namespace cbm

#endif  // CBM_SERVER_SEQUENCER_FAIR_QUEUE_H_
