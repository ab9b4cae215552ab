#ifndef CBM_SERVER_STORE_CHECK_H_
#define CBM_SERVER_STORE_CHECK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/evidence/genesis.h"
#include "server/store/sqlite.h"
#include "server/store/store.h"

namespace cbm {

// Something in a store that is not as it must be. For the operator: it names ledgers.
struct Finding {
  std::string where;  // "state/EE 17", "act 4", "database".
  std::string what;

  friend bool operator==(const Finding&, const Finding&) = default;
};

struct CheckReport {
  std::vector<Finding> findings;  // None: everything fits. At most 1,000.
  LedgerHeads heads;              // As recomputed, to be held against signed checkpoints.

  // The pages of facts, or free ones, are not as they must be, and no others. No finding of its
  // own: facts follow from the rest, and RebuildFacts gives them new pages.
  bool fact_pages_are_damaged = false;
};

// Reads the store at `path` from its first byte to its last and computes everything anew that can
// be: entries, trees, digests of acts, signatures and contents, who was delivered what, the
// order of times. The facts are for CompareFacts. The store may be in use.
//
// As SqliteStore::Open if it does not open.
absl::StatusOr<CheckReport> CheckStore(const std::string& path);

// The same of an open store, as it stands in the connection's transaction.
absl::StatusOr<CheckReport> CheckRows(Connection& connection);

// What the store at `path` is founded on. DATA_LOSS if it cannot be read.
absl::StatusOr<GenesisDocument> ReadGenesisOf(const std::string& path);

}  // namespace cbm

#endif  // CBM_SERVER_STORE_CHECK_H_
