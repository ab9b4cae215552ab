// Each limit of the configuration: its default, its bounds, and what must fit beside it.

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "tests/server/config/config_world.h"

namespace cbm::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct LimitCase {
  std::string section, key;
  std::function<uint64_t(const Config&)> value;
  uint64_t fallback, min, max;
};

std::function<uint64_t(const Config&)> Of(uint64_t LimitsConfig::*value) {
  return [value](const Config& config) { return config.limits.*value; };
}
std::function<uint64_t(const Config&)> Of(uint64_t GateConfig::*value) {
  return [value](const Config& config) { return config.gate.*value; };
}

// DESIGN section 11, and the bounds that deploy/cbmd.toml tells.
const std::vector<LimitCase>& AllLimits() {
  using L = LimitsConfig;
  using G = GateConfig;
  static const std::vector<LimitCase> kLimits = {
      {"limits", "act_bytes_max", Of(&L::act_bytes_max), 16384, 1024, 16384},
      {"limits", "content_bytes_max", Of(&L::content_bytes_max), 1048576, 1024, 1048576},
      {"limits", "addressees_max", Of(&L::addressees_max), 64, 1, 64},
      {"limits", "page_size_default", Of(&L::page_size_default), 50, 1, 200},
      {"limits", "page_size_max", Of(&L::page_size_max), 200, 50, 1000},
      {"limits", "queue_acts_max", Of(&L::queue_acts_max), 4096, 1, 65536},
      {"limits", "queue_emergency_acts_max", Of(&L::queue_emergency_acts_max), 256, 1, 4096},
      {"limits", "state_acts_per_second", Of(&L::state_acts_per_second), 20, 1, 10000},
      {"limits", "state_acts_burst", Of(&L::state_acts_burst), 200, 1, 100000},
      {"limits", "state_act_bytes_per_second", Of(&L::state_act_bytes_per_second), 4000000, 65536,
       1000000000},
      {"limits", "state_act_bytes_burst", Of(&L::state_act_bytes_burst), 8000000, 1048576,
       1000000000},
      {"limits", "state_emergency_acts_per_second", Of(&L::state_emergency_acts_per_second), 1, 1,
       10000},
      {"limits", "state_emergency_acts_burst", Of(&L::state_emergency_acts_burst), 20, 1, 100000},
      {"limits", "state_reads_per_second", Of(&L::state_reads_per_second), 1000, 1, 1000000},
      {"limits", "state_reads_burst", Of(&L::state_reads_burst), 5000, 1, 1000000},
      {"limits", "state_read_bytes_per_second", Of(&L::state_read_bytes_per_second), 64000000,
       65536, 10000000000},
      {"limits", "state_read_bytes_burst", Of(&L::state_read_bytes_burst), 1000000000, 1048576,
       1000000000000},
      {"limits", "state_untaken_bytes_max", Of(&L::state_untaken_bytes_max), 4194304, 2097152,
       1073741824},
      {"limits", "office_share_percent", Of(&L::office_share_percent), 50, 1, 100},
      {"limits", "streams_per_office_max", Of(&L::streams_per_office_max), 4, 1, 64},
      {"limits", "streams_per_state_max", Of(&L::streams_per_state_max), 32, 1, 1024},
      {"limits", "metadata_bytes_max", Of(&L::metadata_bytes_max), 16384, 4096, 65536},
      {"limits", "call_deadline_seconds_max", Of(&L::call_deadline_seconds_max), 60, 1, 600},
      {"limits", "connection_idle_seconds", Of(&L::connection_idle_seconds), 300, 10, 86400},
      {"limits", "author_time_ahead_seconds_max", Of(&L::author_time_ahead_seconds_max), 300, 0,
       300},
      {"limits", "valid_hours_max", Of(&L::valid_hours_max), 720, 1, 720},
      {"gate", "threads", Of(&G::threads), 2, 1, 16},
      {"gate", "handshake_threads", Of(&G::handshake_threads), 2, 1, 16},
      {"gate", "sessions_max", Of(&G::sessions_max), 1024, 16, 65536},
      {"gate", "sessions_per_source_max", Of(&G::sessions_per_source_max), 256, 1, 65536},
      {"gate", "sessions_per_office_max", Of(&G::sessions_per_office_max), 64, 1, 65536},
      {"gate", "sessions_per_state_max", Of(&G::sessions_per_state_max), 128, 1, 65536},
      {"gate", "inactive_sessions_max", Of(&G::inactive_sessions_max), 8, 1, 1024},
      {"gate", "calls_per_session_max", Of(&G::calls_per_session_max), 100, 16, 65536},
      {"gate", "calls_per_office_max", Of(&G::calls_per_office_max), 256, 16, 65536},
      {"gate", "request_frames_per_office_max", Of(&G::request_frames_per_office_max), 480, 288,
       1000000},
      {"gate", "request_bytes_per_office_max", Of(&G::request_bytes_per_office_max), 7077888,
       5242880, 1073741824},
      {"gate", "calls_per_state_max", Of(&G::calls_per_state_max), 320, 16, 65536},
      {"gate", "request_frames_per_state_max", Of(&G::request_frames_per_state_max), 576, 288,
       1000000},
      {"gate", "request_bytes_per_state_max", Of(&G::request_bytes_per_state_max), 8388608, 5242880,
       1073741824},
      {"gate", "handshakes_max", Of(&G::handshakes_max), 256, 1, 65536},
      {"gate", "handshakes_per_source_max", Of(&G::handshakes_per_source_max), 64, 1, 65536},
      {"gate", "handshake_seconds_max", Of(&G::handshake_seconds_max), 10, 1, 60},
      {"gate", "session_seconds_max", Of(&G::session_seconds_max), 3600, 60, 86400},
      {"gate", "untaken_seconds_max", Of(&G::untaken_seconds_max), 30, 1, 600},
      {"gate", "bytes_before_request_max", Of(&G::bytes_before_request_max), 65536, 1024, 1048576},
      {"gate", "header_block_bytes_max", Of(&G::header_block_bytes_max), 32768, 4096, 131072},
      {"gate", "header_block_frames_max", Of(&G::header_block_frames_max), 8, 1, 64},
      {"gate", "header_fields_max", Of(&G::header_fields_max), 64, 32, 4096},
      {"gate", "calls_burst", Of(&G::calls_burst), 10000, 100, 100000000},
      {"gate", "calls_per_second", Of(&G::calls_per_second), 2000, 10, 100000000},
      {"gate", "resets_burst", Of(&G::resets_burst), 200, 10, 100000},
      {"gate", "resets_per_second", Of(&G::resets_per_second), 100, 1, 100000},
      {"gate", "controls_burst", Of(&G::controls_burst), 100, 10, 100000},
      {"gate", "controls_per_second", Of(&G::controls_per_second), 20, 1, 100000},
      {"gate", "priorities_burst", Of(&G::priorities_burst), 100, 1, 100000},
      {"gate", "priorities_per_second", Of(&G::priorities_per_second), 20, 1, 100000},
      {"gate", "window_updates_burst", Of(&G::window_updates_burst), 20000, 100, 1000000},
      {"gate", "window_updates_per_second", Of(&G::window_updates_per_second), 10000, 1, 1000000},
      {"gate", "empty_frames_burst", Of(&G::empty_frames_burst), 100, 1, 100000},
      {"gate", "empty_frames_per_second", Of(&G::empty_frames_per_second), 20, 1, 100000},
      {"gate", "late_frames_burst", Of(&G::late_frames_burst), 2000, 100, 1000000},
      {"gate", "late_frames_per_second", Of(&G::late_frames_per_second), 200, 10, 1000000},
      {"gate", "abuses_burst", Of(&G::abuses_burst), 10, 1, 100000},
      {"gate", "abuses_per_minute", Of(&G::abuses_per_minute), 6, 1, 6000},
  };
  return kLimits;
}

