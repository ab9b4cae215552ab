#ifndef CBM_SERVER_PROGRAM_INSPECT_H_
#define CBM_SERVER_PROGRAM_INSPECT_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/config/config.h"

namespace cbm {

// `cbmd check`: prints what is wrong, and where: in the database itself, or that it is not the one
// whose checkpoints were signed, or indices, trees and facts that do not follow from its entries;
// and whether `cbmd rebuild` mends that. Whether nothing is.
//
// DATA_LOSS if there is a database that cannot be read.
absl::StatusOr<bool> CheckExchange(const Config& config);

// `cbmd key`: prints the exchange's id and the log key, as `cbmd init` did. Also while it is
// served.
absl::Status PrintLogKey(const Config& config);

// `cbmd rebuild`: makes indices, trees and facts anew, and prints whether they were as stored.
// Whether they were.
//
// UNAVAILABLE if another cbmd works on the database. DATA_LOSS, and nothing is changed, if what
// they follow from is damaged, or not what was signed.
absl::StatusOr<bool> RebuildExchange(const Config& config);

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_INSPECT_H_
