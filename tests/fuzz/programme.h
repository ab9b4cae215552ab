#ifndef CBM_TESTS_FUZZ_PROGRAMME_H_
#define CBM_TESTS_FUZZ_PROGRAMME_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cbm::fuzz {

// One change to an act, or to what is handed in beside it, before it is signed (alter.h). One of
// zeroes is none.
struct Alteration {
  uint16_t where = 0;
  uint8_t how = 0;
  uint8_t what = 0;
};

// One act: who signs it, of which kind, and what is strange about it. Every value means something;
// with zeroes it is in good shape.
struct Step {
  uint8_t office = 0;
  uint8_t kind = 0;     // The number of the kind's field in Act; any other: one of the kinds.
  uint8_t variant = 0;  // Of several good acts of a kind.
  uint8_t about = 0;    // What it is about: 0 what fits, else one of what there is.
  uint8_t pause = 0;    // How long before.
  uint8_t finish = 0;   // What comes after the alterations: see perform_act_target.cc.
  std::vector<Alteration> alterations = {};
};

inline constexpr size_t kAlterationsMax = 4;
inline constexpr size_t kStepsMax = 24;

// The programme that an input is. Every input is one; what is missing at its end is zero.
std::vector<Step> ReadProgramme(std::string_view input);

// An input that is this programme.
std::string WriteProgramme(std::span<const Step> steps);

// Another programme, mostly of the same steps: some altered, by other offices, repeated, left out
// or in another order.
std::string MutateProgramme(std::string input, std::mt19937_64& random);

}  // namespace cbm::fuzz

#endif  // CBM_TESTS_FUZZ_PROGRAMME_H_
