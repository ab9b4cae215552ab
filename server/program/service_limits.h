#ifndef CBM_SERVER_PROGRAM_SERVICE_LIMITS_H_
#define CBM_SERVER_PROGRAM_SERVICE_LIMITS_H_

#include "server/config/config.h"
#include "server/service/context.h"

namespace cbm {

// What the configuration says, as the services take it.
ServiceLimits ServiceLimitsOf(const LimitsConfig& config);

}  // namespace cbm

#endif  // CBM_SERVER_PROGRAM_SERVICE_LIMITS_H_
