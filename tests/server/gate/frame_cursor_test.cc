// Where frames begin and end, however their bytes are cut: by reading the same stream in pieces of
// every size, which must find the same frames.

#include "server/gate/frame_cursor.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cbm {
namespace {

// Three frames: of 5 bytes, empty, and of 300 bytes with the reserved bit of its stream set.
std::string Stream() {
  return std::string("\x00\x00\x05\x00\x01\x00\x00\x00\x03hello", 14) +
         std::string("\x00\x00\x00\x04\x00\x00\x00\x00\x00", 9) +
         std::string("\x00\x01\x2c\x09\x04\xff\xff\xff\xff", 9) + std::string(300, '\x7f');
}

std::vector<FrameHeader> FramesOf(const std::string& stream, size_t piece) {
  std::vector<FrameHeader> frames;
  FrameCursor cursor;
  for (size_t at = 0; at < stream.size(); at += piece) {
    std::string_view bytes = std::string_view(stream).substr(at, piece);
    while (!bytes.empty()) {
      if (const auto frame = cursor.Next(bytes); frame.has_value()) {
        frames.push_back(*frame);
      }
    }
  }
  EXPECT_TRUE(cursor.at_boundary());
  return frames;
}

TEST(FrameCursor, FindsTheSameFramesHoweverTheBytesAreCut) {
  for (size_t piece = 1; piece <= Stream().size(); ++piece) {
    SCOPED_TRACE(piece);
    const std::vector<FrameHeader> frames = FramesOf(Stream(), piece);
    ASSERT_EQ(frames.size(), 3U);
    EXPECT_EQ(frames[0].length, 5U);
    EXPECT_EQ(frames[0].type, 0);
    EXPECT_EQ(frames[0].flags, 1);
    EXPECT_EQ(frames[0].stream, 3U);
    EXPECT_EQ(frames[1].length, 0U);
    EXPECT_EQ(frames[1].type, 4);
    EXPECT_EQ(frames[2].length, 300U);
    EXPECT_EQ(frames[2].stream, 0x7fff'ffffU);
  }
}

TEST(FrameCursor, IsAtABoundaryBetweenFramesAlone) {
  const std::string stream = Stream();
  FrameCursor cursor;
  EXPECT_TRUE(cursor.at_boundary());
  for (size_t at = 0; at < stream.size(); ++at) {
    std::string_view byte = std::string_view(stream).substr(at, 1);
    static_cast<void>(cursor.Next(byte));
    const size_t taken = at + 1;
    EXPECT_EQ(cursor.at_boundary(), taken == 14 || taken == 23 || taken == stream.size()) << taken;
  }
}

TEST(FrameCursor, NeverWantsMoreThanTheFrameThatWasBegun) {
  const std::string stream = Stream();
  FrameCursor cursor;
  size_t at = 0;
  EXPECT_EQ(cursor.wanted(), 0U);
  // One byte to begin a frame, and then what is wanted, until it is over.
  std::vector<size_t> ends;
  while (at < stream.size()) {
    const size_t size = std::max<size_t>(cursor.wanted(), 1);
    std::string_view bytes = std::string_view(stream).substr(at, size);
    at += bytes.size();
    while (!bytes.empty()) {
      static_cast<void>(cursor.Next(bytes));
    }
    if (cursor.at_boundary()) {
      ends.push_back(at);
    }
  }
  EXPECT_THAT(ends, testing::ElementsAre(14, 23, stream.size()));
}

}  // namespace
}  // namespace cbm
