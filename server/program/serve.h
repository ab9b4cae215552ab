#ifndef CBM_SERVER_PROGRAM_SERVE_H_
#define CBM_SERVER_PROGRAM_SERVE_H_

#include "absl/status/status.h"
#include "server/config/config.h"

namespace cbm {

// `cbmd serve`: serves until SIGTERM or SIGINT, then drains: no new calls, acts in flight answered,
// streams told to come again. OK when drained.
//
// INVALID_ARGUMENT if a file is not what it must be; DATA_LOSS if the database is not the one that
// was last served; UNAVAILABLE if the address cannot be had. Ends the process with kExitDiskFailed,
// answering nothing more, when the disk refuses what had to be durable.
absl::Status Serve(const Config& config);

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_SERVE_H_
