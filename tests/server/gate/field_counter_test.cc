// How many header fields a block has, told without decoding it. Every way in which HPACK writes one
// is here (RFC 7541, section 6), and each is cut into pieces everywhere: what was counted wrong
// once would be counted wrong from then on.

#include "server/gate/field_counter.h"

#include <string>

#include "gtest/gtest.h"

namespace cbm {
namespace {

constexpr uint8_t kHeaders = 0x1;
constexpr uint8_t kContinuation = 0x9;
constexpr uint8_t kPadded = 0x8;
constexpr uint8_t kPriority = 0x20;

std::string Bytes(std::initializer_list<int> bytes) {
  std::string text;
  for (const int byte : bytes) {
    text.push_back(static_cast<char>(byte));
  }
  return text;
}

FrameHeader Frame(size_t length, uint8_t flags = 0, uint8_t type = kHeaders) {
  return {.length = static_cast<uint32_t>(length), .type = type, .flags = flags, .stream = 1};
}

// How many fields a frame has, whose payload comes in pieces of this size.
uint32_t Count(const std::string& payload, uint8_t flags, size_t piece) {
  FieldCounter counter;
  counter.Begin(Frame(payload.size(), flags));
  for (size_t at = 0; at < payload.size(); at += piece) {
    counter.Take(std::string_view(payload).substr(at, piece));
  }
  return counter.fields();
}

void ExpectFields(uint32_t fields, const std::string& payload, uint8_t flags = 0) {
  for (size_t piece = 1; piece <= payload.size(); ++piece) {
    EXPECT_EQ(Count(payload, flags, piece), fields) << "in pieces of " << piece;
  }
}

// A field of the table, so that a miscount of what is before it shows.
const std::string kOne = Bytes({0x82});

TEST(FieldCounter, CountsFieldsOfTheTable) {
  ExpectFields(3, kOne + kOne + kOne);
  ExpectFields(2, Bytes({0xff, 0x80, 0x01}) + kOne);  // An index of several bytes.
}

TEST(FieldCounter, CountsLiteralsWithTheirStrings) {
  for (const int pattern : {0x40, 0x00, 0x10}) {
    SCOPED_TRACE(pattern);
    const std::string begin = Bytes({pattern});
    ExpectFields(2, begin + Bytes({3}) + "abc" + Bytes({2}) + "de" + kOne);
    ExpectFields(2, begin + Bytes({0, 0}) + kOne);
    ExpectFields(2, begin + Bytes({0, 2}) + "de" + kOne);
    ExpectFields(2, Bytes({pattern | 1, 2}) + "de" + kOne);     // The name is of the table.
    ExpectFields(2, Bytes({pattern | 1, 0x82}) + "de" + kOne);  // Huffman's code.
  }
  ExpectFields(2, Bytes({0x7f, 0x00, 1}) + "a" + kOne);  // The name's index has several bytes.
  ExpectFields(2, Bytes({0x1f, 0x80, 0x01, 1}) + "a" + kOne);
}

TEST(FieldCounter, CountsChangesOfTheTablesSize) {
  ExpectFields(3, Bytes({0x20, 0x3f, 0xe1, 0x1f}) + kOne);
}

TEST(FieldCounter, ReadsLengthsOfSeveralBytes) {
  const std::string long_text(300, static_cast<char>(0x82));
  ExpectFields(2, Bytes({0x01, 0x7f, 0xad, 0x01}) + long_text + kOne);  // 127 + 45 + 128.
  // Zeros at the end of an integer say nothing.
  ExpectFields(2, Bytes({0x01, 0x7f, 0xad, 0x81, 0x80, 0x80, 0x00}) + long_text + kOne);
}

TEST(FieldCounter, CountsNothingWithinAStringThatIsLongerThanTheBlock) {
  ExpectFields(1, Bytes({0x01, 0x7f, 0xff, 0xff, 0xff, 0xff, 0x7f}) + std::string(50, '\xff'));
  ExpectFields(1, Bytes({0x01, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}) +
                      std::string(50, '\xff'));
}

TEST(FieldCounter, LeavesPaddingAndPriorityOut) {
  const std::string priority(5, '\x82');
  ExpectFields(1, Bytes({3}) + kOne + std::string(3, '\x82'), kPadded);
  ExpectFields(1, priority + kOne, kPriority);
  ExpectFields(1, Bytes({2}) + priority + kOne + "\x82\x82", kPadded | kPriority);
  ExpectFields(0, Bytes({200}) + kOne, kPadded);  // More padding than there is.
}

TEST(FieldCounter, GoesOnInContinuationsAndBeginsAnewWithHeaders) {
  FieldCounter counter;
  counter.Begin(Frame(3));
  counter.Take(kOne + Bytes({0x01, 3}));
  counter.Begin(Frame(3, kPadded | kPriority, kContinuation));  // It has neither.
  counter.Take(Bytes({0x82, 0x82, 0x82}));
  EXPECT_EQ(counter.fields(), 2U) << "the string goes on";
  counter.Begin(Frame(1, 0, kContinuation));
  counter.Take(kOne);
  EXPECT_EQ(counter.fields(), 3U);
  counter.Begin(Frame(1));
  counter.Take(kOne);
  EXPECT_EQ(counter.fields(), 1U);
}

TEST(FieldCounter, CountsWhatFollowsAPriorityThatWasCut) {
  for (const uint32_t length : {0U, 4U}) {
    FieldCounter counter;
    counter.Begin(Frame(length, kPriority));
    counter.Take(std::string(length, '\x82'));
    counter.Begin(Frame(3, 0, kContinuation));
    counter.Take(Bytes({0x82, 0x82, 0x82}));
    EXPECT_EQ(counter.fields(), 3U) << length;
  }
}

}  // namespace
}  // namespace cbm
