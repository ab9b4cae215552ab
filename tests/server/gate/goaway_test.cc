// The frame that tells a client why it is ended, byte for byte (RFC 9113, section 6.8).

#include "server/gate/goaway.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/gate/frame_cursor.h"

namespace cbm {
namespace {

TEST(Goaway, IsWrittenAsHttp2HasIt) {
  const std::string frame =
      Goaway({.error = Http2Error::kEnhanceYourCalm, .what = "calm"}, 0x0102'0305);
  EXPECT_EQ(frame, std::string("\x00\x00\x0c\x07\x00\x00\x00\x00\x00", 9) +
                       std::string("\x01\x02\x03\x05", 4) + std::string("\x00\x00\x00\x0b", 4) +
                       "calm");
}

TEST(Goaway, IsOneFrame) {
  const std::string frame = Goaway({.error = Http2Error::kNoError, .what = {}}, 0);
  FrameCursor cursor;
  std::string_view bytes = frame;
  const auto header = cursor.Next(bytes);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->length, bytes.size());
}

}  // namespace
}  // namespace cbm
