// A request that says of itself that it is too long is refused before it comes: alone, so that what
// else its client does goes on, and for less than it costs who sends it. gRPC would keep all of it
// before it looks at its length.

#include <sys/socket.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/gate/frame_police.h"
#include "server/gate/frame_writer.h"
#include "server/gate/refusal.h"
#include "tests/server/gate/gate_world.h"

namespace cbm::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr SteadyTime kNow = SteadyTime() + std::chrono::hours(1);
constexpr uint32_t kBytesMax = 2 * 1024 * 1024;

constexpr uint8_t kData = 0;
constexpr uint8_t kHeaders = 1;
constexpr uint8_t kReset = 3;
constexpr uint8_t kContinuation = 9;
constexpr uint8_t kEndStream = 1;
constexpr uint8_t kEndHeaders = 4;
constexpr uint8_t kPadded = 8;

const std::string kHello = std::string(kHttp2Preface) + std::string(kEmptySettings);

std::string Call(uint32_t stream) { return FrameOf(kHeaders, kEndHeaders, stream, 10); }

// The first frame of a request that says that it has so many bytes.
std::string Request(uint32_t stream, uint32_t bytes, size_t come = 100, uint8_t flags = 0) {
  return WriteFrame(kData, flags, stream,
                    std::string(1, '\0') + BigEndian(bytes) + std::string(come, 'x'));
}

class LongRequests : public testing::Test {
 protected:
  // What is to be refused of `bytes`, by its stream and its length.
  std::vector<std::pair<uint32_t, uint32_t>> Refused(std::string_view bytes) {
    const auto violation = police_.Inspect(bytes, kNow);
    EXPECT_FALSE(violation.has_value()) << violation->what;
    std::vector<std::pair<uint32_t, uint32_t>> refused;
    for (const LongRequest& request : police_.long_requests()) {
      refused.emplace_back(request.stream, request.bytes);
    }
    return refused;
  }

  FramePolice police_{FrameLimits()};
};

TEST_F(LongRequests, AreThosePastTheBound) {
  EXPECT_THAT(Refused(kHello + Call(1) + Request(1, kBytesMax)), IsEmpty());
  EXPECT_THAT(Refused(Call(3) + Request(3, kBytesMax + 1)), ElementsAre(Pair(3, kBytesMax + 1)));
  EXPECT_THAT(Refused(Call(5) + Request(5, UINT32_MAX, 0, kEndStream)),
              ElementsAre(Pair(5, UINT32_MAX)));
  EXPECT_THAT(Refused(Call(7) + Request(7, 0)), IsEmpty());
}

// A request is told from the one before by the bytes last inspected.
TEST_F(LongRequests, AreToldOnce) {
  EXPECT_THAT(Refused(kHello + Call(1) + Request(1, UINT32_MAX)), ElementsAre(Pair(1, UINT32_MAX)));
  EXPECT_THAT(Refused(Call(3) + Request(1, UINT32_MAX)), IsEmpty());
}

TEST_F(LongRequests, AreSeenWhereTheirFrameEnds) {
  const std::string first = kHello + Call(1) + Request(1, UINT32_MAX);
  const std::string second =
      Call(3) + Request(3, 10) + Request(3, UINT32_MAX) + Call(5) + Request(5, UINT32_MAX, 16'000);
  Refused(first + second + Call(7));
  ASSERT_EQ(police_.long_requests().size(), 2U);
  EXPECT_EQ(police_.long_requests()[0].seen_at, first.size());
  EXPECT_EQ(police_.long_requests()[1].stream, 5U);
  EXPECT_EQ(police_.long_requests()[1].seen_at, first.size() + second.size());
}

TEST_F(LongRequests, AreSeenHoweverTheBytesAreCut) {
  std::string bytes = kHello + Call(1);
  const std::string length = std::string(1, '\1') + BigEndian(kBytesMax + 1);
  for (const char byte : length) {  // And however the request is cut into frames.
    bytes += WriteFrame(kData, 0, 1, std::string(1, byte));
  }
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    FramePolice police((FrameLimits()));
    size_t refused = 0;
    for (size_t at = 0; at < bytes.size(); at += piece) {
      EXPECT_EQ(refused, 0U);
      ASSERT_FALSE(police.Inspect(std::string_view(bytes).substr(at, piece), kNow).has_value());
      refused += police.long_requests().size();
    }
    ASSERT_EQ(refused, 1U) << piece;
    EXPECT_EQ(police.long_requests()[0].bytes, kBytesMax + 1);
    EXPECT_EQ(police.long_requests()[0].seen_at, (bytes.size() - 1) % piece + 1);
  }
}

