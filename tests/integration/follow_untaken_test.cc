// Following a ledger and taking nothing: HTTP/2 lets a client keep an answer waiting in the
// server's memory. Such a stream is cut, and forgotten however it ends.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/following.h"
#include "tests/support/raw_calls.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls_client.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::ServedExchange;
using ::cbm::test::TestOffice;

class FollowUntaken : public testing::Test {
 protected:
  static constexpr std::array<uint8_t, 4> kStreams = {1, 3, 5,
                                                      7};  // As many as an office may have.
  // RFC 9113, section 6.
  static constexpr uint8_t kHeaders = 1;
  static constexpr uint8_t kReset = 3;
  static constexpr uint8_t kSettings = 4;
  static constexpr size_t kEndStream = 1;
  static constexpr std::string_view kCut =
      "\"method\":\"Follow\",\"party\":\"LV\",\"office\":\"duty\",\"code\":\"RESOURCE_EXHAUSTED\"";
  static constexpr int kTriesMax = 400;  // Far from what an office may read.

  // Follows in all streams over one connection, on which no answer may be sent.
  std::unique_ptr<test::TlsClient> BeginStalled() {
    auto client = std::make_unique<test::TlsClient>(
        exchange_.address(),
        test::TlsOffer{.version = test::kTls13, .certificate = &latvia_.credential});
    v1::FollowRequest request;
    *request.add_cursors() = CursorOf("state/LV");
    // SETTINGS_INITIAL_WINDOW_SIZE is 0.
    std::string calls = std::string(test::kHttp2Preface) +
                        test::FrameOn(0, kSettings, 0, std::string_view("\0\4\0\0\0\0", 6));
    for (const uint8_t stream : kStreams) {
      calls += test::CallOf(stream, "/cbm.v1.LedgerService/Follow", request.SerializeAsString());
    }
    EXPECT_TRUE(client->Write(calls));
    for (size_t begun = 0;
         begun < kStreams.size();) {  // Headers go before an answer, window or not.
      const std::string frame = client->ReadExactly(9);
      if (frame.size() < 9) {
        ADD_FAILURE() << "the connection was ended";
        break;
      }
      const auto byte = [&](size_t i) {
        return static_cast<size_t>(static_cast<uint8_t>(frame[i]));
      };
      client->ReadExactly(byte(0) << 16 | byte(1) << 8 | byte(2));
      if (byte(3) == kHeaders) {
        EXPECT_EQ(byte(4) & kEndStream, 0U) << "it was refused";
        ++begun;
      }
    }
    return client;
  }

  bool AllStreamsAreFree() {
    std::vector<std::unique_ptr<Following>> all;
    for (size_t i = 0; i < kStreams.size(); ++i) {
      all.push_back(BeginLatvia());
      if (!all.back()->Next().ok()) {
        return false;
      }
    }
    return true;
  }
  // Waits until the server has heard that all have ended.
  void AwaitAllStreams() {
    for (int i = 0; i < kTriesMax; ++i) {
      if (AllStreamsAreFree()) {
        return;
      }
    }
    FAIL() << "streams are kept";
  }

  // Has those that take nothing cut, and waits until they are.
  void CutThem() {
    exchange_.clock().Advance(absl::Seconds(31));
    exchange_.server().Tick();
    for (size_t cut = 0; cut < kStreams.size(); cut = 0) {
      const std::string log = exchange_.LogText();
      for (size_t at = 0; (at = log.find(kCut, at)) != std::string::npos; ++at) {
        ++cut;
      }
      if (cut >= kStreams.size()) {
        return;
      }
      std::this_thread::yield();
    }
  }

  std::unique_ptr<Following> BeginLatvia() {
    return std::make_unique<Following>(exchange_.Channel(latvia_),
                                       std::vector<v1::Cursor>{CursorOf("state/LV")});
  }

  ServedExchange exchange_;
  const TestOffice& latvia_ = exchange_.Office("LV");
  std::unique_ptr<test::TlsClient> stalled_ = BeginStalled();
};

TEST_F(FollowUntaken, IsCutAndForgottenWhenItIsReset) {
  CutThem();
  std::string resets;
  for (const uint8_t stream : kStreams) {
    resets += test::FrameOn(stream, kReset, 0, std::string_view("\0\0\0\x08", 4));
  }
  ASSERT_TRUE(stalled_->Write(resets));
  AwaitAllStreams();
}

TEST_F(FollowUntaken, IsCutAndForgottenWhenItsConnectionEnds) {
  CutThem();
  stalled_.reset();
  AwaitAllStreams();
}

TEST_F(FollowUntaken, IsForgottenWhenItsConnectionEndsBeforeItIsCut) {
  EXPECT_THAT(BeginLatvia()->Next(), HasCode(absl::StatusCode::kResourceExhausted));
  stalled_.reset();
  AwaitAllStreams();
}

TEST_F(FollowUntaken, DoesNotHoldUpTheEndOfTheExchange) {
  exchange_.server().Drain(absl::ZeroDuration());
}

}  // namespace
}  // namespace cbm
