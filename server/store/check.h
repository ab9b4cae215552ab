#ifndef CBM_SERVER_STORE_CHECK_H_
#define CBM_SERVER_STORE_CHECK_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/evidence/genesis.h"
#include "server/store/derived_tables.h"
#include "server/store/finding.h"
#include "server/store/sqlite.h"
#include "server/store/store.h"

namespace cbm {

struct CheckReport {
  // Of the truth, from which all else follows: nothing makes it anew. None: everything in it fits,
  // and nothing says that it was otherwise. At most 1,000.
  std::vector<Finding> findings;

  LedgerHeads heads;  // As recomputed.

  // How what follows from it is stored; RebuildStore mends that. Not looked at if there are
  // findings: what followed from damaged entries would be false. With the facts: how many the
  // registry is said to have (kMetaRegistry), and rows beside that, of a name that nothing reads.
  Differences differences;

  bool nothing_is_wrong() const { return findings.empty() && differences.identical(); }
};

// Reads the store at `path` from its first byte to its last and computes everything anew that can
// be: entries, trees, indices, facts, digests of acts, signatures and contents, who was delivered
// what, the order of times. Holds the trees against the heads that were signed of them. The store
// may be in use. What that needs of a disk is in the folder of the store.
//
// As SqliteStore::Open if it does not open. UNAVAILABLE if there is no room. Not beside another
// call of this or RebuildStore.
absl::StatusOr<CheckReport> CheckStore(const std::string& path, const LedgerHeads& signed_heads);

// Whether what is stored of what follows may speak against the truth (contradictions.h), or some of
// it was taken away.
enum class Witnesses { kAreHeard, kAreGone };

// The same of an open store, as it stands at one instant. Leaves in the connection what it made
// aside (derived_tables.h).
absl::StatusOr<CheckReport> CheckRows(Connection& connection, const LedgerHeads& signed_heads,
                                      Witnesses witnesses);

// A connection for CheckRows, which may keep much aside.
absl::StatusOr<std::unique_ptr<Connection>> OpenToCheck(const std::string& path);

// What the store at `path` is founded on. DATA_LOSS if it cannot be read.
absl::StatusOr<GenesisDocument> ReadGenesisOf(const std::string& path);

}  // namespace cbm

#endif  // CBM_SERVER_STORE_CHECK_H_
