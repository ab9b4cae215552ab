#ifndef CBM_SERVER_STORE_REBUILD_H_
#define CBM_SERVER_STORE_REBUILD_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/store/derived_tables.h"
#include "server/store/store.h"

namespace cbm {

// Makes anew all that follows from the truth of the store at `path`: indices, trees and facts. Puts
// each table that was stored otherwise in the place of what was there; on new pages, if those are
// damaged. In one transaction, which is checked as a whole before it is committed: nobody sees it
// half done. No server may write meanwhile. Returns how they were stored before. Reads everything
// once, and twice if there is something to mend.
//
// DATA_LOSS, and nothing is changed, if CheckRows finds anything: what followed from damaged
// entries would be false, and look true. So it is if it cannot be told whether entries or their
// trees are damaged (contradictions.h).
// UNAVAILABLE if another writes, or wrote meanwhile, or there is no room: nothing is changed. But
// if pages were damaged, and there is no room to write the file anew, tables are as they must be,
// and the pages that they had before are left over: to call it again ends it.
//
// What it needs of a disk, up to twice the store, is in the folder of the store. Not beside another
// call of this or CheckStore.
absl::StatusOr<Differences> RebuildStore(const std::string& path, const LedgerHeads& signed_heads);

}  // namespace cbm

#endif  // CBM_SERVER_STORE_REBUILD_H_
