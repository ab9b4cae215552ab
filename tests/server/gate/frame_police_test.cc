// What a client may send, and what ends its connection. Each abuse that gRPC 1.51 does not survive
// has a test here that counts how much of it gets through; and honest clients have theirs, since a
// police that stops them is worse than none.
//
// Bytes are written by hand, because no library would write most of them.

#include "server/gate/frame_police.h"

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/gate/gate_world.h"

namespace cbm {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr SteadyTime kStart = SteadyTime() + std::chrono::hours(1);
constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum Type : uint8_t {
  kData,
  kHeaders,
  kPriority,
  kRstStream,
  kSettings,
  kPushPromise,
  kPing,
  kGoaway,
  kWindowUpdate,
  kContinuation,
  kUnknown
};
constexpr uint8_t kEndStream = 1;
constexpr uint8_t kAck = 1;
constexpr uint8_t kEndHeaders = 4;
constexpr uint8_t kPadded = 8;

std::string Frame(Type type, uint8_t flags, uint32_t stream, size_t length) {
  return test::FrameOf(type, flags, stream, length);
}

std::string Begin() { return std::string(kPreface) + Frame(kSettings, 0, 0, 36); }

// HEADERS with one field, which has no end.
std::string LongField(uint8_t flags, uint32_t stream, size_t length) {
  const std::string begin("\x01\x7f\xff\xff\xff\x7f", 6);
  const std::string frame = Frame(kHeaders, flags, stream, length);
  return frame.substr(0, kFrameHeaderBytes) + begin +
         frame.substr(kFrameHeaderBytes + begin.size());
}

// HEADERS with so many fields of one byte.
std::string Fields(Type type, uint8_t flags, uint32_t stream, size_t count) {
  return Frame(type, flags, stream, count).substr(0, kFrameHeaderBytes) +
         std::string(count, '\x82');
}

const std::string kRequest = Frame(kHeaders, kEndHeaders, 1, 10);

class Police : public testing::Test {
 protected:
  std::optional<Violation> See(std::string_view bytes) { return police_->Inspect(bytes, now_); }

  void ExpectTaken(std::string_view bytes) {
    const auto violation = See(bytes);
    EXPECT_FALSE(violation.has_value()) << violation->what;
  }
  void ExpectEnd(std::string_view bytes, Http2Error error, std::string_view what) {
    violation_ = See(bytes);
    ExpectEnded(error, what);
  }
  void ExpectEnded(Http2Error error, std::string_view what) {
    ASSERT_TRUE(violation_.has_value());
    EXPECT_EQ(violation_->error, error);
    EXPECT_THAT(std::string(violation_->what), HasSubstr(std::string(what)));
  }

  // How many times in a row it is taken, up to a million.
  int CountTaken(const std::string& bytes) {
    for (int taken = 0; taken < 1'000'000; ++taken) {
      violation_ = See(bytes);
      if (violation_.has_value()) {
        return taken;
      }
    }
    return 1'000'000;
  }

