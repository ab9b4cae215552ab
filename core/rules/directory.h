#ifndef CBM_CORE_RULES_DIRECTORY_H_
#define CBM_CORE_RULES_DIRECTORY_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cbm/v1/directory.pb.h"
#include "core/rules/view.h"

namespace cbm::rules {

// The offices that a reader may know, of `party` or, if that is empty, of every party: sorted by
// party and office, each once. At most `limit` of those after `after` (an OfficeKey; empty: from
// the first). Of an office that several ledgers have, as the reader's own has it.
absl::StatusOr<std::vector<v1::OfficeRecord>> ListOffices(const View& view, std::string_view party,
                                                          std::string_view after, size_t limit);

// All offices of a party that one ledger has, however many there are.
absl::StatusOr<std::vector<v1::OfficeRecord>> AllOffices(const LedgerView& ledger,
                                                         std::string_view party);

// The States of a framework of the reader's, or, if `framework` is empty, of all of them, in the
// French order of protocol: at most `limit` of those after the State `after` (empty: from the
// first). Members of several are placed by the one with the most members, since the numbers of two
// lists do not compare.
//
// NOT_FOUND if the reader belongs to no framework of that name.
absl::StatusOr<std::vector<v1::StateRecord>> ListStates(const View& view,
                                                        std::string_view framework,
                                                        std::string_view after, size_t limit);

}  // namespace cbm::rules

#endif  // CBM_CORE_RULES_DIRECTORY_H_
