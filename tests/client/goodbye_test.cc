// What a server says when it hangs up: read from bytes that nobody vouches for, and shown to a
// person.

#include "client/goodbye.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cbm {
namespace {

using ::std::literals::string_literals::operator""s;

constexpr char kSettings = 4;
constexpr char kGoaway = 7;
constexpr char kUnknown = 99;

std::string FrameOf(char type, const std::string& payload) {
  const size_t size = payload.size();
  return std::string{static_cast<char>(size >> 16U), static_cast<char>(size >> 8U),
                     static_cast<char>(size), type} +
         std::string(5, '\0') + payload;
}

std::string GoawayFor(const std::string& reason) {
  return FrameOf(kGoaway, "\0\0\0\7\0\0\0\xc"s + reason);
}

std::string ReasonIn(const std::string& bytes) {
  const auto goodbye = FindGoodbye(bytes);
  return goodbye.has_value() ? goodbye->reason : "no goodbye";
}

TEST(Goodbye, HasItsCodeAndItsReason) {
  const auto goodbye = FindGoodbye(GoawayFor("is registered to no office: call the secretariat"));
  ASSERT_TRUE(goodbye.has_value());
  EXPECT_EQ(goodbye->error, kInadequateSecurity);
  EXPECT_EQ(goodbye->reason, "is registered to no office: call the secretariat");
}

TEST(Goodbye, HasAllFourBytesOfItsCode) {
  const auto goodbye = FindGoodbye(FrameOf(kGoaway, "\0\0\0\0\x81\x02\x03\xc"s));
  ASSERT_TRUE(goodbye.has_value());
  EXPECT_EQ(goodbye->error, 0x8102'030cU);
}

TEST(Goodbye, MayGiveNoReason) { EXPECT_EQ(ReasonIn(GoawayFor("")), ""); }

TEST(Goodbye, IsFoundAfterOtherFrames) {
  EXPECT_EQ(ReasonIn(FrameOf(kSettings, "") + FrameOf(kUnknown, std::string(300, kGoaway)) +
                     GoawayFor("first") + GoawayFor("second")),
            "first");
}

TEST(Goodbye, IsNotFoundWhereThereIsNone) {
  for (const std::string& bytes :
       {""s, "HTTP/1.1 400 Bad Request\r\n\r\n"s, FrameOf(kSettings, "\0\3\0\0\0\x64"s),
        FrameOf(kUnknown, GoawayFor("within another"))}) {
    EXPECT_EQ(ReasonIn(bytes), "no goodbye") << bytes;
  }
}

TEST(Goodbye, IsReadAsFarAsItIsThere) {
  constexpr size_t kBeforeReason = 17;
  const std::string whole = FrameOf(kSettings, "\0\3\0\0\0\x64"s) + GoawayFor("why");
  const size_t reason_at = whole.size() - 3;
  for (size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    const std::string part = whole.substr(0, size);
    EXPECT_EQ(ReasonIn(part), size < reason_at ? "no goodbye" : part.substr(reason_at));
  }
  EXPECT_EQ(reason_at, FrameOf(kSettings, "\0\3\0\0\0\x64"s).size() + kBeforeReason);
}

TEST(Goodbye, EndsWithItsFrame) {
  EXPECT_EQ(ReasonIn(GoawayFor("why") + "what is not its own"), "why");
}

TEST(Goodbye, LeavesATerminalAsItIs) {
  EXPECT_EQ(ReasonIn(GoawayFor("a\x1b[2J\x1b]0;title\x07 \"b\\\"\0\r\n\tc \x7f\xc2\x9b\xff"s)),
            "a[2J]0;title \"b\\\"  c \xEF\xBF\xBD");
}

TEST(Goodbye, IsNoLongerThanAPersonReads) {
  EXPECT_EQ(ReasonIn(GoawayFor(std::string(16'000, 'x'))), std::string(kReasonBytesMax, 'x'));
}

}  // namespace
}  // namespace cbm
