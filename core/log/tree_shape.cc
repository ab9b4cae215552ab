#include "core/log/tree_shape.h"

#include <algorithm>
#include <bit>

namespace cbm {
namespace {

// Where RFC 6962 cuts `range`: after the largest power of two that is smaller than its length.
// Precondition: it has two leaves or more.
uint64_t MiddleOf(LeafRange range) {
  return range.begin + std::bit_floor(range.end - range.begin - 1);
}

}  // namespace

std::vector<FullNode> FullNodesOf(LeafRange range) {
  std::vector<FullNode> nodes;
  while (range.begin < range.end) {
    const int aligned = std::countr_zero(range.begin);  // 64 for zero: any height may begin there.
    const int fitting = static_cast<int>(std::bit_width(range.end - range.begin)) - 1;
    const auto height = static_cast<unsigned>(std::min(aligned, fitting));
    nodes.push_back({.height = height, .index = range.begin >> height});
    range.begin += uint64_t{1} << height;
  }
  return nodes;
}

std::vector<LeafRange> InclusionRanges(LeafPosition position) {
  std::vector<LeafRange> ranges;
  LeafRange within{.begin = 0, .end = position.tree_size};
  while (within.end - within.begin > 1) {
    const uint64_t middle = MiddleOf(within);
    if (position.index < middle) {
      ranges.push_back({.begin = middle, .end = within.end});
      within.end = middle;
    } else {
      ranges.push_back({.begin = within.begin, .end = middle});
      within.begin = middle;
    }
  }
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

std::vector<LeafRange> ConsistencyRanges(TreeGrowth growth) {
  std::vector<LeafRange> ranges;
  if (growth.from == 0) {
    return ranges;
  }
  LeafRange within{.begin = 0, .end = growth.to};
  while (within.end != growth.from) {
    const uint64_t middle = MiddleOf(within);
    if (growth.from <= middle) {
      ranges.push_back({.begin = middle, .end = within.end});
      within.end = middle;
    } else {
      ranges.push_back({.begin = within.begin, .end = middle});
      within.begin = middle;
    }
  }
  if (within.begin != 0) {
    ranges.push_back(within);  // Else it is the older tree itself, whose root the verifier has.
  }
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

}  // namespace cbm
