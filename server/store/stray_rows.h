#ifndef CBM_SERVER_STORE_STRAY_ROWS_H_
#define CBM_SERVER_STORE_STRAY_ROWS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "server/store/finding.h"
#include "server/store/sqlite.h"

namespace cbm {

// Rows of the truth that belong to nothing: contents, entries and cuts of acts that are not there,
// contents of which one before is missing, cuts from ledgers that are not there, and ledgers
// without entries. No commit leaves one. Nothing reads them, so that nothing else finds them; but
// an act that gets the number of such a row cannot be taken, or is cut from the first.
//
// They are not what can be thrown away: one may be all that is left of an act that was lost, or
// what an act lacks that is still there. At most 1,000 of each kind.
//
// Of a connection in which places of entries were made anew aside (derived_tables.h). DATA_LOSS if
// rows cannot be read.
absl::StatusOr<std::vector<Finding>> FindStrayRows(Connection& connection);

}  // namespace cbm

#endif  // CBM_SERVER_STORE_STRAY_ROWS_H_
