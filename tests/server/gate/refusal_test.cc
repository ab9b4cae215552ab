// What is said of a call whose request is too long, byte for byte. That gRPC's clients understand
// it, tests/integration/long_request_test.cc sees.

#include "server/gate/refusal.h"

#include <string>

#include "gtest/gtest.h"

namespace cbm {
namespace {

TEST(Refusal, IsAnAnswerWithoutAMessageAndAResetWithoutAnError) {
  const std::string block = std::string("\x88\x0f\x10\x10") + "application/grpc" +
                            std::string("\0\x0bgrpc-status", 13) + "\x01" + "3" +
                            std::string("\0\x0cgrpc-message\x44", 15) +
                            "the request has 2097153 bytes; at most 2097152 are taken: shorten it";
  ASSERT_EQ(block.size(), 0x76U);
  EXPECT_EQ(Refusal({.stream = 0x0102'0305, .bytes = 2'097'153}, 2'097'152),
            std::string("\x00\x00\x76\x01\x05\x01\x02\x03\x05", 9) + block +
                std::string("\x00\x00\x04\x03\x00\x01\x02\x03\x05\x00\x00\x00\x00", 13));
}

// HPACK would write the length of a longer text in two bytes.
TEST(Refusal, HasAShortReasonWhateverTheNumbersAre) {
  const std::string longest = Refusal({.stream = 1, .bytes = UINT32_MAX}, UINT32_MAX);
  EXPECT_LT(longest.size(), 9U + 20U + 15U + 15U + 127U + 13U);
}

TEST(Cancellation, IsAReset) {
  EXPECT_EQ(Cancellation({.stream = 0x0102'0305}),
            std::string("\x00\x00\x04\x03\x00\x01\x02\x03\x05\x00\x00\x00\x08", 13));
}

}  // namespace
}  // namespace cbm
