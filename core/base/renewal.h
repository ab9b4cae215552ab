#ifndef CBM_CORE_BASE_RENEWAL_H_
#define CBM_CORE_BASE_RENEWAL_H_

#include "absl/time/time.h"

namespace cbm {

// How long after its certificate's end a credential may still renew itself. Rules and evidence go
// by the same.
inline constexpr absl::Duration kRenewalAfterEndMax = absl::Hours(24 * 7);

}  // namespace cbm

#endif  // CBM_CORE_BASE_RENEWAL_H_
