#ifndef CBM_SERVER_STORE_REBUILD_H_
#define CBM_SERVER_STORE_REBUILD_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace cbm {

struct RebuildReport {
  uint64_t facts = 0;      // As made anew.
  uint64_t different = 0;  // Stored otherwise, or not at all.
  uint64_t unfounded = 0;  // Stored, but following from no entry.

  bool identical() const { return different == 0 && unfounded == 0; }
};

// Makes all facts of the store at `path` anew, aside, and says how those that are stored differ.
// The store may be in use. What that needs of a disk is in the folder of the store.
//
// DATA_LOSS if the entries cannot be read. Not beside another call of these two.
absl::StatusOr<RebuildReport> CompareFacts(const std::string& path);

// Makes all facts of the store at `path` anew from its entries, and puts them in the place of those
// that were there; on new pages, if theirs are damaged. In one transaction: nobody sees it half
// done. No server may write meanwhile.
//
// UNAVAILABLE if one does. DATA_LOSS, and nothing is changed, if CheckRows finds anything: what
// followed from damaged entries would be false, and look true.
absl::StatusOr<RebuildReport> RebuildFacts(const std::string& path);

}  // namespace cbm

#endif  // CBM_SERVER_STORE_REBUILD_H_
