#ifndef CBM_SERVER_SERVICE_GUARD_H_
#define CBM_SERVER_SERVICE_GUARD_H_

#include <functional>

#include "absl/status/status.h"

namespace cbm {

// What `work` says, or INTERNAL if it throws: a fault of ours in reading or checking what a call
// brings, or in making its answer, fails that call, and not everybody's.
absl::Status Guard(const std::function<absl::Status()>& work);

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_GUARD_H_