  FrameLimits limits_;
  SteadyTime now_ = kStart;
  std::optional<Violation> violation_;
  std::optional<FramePolice> police_{limits_};
};

TEST_F(Police, LetsAnHonestClientWork) {
  ExpectTaken(Begin() + Frame(kWindowUpdate, 0, 0, 4) + Frame(kSettings, kAck, 0, 0));
  for (uint32_t call = 0; call < 50'000; ++call) {
    const uint32_t stream = 2 * call + 1;
    now_ += milliseconds(1);
    ASSERT_FALSE(
        See(Fields(kHeaders, kEndHeaders, stream, 20) + Frame(kData, kEndStream, stream, 500))
            .has_value());
    police_->Sent({.length = 9, .type = kHeaders, .flags = 5, .stream = stream});
    ASSERT_FALSE(
        See(Frame(kWindowUpdate, 0, 0, 4) + Frame(kWindowUpdate, 0, stream, 4)).has_value());
    if (call % 100 == 0) {  // Somebody gives up ten calls a second, and measures the line.
      ASSERT_FALSE(See(Frame(kRstStream, 0, stream, 4) + Frame(kPing, 0, 0, 8)).has_value());
    }
  }
  EXPECT_EQ(police_->last_stream(), 99'999U);
}

TEST_F(Police, SaysTheSameHoweverTheBytesAreCut) {
  const std::string good = Begin() + Frame(kHeaders, 0, 1, 30) + Frame(kContinuation, 4, 1, 30) +
                           Frame(kData, kEndStream, 1, 10);
  const std::string bad = good + Frame(kContinuation, kEndHeaders, 1, 1);
  for (size_t piece = 1; piece <= bad.size(); ++piece) {
    SCOPED_TRACE(piece);
    FramePolice police(limits_);
    std::optional<Violation> violation;
    size_t at = 0;
    for (; at < bad.size() && !violation.has_value(); at += piece) {
      violation = police.Inspect(std::string_view(bad).substr(at, piece), kStart);
    }
    ASSERT_TRUE(violation.has_value());
    EXPECT_EQ(violation->what, "a continuation of nothing");
    EXPECT_GT(at, good.size());
  }
}

TEST_F(Police, TakesNothingThatDoesNotBeginAsHttp2) {
  for (size_t at = 0; at < kPreface.size(); ++at) {
    SCOPED_TRACE(at);
    FramePolice police(limits_);
    std::string preface(kPreface);
    preface[at] ^= 0x20;
    // As early as the byte that is wrong.
    EXPECT_FALSE(police.Inspect(std::string_view(preface).substr(0, at), kStart).has_value());
    EXPECT_TRUE(police.Inspect(std::string_view(preface).substr(at, 1), kStart).has_value());
  }
  ExpectEnd("GET / HTTP/1.1\r\n", Http2Error::kProtocolError, "begin");
}

TEST_F(Police, BoundsTrailersWithoutEnd) {
  ExpectTaken(Begin() + kRequest);
  const std::string trailers = Frame(kHeaders, kEndHeaders | kEndStream, 1, 10);
  int taken = 0;
  while (!See(trailers).has_value() && taken < 1'000) {
    ++taken;
  }
  EXPECT_EQ(taken, 99);  // The settings were one of a hundred.
}

TEST_F(Police, TakesNoHeadersWithPaddingOrHalfAPriority) {
  constexpr uint8_t kWithPriority = 0x20;
  ExpectTaken(Begin());
  ExpectTaken(Frame(kHeaders, kEndHeaders | kWithPriority, 1, 5));
  ExpectEnd(Frame(kHeaders, kEndHeaders | kWithPriority, 3, 4), Http2Error::kFrameSizeError,
            "length");
  FramePolice other(limits_);
  ASSERT_FALSE(other.Inspect(Begin(), kStart).has_value());
  const auto violation = other.Inspect(Frame(kHeaders, kEndHeaders | kPadded, 1, 10), kStart);
  ASSERT_TRUE(violation.has_value());
  EXPECT_EQ(violation->error, Http2Error::kProtocolError);
}

TEST_F(Police, WantsSettingsFirst) {
  for (const std::string& first :
       {Frame(kPing, 0, 0, 8), Frame(kHeaders, kEndHeaders, 1, 10), Frame(kSettings, kAck, 0, 0)}) {
    FramePolice police(limits_);
    const auto violation = police.Inspect(std::string(kPreface) + first, kStart);
    ASSERT_TRUE(violation.has_value());
    EXPECT_EQ(violation->error, Http2Error::kProtocolError);
  }
}

TEST_F(Police, EndsRapidResets) {
  ExpectTaken(Begin());
  uint32_t stream = 1;
  while (!See(Frame(kHeaders, kEndHeaders, stream, 10) + Frame(kRstStream, 0, stream, 4))
              .has_value()) {
    stream += 2;
  }
  EXPECT_EQ(stream / 2, 200U);
}

TEST_F(Police, GivesResetsBackAtTheirRate) {
  ExpectTaken(Begin());
  for (int i = 0; i < 200; ++i) {
    ExpectTaken(Frame(kRstStream, 0, 1, 4));
  }
  now_ += std::chrono::seconds(1);
  EXPECT_EQ(CountTaken(Frame(kRstStream, 0, 1, 4)), 100);
  ExpectEnded(Http2Error::kEnhanceYourCalm, "resets");
}

TEST_F(Police, EndsFloodsOfEveryKindThatCostsTheClientNothing) {
  struct Flood {
    std::string frame;
    int most;
    std::string what;
  };
  // The first settings count too.
  for (const Flood& flood :
       {Flood{Frame(kPing, 0, 0, 8), 99, "pings"}, Flood{Frame(kPing, kAck, 0, 8), 99, "pings"},
        Flood{Frame(kSettings, 0, 0, 6), 99, "settings"},
        Flood{Frame(kSettings, kAck, 0, 0), 99, "settings"},
        Flood{Frame(kGoaway, 0, 0, 8), 99, "pings"}, Flood{Frame(kUnknown, 0, 0, 100), 99, "pings"},
        Flood{Frame(kPriority, 0, 1, 5), 100, "priorities"},
        Flood{Frame(kWindowUpdate, 0, 0, 4), 20'000, "window"},
        Flood{Frame(kData, 0, 1, 0), 100, "empty"},
        Flood{Frame(kData, kPadded, 1, 10), 100, "empty"}}) {
    SCOPED_TRACE(flood.what);
    police_.emplace(limits_);
    ExpectTaken(Begin() + kRequest);
    EXPECT_EQ(CountTaken(flood.frame), flood.most);
    ExpectEnded(Http2Error::kEnhanceYourCalm, flood.what);
  }
}

TEST_F(Police, EndsAFloodOfDataOfACallThatHasEndedAndOfNoOther) {
  const std::string data = Frame(kData, 0, 1, 1);
  ExpectTaken(Begin() + kRequest);
  EXPECT_EQ(CountTaken(data), 1'000'000);  // The session table counts these.
  police_.emplace(limits_);
  ExpectTaken(Begin() + kRequest + Frame(kRstStream, 0, 1, 4));
  EXPECT_EQ(CountTaken(data), 2'000);
  ExpectEnded(Http2Error::kEnhanceYourCalm, "calls that have ended");
}

TEST_F(Police, GivesDataOfEndedCallsBackAtItsRate) {
  ExpectTaken(Begin() + kRequest + Frame(kRstStream, 0, 1, 4));
  for (int i = 0; i < 2'000; ++i) {
    ExpectTaken(Frame(kData, 0, 1, 1));
  }
  now_ += std::chrono::seconds(1);
  EXPECT_EQ(CountTaken(Frame(kData, 0, 1, 1)), 200);
}

TEST_F(Police, DoesNotCountTheLastFrameOfAStreamAsEmpty) {
  ExpectTaken(Begin() + kRequest);
  EXPECT_EQ(CountTaken(Frame(kData, kEndStream, 1, 0)), 1'000'000);
}

TEST_F(Police, EndsAHeaderBlockThatIsTooLong) {
  ExpectTaken(Begin() + LongField(0, 1, 16'384));
  ExpectTaken(Frame(kContinuation, 0, 1, 16'384));  // 32 KiB to the byte.
  ExpectEnd(Frame(kContinuation, 0, 1, 1), Http2Error::kEnhanceYourCalm, "too many bytes");
}

TEST_F(Police, EndsAHeaderBlockOfTooManyFrames) {
  ExpectTaken(Begin() + Frame(kHeaders, 0, 1, 1));
  EXPECT_EQ(CountTaken(Frame(kContinuation, 0, 1, 0)), 7);
}

TEST_F(Police, CountsEachHeaderBlockForItself) {
  ExpectTaken(Begin());
  for (uint32_t stream = 1; stream < 100; stream += 2) {
    ExpectTaken(LongField(0, stream, 16'384) + Frame(kContinuation, kEndHeaders, stream, 16'384));
  }
}

TEST_F(Police, EndsAHeaderBlockOfTooManyFields) {
  ExpectTaken(Begin() + Fields(kHeaders, 0, 1, 50));
  ExpectTaken(Fields(kContinuation, kEndHeaders, 1, 14));
  ExpectTaken(Fields(kHeaders, 0, 3, 64));
  ExpectEnd(Fields(kContinuation, 0, 3, 1), Http2Error::kEnhanceYourCalm, "too many fields");
}

TEST_F(Police, EndsABlockOfTooManyFieldsBeforeItsEnd) {
  ExpectTaken(Begin());
  const std::string block = Fields(kHeaders, kEndHeaders, 1, 1'000);
  ExpectTaken(std::string_view(block).substr(0, kFrameHeaderBytes + 64));
  ExpectEnd(std::string_view(block).substr(kFrameHeaderBytes + 64, 1), Http2Error::kEnhanceYourCalm,
            "too many fields");
}

TEST_F(Police, EndsTooManyCallsAtOnceThoughTheClientNeverHeardOfABound) {
  ExpectTaken(Begin());
  uint32_t stream = 1;
  for (; stream < 200; stream += 2) {
    ExpectTaken(Fields(kHeaders, kEndHeaders, stream, 1));
  }
  EXPECT_EQ(police_->use().calls, 100U);
  ExpectTaken(Fields(kHeaders, kEndHeaders | kEndStream, 1, 1));  // Trailers: no new call.
  ExpectEnd(Fields(kHeaders, kEndHeaders, stream, 1), Http2Error::kEnhanceYourCalm,
            "too many calls");
}

TEST_F(Police, EndsTooManyNewCallsASecondThoughEachHasEnded) {
  limits_.calls = {.burst = 3, .per_second = 1};
  police_.emplace(limits_);
  ExpectTaken(Begin());
  const auto call = [this](uint32_t stream) {
    ExpectTaken(Fields(kHeaders, kEndHeaders | kEndStream, stream, 1));
    police_->Sent(
        {.length = 0, .type = kHeaders, .flags = kEndHeaders | kEndStream, .stream = stream});
  };
  call(1);
  call(3);
  call(5);
  now_ += std::chrono::seconds(1);
  call(7);
  ExpectEnd(Fields(kHeaders, kEndHeaders, 9, 1), Http2Error::kEnhanceYourCalm,
            "too many calls a second");
}

TEST_F(Police, CountsACallUntilEitherSideEndsIt) {
  const auto head = [](Type type, uint8_t flags, uint32_t stream) {
    return FrameHeader{.length = 0, .type = type, .flags = flags, .stream = stream};
  };
  ExpectTaken(Begin());
  for (uint32_t stream = 1; stream < 11; stream += 2) {
    ExpectTaken(Fields(kHeaders, kEndHeaders | kEndStream, stream, 1));
  }
  EXPECT_EQ(police_->use().calls, 5U) << "the answer is still to come";
  police_->Sent(head(kHeaders, kEndHeaders, 1));
  police_->Sent(head(kData, 0, 1));
  police_->Sent(head(kWindowUpdate, 1, 1));
  EXPECT_EQ(police_->use().calls, 5U);
  police_->Sent(head(kHeaders, kEndHeaders | kEndStream, 1));
  police_->Sent(head(kRstStream, 0, 1));  // Once more is no other.
  EXPECT_EQ(police_->use().calls, 4U);
  police_->Sent(head(kData, kEndStream, 3));
  police_->Sent(head(kRstStream, 0, 5));
  ExpectTaken(Frame(kRstStream, 0, 7, 4));
  EXPECT_EQ(police_->use().calls, 1U);
}

TEST_F(Police, CountsWhatARequestSendsUntilItsCallEnds) {
  ExpectTaken(Begin());
  for (const uint32_t stream : {1U, 3U, 5U}) {
    ExpectTaken(Fields(kHeaders, kEndHeaders, stream, 1) + Frame(kData, 0, stream, 100) +
                Frame(kData, kEndStream, stream, 10));
  }
  EXPECT_EQ(police_->use(), (CallUse{.calls = 3, .request_frames = 6, .request_bytes = 330}));
  ExpectTaken(Frame(kRstStream, 0, 3, 4));
  EXPECT_EQ(police_->use(), (CallUse{.calls = 2, .request_frames = 4, .request_bytes = 220}));
  ExpectTaken(Frame(kData, 0, 3, 50));  // Was under way.
  EXPECT_EQ(police_->use(), (CallUse{.calls = 2, .request_frames = 4, .request_bytes = 220}));
  police_->Sent({.length = 0, .type = kHeaders, .flags = kEndHeaders | kEndStream, .stream = 1});
  police_->Sent({.length = 4, .type = kRstStream, .flags = 0, .stream = 5});
  EXPECT_EQ(police_->use(), CallUse());
}

TEST_F(Police, TakesNoDataOfACallThatWasNeverBegun) {
  ExpectTaken(Begin() + Fields(kHeaders, kEndHeaders, 3, 1) + Frame(kData, 0, 1, 10));
  ExpectEnd(Frame(kData, 0, 5, 10), Http2Error::kProtocolError, "never begun");
}

TEST_F(Police, TakesNothingElseWithinAHeaderBlock) {
  for (const std::string& other :
       {Frame(kData, 0, 1, 1), Frame(kHeaders, kEndHeaders, 3, 1), Frame(kPing, 0, 0, 8),
        Frame(kContinuation, kEndHeaders, 3, 1), Frame(kUnknown, 0, 1, 1)}) {
    FramePolice police(limits_);
    EXPECT_FALSE(police.Inspect(Begin() + Frame(kHeaders, 0, 1, 1), kStart).has_value());
    const auto violation = police.Inspect(other, kStart);
    ASSERT_TRUE(violation.has_value());
    EXPECT_EQ(violation->error, Http2Error::kProtocolError);
  }
}

TEST_F(Police, EndsAFrameThatIsTooLongBeforeItsPayloadComes) {
  ExpectTaken(Begin() + kRequest + Frame(kData, 0, 1, 16'384));
  ExpectEnd(Frame(kData, 0, 1, 16'385).substr(0, 9), Http2Error::kFrameSizeError, "too long");
}

TEST_F(Police, KnowsHowLongFramesAre) {
  for (const std::string& frame :
       {Frame(kPriority, 0, 1, 4), Frame(kRstStream, 0, 1, 5), Frame(kPing, 0, 0, 7),
        Frame(kSettings, 0, 0, 5), Frame(kSettings, kAck, 0, 6), Frame(kGoaway, 0, 0, 7),
        Frame(kWindowUpdate, 0, 0, 3)}) {
    FramePolice police(limits_);
    const auto violation = police.Inspect(Begin() + frame, kStart);
    ASSERT_TRUE(violation.has_value());
    EXPECT_EQ(violation->error, Http2Error::kFrameSizeError);
  }
}

TEST_F(Police, KnowsWhichFramesAreOfAStreamAndWhichOfTheConnection) {
  for (const std::string& frame :
       {Frame(kData, 0, 0, 1), Frame(kHeaders, kEndHeaders, 0, 1), Frame(kPriority, 0, 0, 5),
        Frame(kRstStream, 0, 0, 4), Frame(kSettings, 0, 1, 6), Frame(kPing, 0, 1, 8),
        Frame(kGoaway, 0, 1, 8), Frame(kPushPromise, kEndHeaders, 1, 4)}) {
    FramePolice police(limits_);
    const auto violation = police.Inspect(Begin() + frame, kStart);
    ASSERT_TRUE(violation.has_value());
    EXPECT_EQ(violation->error, Http2Error::kProtocolError);
  }
}

TEST_F(Police, TakesNoFrameOfSettingsWithoutEnd) {
  ExpectEnd(Begin() + Frame(kSettings, 0, 0, 390), Http2Error::kEnhanceYourCalm, "settings");
}

TEST_F(Police, BoundsWhatComesBeforeTheFirstRequest) {
  limits_.bytes_before_request_max = 1'000;
  FramePolice police(limits_);
  EXPECT_FALSE(police.Inspect(Begin(), kStart).has_value());
  EXPECT_FALSE(police.Inspect(Frame(kGoaway, 0, 0, 800), kStart).has_value());
  const auto violation = police.Inspect(Frame(kGoaway, 0, 0, 800), kStart);
  ASSERT_TRUE(violation.has_value());
  EXPECT_EQ(violation->error, Http2Error::kEnhanceYourCalm);

  // Also in one piece with the request.
  FramePolice whole(limits_);
  EXPECT_TRUE(whole.Inspect(Begin() + Frame(kGoaway, 0, 0, 1'000) + kRequest, kStart).has_value());

  FramePolice patient(limits_);
  EXPECT_FALSE(patient.Inspect(Begin() + Frame(kHeaders, kEndHeaders, 1, 10), kStart).has_value());
  EXPECT_FALSE(patient.Inspect(Frame(kData, kEndStream, 1, 8'000), kStart).has_value());
}

}  // namespace
}  // namespace cbm
