#ifndef CBM_TESTS_FUZZ_REACH_H_
#define CBM_TESTS_FUZZ_REACH_H_

#include <cstddef>
#include <map>

#include "absl/status/status.h"
#include "cbm/v1/act.pb.h"

namespace cbm::fuzz {

// How far the acts got that were handed in: so that it shows if they no longer get anywhere.
class Reach {
 public:
  void Count(v1::Act::KindCase kind, absl::StatusCode answer) { ++counts_[kind][answer]; }

  // One line for each kind: how often it was answered by which code.
  void Print() const;

  // Ends the process, with what is missing, unless acts of every kind were taken and refused by the
  // rules, and as many in all.
  void Require(size_t taken_min, size_t refused_min) const;

 private:
  std::map<v1::Act::KindCase, std::map<absl::StatusCode, size_t>> counts_;
};

}  // namespace cbm::fuzz

#endif  // CBM_TESTS_FUZZ_REACH_H_
