#ifndef CBM_CLIENT_LOCAL_RECEIPT_H_
#define CBM_CLIENT_LOCAL_RECEIPT_H_

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cbm/v1/receipt.pb.h"
#include "client/lookup.h"
#include "client/workplace.h"
#include "core/log/tlog_proof.h"

namespace cbm {

// The proof that an entry of the replica is in its ledger, up to the checkpoint that is kept.
absl::StatusOr<TlogProof> ProveEntry(const Replica& replica, const FoundEntry& found);

// The registrations that lead from a credential to the genesis document, in the order of a receipt.
// DATA_LOSS if the replica does not have them.
absl::StatusOr<std::vector<v1::Evidence>> ListRegistrations(const Replica& replica,
                                                            std::string_view credential);

// A receipt of an act that the replica holds, whoever made it: the replica has all that is needed,
// the registrations behind the signer among it. Verified.
//
// FAILED_PRECONDITION if the reader was given a summary alone.
absl::StatusOr<v1::Receipt> MakeLocalReceipt(Workplace& workplace, const FoundEntry& found);

}  // namespace cbm

#endif  // CBM_CLIENT_LOCAL_RECEIPT_H_
