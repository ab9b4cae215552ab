// The reader through which every signature goes: it must take each value in one encoding only, and
// never look beyond the end.

#include "core/crypto/der.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace cbm::der {
namespace {

using std::string_literals::operator""s;

TEST(DerReader, ReadsWhatWasEncodedAtEveryLengthOfLength) {
  for (const size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65535U}) {
    const std::string content(size, 'x');
    const std::string encoded = Encode(kOctetString, {content}) + Encode(kNull, {});
    Reader reader(encoded);
    const auto first = reader.Next(kOctetString);
    ASSERT_TRUE(first.has_value()) << size;
    EXPECT_EQ(first->content, content);
    EXPECT_EQ(first->whole, Encode(kOctetString, {content}));
    EXPECT_TRUE(reader.NextIs(kNull));
    EXPECT_TRUE(reader.Next().has_value());
    EXPECT_TRUE(reader.AtEnd());
  }
}

TEST(DerReader, JoinsTheParts) {
  EXPECT_EQ(Encode(kSequence, {"a", "", "bc"}),
            "\x30\x03"
            "abc");
}

TEST(DerReader, RefusesLengthsThatAreNotTheShortest) {
  EXPECT_FALSE(Reader("\x04\x81\x01x"s).Next().has_value());
  EXPECT_FALSE(Reader("\x04\x82\x00\x01x"s).Next().has_value());
  EXPECT_FALSE(Reader("\x04\x82\x00\xff"s + std::string(255, 'x')).Next().has_value());
  EXPECT_FALSE(Reader("\x04\x83\x00\x00\x01x"s).Next().has_value());
}

TEST(DerReader, RefusesIndefiniteLengthsAndLongTags) {
  EXPECT_FALSE(Reader("\x30\x80\x00\x00"s).Next().has_value());
  EXPECT_FALSE(Reader("\x3f\x81\x01\x00"s).Next().has_value());
}

TEST(DerReader, RefusesWhatEndsTooEarly) {
  const std::string encoded = Encode(kOctetString, {std::string(300, 'x')});
  for (size_t size = 0; size < encoded.size(); ++size) {
    // A copy of its own, so that the address sanitizer sees a read beyond it.
    const std::string cut = encoded.substr(0, size);
    EXPECT_FALSE(Reader(cut).Next().has_value()) << size;
  }
}

TEST(DerReader, ReadsNothingWhereAnotherTagStands) {
  const std::string encoded = Encode(kInteger, {"\x01"});
  Reader reader(encoded);
  EXPECT_FALSE(reader.Next(kOctetString).has_value());
  EXPECT_TRUE(reader.Next(kInteger).has_value());
  EXPECT_FALSE(reader.NextIs(kInteger));
}

TEST(DerSetOrder, IsThatOfTheEncodings) {
  EXPECT_TRUE(InSetOrder("\x04\x01\x61", "\x04\x01\x62"));
  EXPECT_TRUE(InSetOrder("\x04\x01\x61", "\x04\x01\x61"));
  EXPECT_FALSE(InSetOrder("\x04\x02\x61\x61", "\x04\x01\x62"));
  EXPECT_TRUE(InSetOrder("\x04\x01\x7f", "\x04\x01\x80"));
}

}  // namespace
}  // namespace cbm::der
