#include "server/program/gate_limits.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>

namespace cbm {
namespace {

constexpr uint64_t kDescriptorsOfASession = 3;  // The client's, and two ends of the private one.
constexpr uint64_t kDescriptorsOfTheRest = 256;
constexpr uint64_t kSecondsLater = 60;
constexpr std::chrono::minutes kMinute{1};

uint32_t Small(uint64_t value) { return static_cast<uint32_t>(value); }  // As config.cc bounds it.

Rate RateOf(uint64_t burst, uint64_t per_second) {
  return {.burst = Small(burst), .per_second = Small(per_second)};
}

std::chrono::seconds SecondsOf(uint64_t seconds) {
  return std::chrono::seconds(static_cast<int64_t>(seconds));
}

}  // namespace

GateLimits GateLimitsOf(const GateConfig& gate, const LimitsConfig& limits) {
  GateLimits result;
  result.threads = Small(gate.threads);
  result.handshake_threads = Small(gate.handshake_threads);
  result.balancers = gate.balancers;
  result.admission.sessions_max = Small(gate.sessions_max);
  result.admission.sessions_per_source_max = Small(gate.sessions_per_source_max);
  result.admission.handshakes_max = Small(gate.handshakes_max);
  result.admission.handshakes_per_source_max = Small(gate.handshakes_per_source_max);
  result.penalties.abuses_burst = Small(gate.abuses_burst);
  result.penalties.forgiven_in = std::chrono::milliseconds(kMinute) / Small(gate.abuses_per_minute);
  SessionLimits& session = result.session;
  session.sessions_per_office_max = Small(gate.sessions_per_office_max);
  session.sessions_per_state_max = Small(gate.sessions_per_state_max);
  session.inactive_sessions_max = Small(gate.inactive_sessions_max);
  session.calls_per_office_max = {.calls = Small(gate.calls_per_office_max),
                                  .request_frames = Small(gate.request_frames_per_office_max),
                                  .request_bytes = gate.request_bytes_per_office_max};
  session.calls_per_state_max = {.calls = Small(gate.calls_per_state_max),
                                 .request_frames = Small(gate.request_frames_per_state_max),
                                 .request_bytes = gate.request_bytes_per_state_max};
  session.handshake_max = SecondsOf(gate.handshake_seconds_max);
  session.silence_max = SecondsOf(2 * limits.connection_idle_seconds + kSecondsLater);
  // gRPC spreads the ages by a tenth, and then lets calls end.
  session.age_max = SecondsOf(gate.session_seconds_max * 11 / 10 + 2 * kSecondsLater);
  session.untaken_max = SecondsOf(gate.untaken_seconds_max);
  FrameLimits& frames = session.frames;
  frames.calls_max = Small(gate.calls_per_session_max);
  frames.header_fields_max = Small(gate.header_fields_max);
  frames.bytes_before_request_max = Small(gate.bytes_before_request_max);
  frames.header_block_bytes_max = Small(gate.header_block_bytes_max);
  frames.header_block_frames_max = Small(gate.header_block_frames_max);
  frames.calls = RateOf(gate.calls_burst, gate.calls_per_second);
  frames.resets = RateOf(gate.resets_burst, gate.resets_per_second);
  frames.controls = RateOf(gate.controls_burst, gate.controls_per_second);
  frames.priorities = RateOf(gate.priorities_burst, gate.priorities_per_second);
  frames.window_updates = RateOf(gate.window_updates_burst, gate.window_updates_per_second);
  frames.empty_frames = RateOf(gate.empty_frames_burst, gate.empty_frames_per_second);
  frames.late_frames = RateOf(gate.late_frames_burst, gate.late_frames_per_second);
  return result;
}

uint64_t MakeRoomForSessions(const GateConfig& gate) {
  const uint64_t rest = kDescriptorsOfTheRest + (gate.balancers.empty() ? 0 : gate.handshakes_max);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return gate.sessions_max;
  }
  const uint64_t wanted = gate.sessions_max * kDescriptorsOfASession + rest;
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
    static_cast<void>(::getrlimit(RLIMIT_NOFILE, &limit));
  }
  const uint64_t left = limit.rlim_cur - std::min<rlim_t>(limit.rlim_cur, rest);
  return std::min(gate.sessions_max, left / kDescriptorsOfASession);
}

}  // namespace cbm