// What must be set beside a limit so that the two fit.
std::string Beside(const LimitCase& limit, uint64_t number) {
  for (const std::string which : {"burst", "per_second"}) {
    if (limit.key == "state_reads_" + which) {
      return fmt::format("[gate]\ncalls_{} = {}\n", which, std::max(number, uint64_t{100}));
    }
    if (limit.key == "calls_" + which) {
      return fmt::format("[limits]\nstate_reads_{} = {}\n", which,
                         std::min(number, uint64_t{1'000'000}));
    }
  }
  return "";
}

TEST_F(ConfigTest, TakesEachLimitAtItsBoundsAndRefusesItBeyond) {
  for (const LimitCase& limit : AllLimits()) {
    SCOPED_TRACE(limit.key);
    EXPECT_EQ(limit.value(Config()), limit.fallback);
    for (const uint64_t number : {limit.min, limit.max}) {
      const auto config = Load(fmt::format("{}[{}]\n{} = {}\n{}", kSmallest, limit.section,
                                           limit.key, number, Beside(limit, number)));
      ASSERT_THAT(config, IsOk());
      EXPECT_EQ(limit.value(*config), number);
    }
    for (const int64_t number :
         {static_cast<int64_t>(limit.min) - 1, static_cast<int64_t>(limit.max) + 1}) {
      EXPECT_THAT(RefusalOfAdding(fmt::format("[{}]\n{} = {}\n", limit.section, limit.key, number)),
                  HasSubstr(limit.key))
          << number;
    }
  }
}

TEST_F(ConfigTest, WantsTheGateToLetThroughWhatAStateMayRead) {
  EXPECT_THAT(RefusalOfAdding("[limits]\nstate_reads_burst = 10001\n"),
              AllOf(HasSubstr("gate.calls_burst is 10000, less than limits.state_reads_burst"),
                    HasSubstr("(10001)")));
  EXPECT_THAT(RefusalOfAdding("[gate]\ncalls_per_second = 999\n"),
              StartsWith("16: gate.calls_per_second is 999, less than limits.state_reads_per_second"
                         " (1000)"));
  EXPECT_THAT(Load(std::string(kSmallest) + "[gate]\ncalls_per_second = 1000\n"), IsOk());
}

TEST_F(ConfigTest, ShowsEachLimitInTheExampleWithItsDefault) {
  std::ifstream file("deploy/cbmd.toml");
  std::stringstream example;
  example << file.rdbuf();
  for (const LimitCase& limit : AllLimits()) {
    EXPECT_THAT(example.str(), HasSubstr(fmt::format("\n{} = {} ", limit.key, limit.fallback)));
  }
}

}  // namespace
}  // namespace cbm::test
