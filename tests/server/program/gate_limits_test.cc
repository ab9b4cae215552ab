// The gate's bounds are those of the configuration: without one it has the same as the example, and
// each key moves the bound that it names.

#include "server/program/gate_limits.h"

#include <sys/resource.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cbm {
namespace {

void ExpectSame(const Rate& a, const Rate& b) {
  EXPECT_EQ(a.burst, b.burst);
  EXPECT_EQ(a.per_second, b.per_second);
}

TEST(GateLimits, AreTheGatesOwnWhereNothingIsConfigured) {
  const GateLimits made = GateLimitsOf(GateConfig(), LimitsConfig());
  const GateLimits own;
  EXPECT_EQ(made.threads, own.threads);
  EXPECT_EQ(made.handshake_threads, own.handshake_threads);
  EXPECT_EQ(made.balancers, own.balancers);
  EXPECT_EQ(made.penalties.abuses_burst, own.penalties.abuses_burst);
  EXPECT_EQ(made.penalties.forgiven_in, own.penalties.forgiven_in);
  EXPECT_EQ(made.admission.sessions_max, own.admission.sessions_max);
  EXPECT_EQ(made.admission.sessions_per_source_max, own.admission.sessions_per_source_max);
  EXPECT_EQ(made.admission.handshakes_max, own.admission.handshakes_max);
  EXPECT_EQ(made.admission.handshakes_per_source_max, own.admission.handshakes_per_source_max);
  EXPECT_EQ(made.session.sessions_per_office_max, own.session.sessions_per_office_max);
  EXPECT_EQ(made.session.sessions_per_state_max, own.session.sessions_per_state_max);
  EXPECT_EQ(made.session.inactive_sessions_max, own.session.inactive_sessions_max);
  EXPECT_EQ(made.session.calls_per_office_max, own.session.calls_per_office_max);
  EXPECT_EQ(made.session.calls_per_state_max, own.session.calls_per_state_max);
  EXPECT_EQ(made.session.handshake_max, own.session.handshake_max);
  EXPECT_EQ(made.session.untaken_max, own.session.untaken_max);
  const FrameLimits& frames = made.session.frames;
  EXPECT_EQ(frames.calls_max, own.session.frames.calls_max);
  EXPECT_EQ(frames.header_fields_max, own.session.frames.header_fields_max);
  EXPECT_EQ(frames.bytes_before_request_max, own.session.frames.bytes_before_request_max);
  EXPECT_EQ(frames.header_block_bytes_max, own.session.frames.header_block_bytes_max);
  EXPECT_EQ(frames.header_block_frames_max, own.session.frames.header_block_frames_max);
  ExpectSame(frames.calls, own.session.frames.calls);
  ExpectSame(frames.resets, own.session.frames.resets);
  ExpectSame(frames.controls, own.session.frames.controls);
  ExpectSame(frames.priorities, own.session.frames.priorities);
  ExpectSame(frames.window_updates, own.session.frames.window_updates);
  ExpectSame(frames.empty_frames, own.session.frames.empty_frames);
  ExpectSame(frames.late_frames, own.session.frames.late_frames);
}

TEST(GateLimits, FollowTheConfiguration) {
  GateConfig gate;
  gate.calls_burst = 9;
  gate.calls_per_second = 10;
  gate.resets_burst = 11;
  gate.resets_per_second = 12;
  gate.controls_burst = 13;
  gate.controls_per_second = 14;
  gate.sessions_max = 15;
  gate.handshake_seconds_max = 16;
  gate.abuses_burst = 17;
  gate.abuses_per_minute = 60;
  gate.balancers = {"192.0.2.7"};
  gate.inactive_sessions_max = 18;
  gate.sessions_per_state_max = 31;
  gate.calls_per_session_max = 19;
  gate.calls_per_office_max = 20;
  gate.request_frames_per_office_max = 21;
  gate.request_bytes_per_office_max = 22;
  gate.calls_per_state_max = 24;
  gate.request_frames_per_state_max = 25;
  gate.request_bytes_per_state_max = 26;
  gate.header_fields_max = 23;
  gate.late_frames_burst = 2'701;
  gate.late_frames_per_second = 28;
  gate.threads = 29;
  gate.handshake_threads = 30;
  gate.sessions_per_source_max = 32;
  gate.sessions_per_office_max = 33;
  gate.handshakes_max = 34;
  gate.handshakes_per_source_max = 35;
  gate.untaken_seconds_max = 36;
  gate.bytes_before_request_max = 37;
  gate.header_block_bytes_max = 38;
  gate.header_block_frames_max = 39;
  gate.priorities_burst = 40;
  gate.priorities_per_second = 41;
  gate.window_updates_burst = 42;
  gate.window_updates_per_second = 43;
  gate.empty_frames_burst = 44;
  gate.empty_frames_per_second = 45;
  const GateLimits made = GateLimitsOf(gate, LimitsConfig());
  ExpectSame(made.session.frames.calls, {.burst = 9, .per_second = 10});
  ExpectSame(made.session.frames.resets, {.burst = 11, .per_second = 12});
  ExpectSame(made.session.frames.controls, {.burst = 13, .per_second = 14});
  ExpectSame(made.session.frames.late_frames, {.burst = 2'701, .per_second = 28});
  ExpectSame(made.session.frames.priorities, {.burst = 40, .per_second = 41});
  ExpectSame(made.session.frames.window_updates, {.burst = 42, .per_second = 43});
  ExpectSame(made.session.frames.empty_frames, {.burst = 44, .per_second = 45});
  EXPECT_EQ(made.threads, 29U);
  EXPECT_EQ(made.handshake_threads, 30U);
  EXPECT_EQ(made.admission.sessions_per_source_max, 32U);
  EXPECT_EQ(made.session.sessions_per_office_max, 33U);
  EXPECT_EQ(made.admission.handshakes_max, 34U);
  EXPECT_EQ(made.admission.handshakes_per_source_max, 35U);
  EXPECT_EQ(made.session.untaken_max, std::chrono::seconds(36));
  EXPECT_EQ(made.session.frames.bytes_before_request_max, 37U);
  EXPECT_EQ(made.session.frames.header_block_bytes_max, 38U);
  EXPECT_EQ(made.session.frames.header_block_frames_max, 39U);
  EXPECT_EQ(made.admission.sessions_max, 15U);
  EXPECT_EQ(made.session.inactive_sessions_max, 18U);
  EXPECT_EQ(made.session.sessions_per_state_max, 31U);
  EXPECT_EQ(made.session.frames.calls_max, 19U);
  EXPECT_EQ(made.session.calls_per_office_max,
            (CallUse{.calls = 20, .request_frames = 21, .request_bytes = 22}));
  EXPECT_EQ(made.session.calls_per_state_max,
            (CallUse{.calls = 24, .request_frames = 25, .request_bytes = 26}));
  EXPECT_EQ(made.session.frames.header_fields_max, 23U);
  EXPECT_EQ(made.balancers, gate.balancers);
  EXPECT_EQ(made.session.handshake_max, std::chrono::seconds(16));
  EXPECT_EQ(made.penalties.abuses_burst, 17U);
  EXPECT_EQ(made.penalties.forgiven_in, std::chrono::seconds(1));
}

TEST(GateLimits, EndWhatGrpcShouldHaveEnded) {
  GateConfig gate;
  LimitsConfig limits;
  limits.connection_idle_seconds = 100;
  gate.session_seconds_max = 1'000;
  const GateLimits made = GateLimitsOf(gate, limits);
  EXPECT_GT(made.session.silence_max, std::chrono::seconds(200));
  // gRPC spreads ages by a tenth, and gives calls another minute.
  EXPECT_GT(made.session.age_max, std::chrono::seconds(1'160));
}

class Descriptors : public testing::Test {
 protected:
  Descriptors() { EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0); }
  ~Descriptors() override { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before_), 0); }

  rlimit before_{};
};

GateConfig Sessions(uint64_t max) {
  GateConfig gate;
  gate.sessions_max = max;
  return gate;
}

TEST_F(Descriptors, AreKeptForWhoWaitsBehindABalancer) {
  GateConfig gate = Sessions(uint64_t{1} << 40U);
  gate.handshakes_max = 90;
  gate.balancers = {"192.0.2.7"};
  EXPECT_EQ(MakeRoomForSessions(gate), (before_.rlim_max - 256 - 90) / 3);
}

TEST_F(Descriptors, AreAskedForAsManyAsSessionsNeed) {
  rlimit few = before_;
  few.rlim_cur = 300;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  EXPECT_EQ(MakeRoomForSessions(Sessions(100)), 100U);
  rlimit now{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &now), 0);
  EXPECT_EQ(now.rlim_cur, 556U);
}

TEST_F(Descriptors, AreNotGivenUpWhereThereAreMore) {
  EXPECT_EQ(MakeRoomForSessions(Sessions(1)), 1U);
  rlimit now{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &now), 0);
  EXPECT_GE(now.rlim_cur, before_.rlim_cur);
}

TEST_F(Descriptors, BoundTheSessionsWhereNoMoreCanBeHad) {
  const uint64_t fit = MakeRoomForSessions(Sessions(uint64_t{1} << 40U));
  EXPECT_EQ(fit, (before_.rlim_max - 256) / 3);
}

}  // namespace
}  // namespace cbm
