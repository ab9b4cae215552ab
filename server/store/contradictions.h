#ifndef CBM_SERVER_STORE_CONTRADICTIONS_H_
#define CBM_SERVER_STORE_CONTRADICTIONS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "server/store/finding.h"
#include "server/store/sqlite.h"
#include "server/store/store.h"

namespace cbm {

// Where it may be the truth that is damaged, and not what was stored of what follows from it. What
// is made anew of entries that somebody altered together with their sum, or took away, fits itself:
// what was stored before is then the only witness, and must not be overwritten.
//
// Entries are believed against a stored tile only with a hash of them from elsewhere. So it is a
// contradiction
//  * if 256 entries that make a tile are confirmed by nothing: no signed head covers them, the
//    stored tile is another, or gone, and the stored tile above has another hash of it, or none;
//  * if a stored tile is of entries that are not there, and the stored tile above confirms it;
//  * if two of the three indices name an act that is not there.
// What a single row says against all else is what is damaged.
//
// Of a connection in which all was made anew aside (derived_tables.h), of a truth in which nothing
// was found, and which extends the heads that were signed of it.
absl::StatusOr<std::vector<Finding>> FindContradictions(Connection& connection,
                                                        const LedgerHeads& signed_heads);

}  // namespace cbm

#endif  // CBM_SERVER_STORE_CONTRADICTIONS_H_
