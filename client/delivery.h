#ifndef CBM_CLIENT_DELIVERY_H_
#define CBM_CLIENT_DELIVERY_H_

#include <vector>

#include "absl/status/statusor.h"
#include "cbm/v1/entry.pb.h"
#include "client/lookup.h"
#include "client/replica.h"

namespace cbm {

// Where an act stands in the reader's own ledgers, of which `own`, its author's entry, says that it
// was delivered to them. `own` is verified already. Nothing is asked of the exchange.
//
// DATA_LOSS if it is no author's entry, or says that of none of them; or if one that goes on past
// the time of the act does not have the entry: entries stand in the order of time, so that `own`
// and that ledger convict the exchange. An error of this machine if its copy of the ledger ends
// before.
absl::StatusOr<std::vector<FoundEntry>> FindDelivered(const Replica& replica, const v1::Entry& own);

}  // namespace cbm

#endif  // CBM_CLIENT_DELIVERY_H_
