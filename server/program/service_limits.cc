#include "server/program/service_limits.h"

#include "absl/time/time.h"

namespace cbm {
namespace {

absl::Duration SecondsOf(uint64_t seconds) { return absl::Seconds(static_cast<int64_t>(seconds)); }

}  // namespace

ServiceLimits ServiceLimitsOf(const LimitsConfig& config) {
  ServiceLimits limits;
  limits.act_bytes_max = config.act_bytes_max;
  limits.content_bytes_max = config.content_bytes_max;
  limits.addressees_max = static_cast<uint32_t>(config.addressees_max);
  limits.page_size_default = static_cast<uint32_t>(config.page_size_default);
  limits.page_size_max = static_cast<uint32_t>(config.page_size_max);
  limits.streams_per_office_max = static_cast<uint32_t>(config.streams_per_office_max);
  limits.streams_per_state_max = static_cast<uint32_t>(config.streams_per_state_max);
  const auto rates = [&](uint64_t per_second, uint64_t burst, uint64_t bytes_per_second,
                         uint64_t bytes_burst) {
    return RateLimits{.per_second = static_cast<double>(per_second),
                      .burst = static_cast<double>(burst),
                      .bytes_per_second = static_cast<double>(bytes_per_second),
                      .bytes_burst = static_cast<double>(bytes_burst),
                      .office_share = static_cast<double>(config.office_share_percent) / 100};
  };
  limits.state_acts = rates(config.state_acts_per_second, config.state_acts_burst,
                            config.state_act_bytes_per_second, config.state_act_bytes_burst);
  limits.state_emergencies =
      rates(config.state_emergency_acts_per_second, config.state_emergency_acts_burst,
            config.state_act_bytes_per_second, config.state_act_bytes_burst);
  limits.state_reads = rates(config.state_reads_per_second, config.state_reads_burst,
                             config.state_read_bytes_per_second, config.state_read_bytes_burst);
  limits.state_untaken_bytes_max = config.state_untaken_bytes_max;
  limits.author_time_ahead_max = SecondsOf(config.author_time_ahead_seconds_max);
  limits.validity_max = absl::Hours(static_cast<int64_t>(config.valid_hours_max));
  limits.call_deadline_max = SecondsOf(config.call_deadline_seconds_max);
  return limits;
}

}  // namespace cbm
