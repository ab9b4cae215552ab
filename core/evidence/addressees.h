#ifndef CBM_CORE_EVIDENCE_ADDRESSEES_H_
#define CBM_CORE_EVIDENCE_ADDRESSEES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cbm/v1/act.pb.h"
#include "cbm/v1/common.pb.h"
#include "core/base/random.h"

namespace cbm {

inline constexpr size_t kAddresseesMax = 64;
inline constexpr size_t kAddresseeSaltBytes = 32;

// Addressees as an act commits to them, and what opens the commitments: it travels beside the act.
struct Addressees {
  v1::AddresseeCommitments commitments;
  std::vector<v1::AddresseeOpening> openings;  // Ordered by state.
};

// Commits to `states`, given in any order. The commitments are filled up with random values to 8,
// 16, 32 or 64, and sorted, so that neither number nor place of an addressee shows.
//
// INVALID_ARGUMENT if there is no state, more than 64, one twice, or one that is not two capitals.
absl::StatusOr<Addressees> MakeAddressees(std::vector<std::string> states, v1::ListVisibility list,
                                          Random& random);

// OK if `openings` open all that `commitments` commits to.
//
// INVALID_ARGUMENT, which says what is wrong, unless: there are 8, 16, 32 or 64 commitments, no
// more than the openings need, of 32 bytes, ascending, each once; and the openings are 1 to 64,
// ordered by state, each state once, each of 32 bytes of salt and two capitals, each a
// commitment's.
absl::Status CheckOpenings(const v1::AddresseeCommitments& commitments,
                           const std::vector<v1::AddresseeOpening>& openings);

}  // namespace cbm

#endif  // CBM_CORE_EVIDENCE_ADDRESSEES_H_
