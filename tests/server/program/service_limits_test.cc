#include "server/program/service_limits.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace cbm {
namespace {

TEST(ServiceLimits, AreByThemselvesWhatTheConfigurationHasByDefault) {
  EXPECT_TRUE(ServiceLimitsOf(LimitsConfig()) == ServiceLimits());
}

TEST(ServiceLimits, FollowTheConfiguration) {
  LimitsConfig config;
  config.act_bytes_max = 1;
  config.content_bytes_max = 2;
  config.addressees_max = 3;
  config.page_size_default = 4;
  config.page_size_max = 5;
  config.streams_per_office_max = 6;
  config.streams_per_state_max = 7;
  config.state_acts_per_second = 8;
  config.state_acts_burst = 9;
  config.state_act_bytes_per_second = 10;
  config.state_act_bytes_burst = 11;
  config.state_emergency_acts_per_second = 12;
  config.state_emergency_acts_burst = 13;
  config.state_reads_per_second = 14;
  config.state_reads_burst = 15;
  config.state_read_bytes_per_second = 16;
  config.state_read_bytes_burst = 17;
  config.state_untaken_bytes_max = 18;
  config.office_share_percent = 25;
  config.author_time_ahead_seconds_max = 19;
  config.valid_hours_max = 20;
  config.call_deadline_seconds_max = 21;
  ServiceLimits expected;
  expected.act_bytes_max = 1;
  expected.content_bytes_max = 2;
  expected.addressees_max = 3;
  expected.page_size_default = 4;
  expected.page_size_max = 5;
  expected.streams_per_office_max = 6;
  expected.streams_per_state_max = 7;
  expected.state_acts = {
      .per_second = 8, .burst = 9, .bytes_per_second = 10, .bytes_burst = 11, .office_share = .25};
  // Their bytes are those of acts.
  expected.state_emergencies = {.per_second = 12,
                                .burst = 13,
                                .bytes_per_second = 10,
                                .bytes_burst = 11,
                                .office_share = .25};
  expected.state_reads = {.per_second = 14,
                          .burst = 15,
                          .bytes_per_second = 16,
                          .bytes_burst = 17,
                          .office_share = .25};
  expected.state_untaken_bytes_max = 18;
  expected.author_time_ahead_max = absl::Seconds(19);
  expected.validity_max = absl::Hours(20);
  expected.call_deadline_max = absl::Seconds(21);
  EXPECT_TRUE(ServiceLimitsOf(config) == expected);
}

}  // namespace
}  // namespace cbm
