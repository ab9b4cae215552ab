// Frames that the gate writes itself, byte for byte (RFC 9113, section 4.1).

#include "server/gate/frame_writer.h"

#include <string>

#include "gtest/gtest.h"

namespace cbm {
namespace {

TEST(FrameWriter, WritesTheHighestByteFirst) {
  EXPECT_EQ(BigEndian(0x0102'03f4), "\x01\x02\x03\xf4");
  EXPECT_EQ(BigEndian(0), std::string(4, '\0'));
}

TEST(FrameWriter, WritesTheHeadBeforeThePayload) {
  EXPECT_EQ(WriteFrame(0x3, 0x5, 0x7f02'0304, "four"),
            std::string("\x00\x00\x04\x03\x05\x7f\x02\x03\x04", 9) + "four");
  EXPECT_EQ(WriteFrame(0x0, 0x0, 1, std::string(0x4'01, 'x')).substr(0, 3),
            std::string("\x00\x04\x01", 3));
}

}  // namespace
}  // namespace cbm