TEST_F(LongRequests, HoldNothingOnceTheyAreRefused) {
  const std::string request = Request(1, UINT32_MAX, 16'000);
  Refused(kHello + Call(1) + request.substr(0, request.size() - 1));
  EXPECT_EQ(police_.use(), (CallUse{.calls = 1, .request_frames = 1, .request_bytes = 16'005}));
  Refused(request.substr(request.size() - 1));
  EXPECT_EQ(police_.use(), CallUse());
  EXPECT_THAT(Refused(Call(3)), IsEmpty());
  EXPECT_EQ(police_.use(), CallUse{.calls = 1});
}

TEST_F(LongRequests, OfCallsThatHaveEndedAreNotRefused) {
  const std::string request = Request(1, UINT32_MAX);
  EXPECT_THAT(Refused(kHello + Call(1) + request.substr(0, 20)), IsEmpty());
  police_.Sent({.length = 4, .type = kReset, .flags = 0, .stream = 1});
  EXPECT_THAT(Refused(request.substr(20)), IsEmpty());
  EXPECT_THAT(Refused(Call(3) + FrameOf(kReset, 0, 3, 4) + Request(3, UINT32_MAX)), IsEmpty());
}

// gRPC ends a call for such a frame, whatever is in it.
TEST_F(LongRequests, AreNotLookedForInPaddedData) {
  EXPECT_THAT(Refused(kHello + Call(1) + Request(1, UINT32_MAX, 100, kPadded)), IsEmpty());
  EXPECT_EQ(police_.use().calls, 1U);
}

// Each costs an answer.
TEST_F(LongRequests, AreBoundedAsResetsAre) {
  Refused(kHello);
  std::optional<Violation> violation;
  uint32_t refused = 0;
  for (uint32_t stream = 1; !violation.has_value() && stream < 10'000; stream += 2, ++refused) {
    violation = police_.Inspect(Call(stream) + Request(stream, UINT32_MAX, 0), kNow);
  }
  ASSERT_TRUE(violation.has_value());
  EXPECT_EQ(refused, FrameLimits().resets.burst + 1);
  EXPECT_EQ(violation->error, Http2Error::kEnhanceYourCalm);
  EXPECT_THAT(std::string(violation->what), HasSubstr("requests that are too long"));
}

// What is sent on, though nobody wants it, is bounded as all data of ended calls is.
TEST_F(LongRequests, ThatAreSentOnWithoutEndEndTheSession) {
  Refused(kHello + Call(1) + Request(1, UINT32_MAX));
  const std::string more = FrameOf(kData, 0, 1, 16'000);
  std::optional<Violation> violation;
  uint32_t taken = 0;
  while (!violation.has_value() && taken < 10'000) {
    violation = police_.Inspect(more, kNow);
    taken += violation.has_value() ? 0U : 1U;
    EXPECT_EQ(police_.use(), CallUse());
  }
  EXPECT_EQ(taken, FrameLimits().late_frames.burst);
}

// ---- In a session, with a test in gRPC's place ----

using Session = GateWorld;

constexpr LongRequest kFirst{.stream = 1, .bytes = kBytesMax + 1};
const std::string kRefusal = Refusal(kFirst, kBytesMax);

TEST_F(Session, RefusesALongRequestAndGoesOnWithTheOthers) {
  Open session = OpenSession();
  const std::string before = Call(1) + Call(3) + Request(1, kBytesMax + 1, 16'000);
  const std::string after = Request(3, 5'000, 5'000) + Request(1, 1, 2'000) + Call(5);
  ASSERT_TRUE(session.client->Write(before + after));
  const std::string passed = before + Cancellation(kFirst) + after;
  EXPECT_EQ(session.server.Read(passed.size()), passed);
  EXPECT_EQ(session.client->ReadExactly(kRefusal.size()), kRefusal);
  const std::string answer = FrameOf(kHeaders, kEndHeaders | kEndStream, 3, 50);
  ASSERT_TRUE(session.server.Write(answer));
  EXPECT_EQ(session.client->ReadExactly(answer.size()), answer);
  EXPECT_EQ(events(), 0U);
}

TEST_F(Session, RefusesALongRequestBetweenWhatGrpcSays) {
  const std::string block =
      FrameOf(kHeaders, 0, 3, 50) + FrameOf(kContinuation, kEndHeaders, 3, 20'000);
  for (const size_t said : {size_t{5}, size_t{30}, size_t{59}, size_t{65}, size_t{15'000}}) {
    Open session = OpenSession();
    const std::string request = Call(1) + Request(1, kBytesMax + 1);
    ASSERT_TRUE(session.server.Write(block.substr(0, said)));
    EXPECT_EQ(session.client->ReadExactly(said), block.substr(0, said));
    ASSERT_TRUE(session.client->Write(request));
    const std::string passed = request + Cancellation(kFirst);
    EXPECT_EQ(session.server.Read(passed.size()), passed);
    const std::string answer = FrameOf(kData, kEndStream, 3, 100);
    ASSERT_TRUE(session.server.Write(block.substr(said) + answer));
    EXPECT_EQ(session.client->ReadExactly(block.size() - said + kRefusal.size() + answer.size()),
              block.substr(said) + kRefusal + answer);
  }
}

// A gate of one thread: when it has served one session, it has done what it can for the others.
class Untaken : public GateWorld {
 protected:
  Untaken() : GateWorld(OneThread()) {}

  // Has it pass something on, twice: what it began before is over by then.
  static void Serve(const Open& session) {
    const std::string reset = FrameOf(kReset, 0, 1, 4);
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(session.client->Write(reset));
      ASSERT_EQ(session.server.Read(reset.size()), reset);
    }
  }

 private:
  static GateLimits OneThread() {
    GateLimits limits;
    limits.threads = 1;
    return limits;
  }
};

TEST_F(Untaken, RefusalKeepsItsClientWaitingAndNobodyElse) {
  Open session = OpenSession();
  Open other = OpenSession();
  // As much as nobody takes: then nothing can be said to the client.
  const std::string frame = FrameOf(kData, 0, 9, 16'000);
  std::string said;
  for (size_t sent = 1, all = 0; sent > 0 || all < said.size();) {
    if (sent == 0) {
      all = said.size();
      Serve(other);
    }
    sent = session.server.WriteUntilFull(frame.substr(said.size() % frame.size()));
    said += frame.substr(said.size() % frame.size(), sent);
  }
  const std::string request = Call(1) + Request(1, kBytesMax + 1);
  ASSERT_TRUE(session.client->Write(request));
  const std::string passed = request + Cancellation(kFirst);
  EXPECT_EQ(session.server.Read(passed.size()), passed);
  ASSERT_TRUE(session.client->Write(Call(3)));
  Serve(other);
  char byte = 0;
  EXPECT_EQ(::recv(session.server.descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT), -1);

  std::string taken = session.client->ReadExactly(said.size());
  const std::string rest = frame.substr((said.size() + frame.size() - 1) % frame.size() + 1);
  ASSERT_TRUE(session.server.Write(rest));
  said += rest;
  taken += session.client->ReadExactly(said.size() + kRefusal.size() - taken.size());
  const size_t at = taken.find(kRefusal);
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(at % frame.size(), 0U);
  EXPECT_EQ(taken.erase(at, kRefusal.size()) == said, true);
  EXPECT_EQ(session.server.Read(Call(3).size()), Call(3));
}

}  // namespace
}  // namespace cbm::test
