#ifndef CBM_SERVER_SERVICE_CONTEXT_H_
#define CBM_SERVER_SERVICE_CONTEXT_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/rules/decision.h"
#include "server/identity/identity.h"
#include "server/ops/log.h"
#include "server/sequencer/checkpoint_keeper.h"
#include "server/service/rate_limiter.h"
#include "server/store/store.h"

namespace cbm {

// What the exchange takes (DESIGN section 11); the configuration sets it.
struct ServiceLimits {
  uint64_t act_bytes_max = uint64_t{16} * 1024;
  uint64_t content_bytes_max = uint64_t{1024} * 1024;
  uint32_t addressees_max = 64;
  uint32_t page_size_default = 50;
  uint32_t page_size_max = 200;
  uint32_t streams_per_office_max = 4;
  uint32_t streams_per_state_max = 32;
  RateLimits state_acts;
  // For the acts of an EMERGENCY, where the allowance of acts is used up.
  RateLimits state_emergencies = {.per_second = 1, .burst = 20};
  RateLimits state_reads = {
      .per_second = 1'000, .burst = 5'000, .bytes_per_second = 64e6, .bytes_burst = 1e9};
  size_t state_untaken_bytes_max = size_t{4} << 20;  // Of answers that were made.
  absl::Duration author_time_ahead_max = absl::Minutes(5);
  absl::Duration validity_max = absl::Hours(24 * 30);
  absl::Duration call_deadline_max = absl::Seconds(60);

  friend bool operator==(const ServiceLimits&, const ServiceLimits&) = default;

  // Those that the rules hold an act to.
  rules::Limits ForRules() const {
    return {.addressees_max = addressees_max,
            .author_time_ahead_max = author_time_ahead_max,
            .validity_max = validity_max};
  }
};

// What every service works with. All of it outlives them.
struct ServiceContext {
  const Store& store;
  const Identity& identity;
  CheckpointKeeper& checkpoints;
  Clock& clock;
  Log& log;
  ServiceLimits limits;
  uint32_t epoch = 1;

  // Verifier key of the anchor.
  std::string log_key;
  std::string server_version;
};

}  // namespace cbm

#endif  // CBM_SERVER_SERVICE_CONTEXT_H_
