#ifndef CBM_SERVER_STORE_FACTS_ASIDE_H_
#define CBM_SERVER_STORE_FACTS_ASIDE_H_

#include "absl/status/status.h"
#include "server/store/sqlite.h"

namespace cbm {

// Fills the table of facts that stands aside (derived_tables.h) with what follows from the entries:
// of every ledger, and of the registry. Those of acts and entries must be filled already.
//
// DATA_LOSS if the entries cannot be read.
absl::Status ProjectAside(Connection& connection);

}  // namespace cbm

#endif  // CBM_SERVER_STORE_FACTS_ASIDE_H_
