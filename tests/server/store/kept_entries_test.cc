// How the entries of an act are kept: what is had from the kept form is what was put in, byte by
// byte, and nothing is had from one that is not as it was made - cut off or altered anywhere - or
// that somebody made to do harm.

#include "server/store/kept_entries.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cbm/v1/entry.pb.h"
#include "core/crypto/digest.h"
#include "core/evidence/encoded.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/sum.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::testing::ElementsAreArray;

constexpr char kExchange[] = "cbm-test/0123456789abcdef";
constexpr uint64_t kOrdinalMax = std::numeric_limits<int64_t>::max();

// The entries of one act: of as many ledgers, each at another ordinal.
class Entries {
 public:
  explicit Entries(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      Add(LedgerId::Parse(fmt::format("integration/EE-{}", i)).value(),
          {.ledger = static_cast<int64_t>(i * 100), .ordinal = i == 1 ? kOrdinalMax : i * i * 5});
    }
  }

  void Add(const LedgerId& ledger, const Place& place, const std::string& manner = "x") {
    v1::Entry entry;
    entry.set_purpose("cbm.v1/entry");
    entry.set_version(1);
    entry.set_exchange_id(kExchange);
    entry.set_ledger(ledger.text());
    entry.set_ordinal(place.ordinal);
    entry.mutable_time()->set_seconds(1'800'000'000);
    entry.set_kind(v1::ACT_KIND_SUBMIT);
    entry.set_role(bytes_.empty() ? v1::ENTRY_ROLE_OWN : v1::ENTRY_ROLE_ADDRESSED);
    entry.set_act_digest(std::string(BytesOf(Sha256("act"))));
    entry.set_signature_digest(std::string(BytesOf(Sha256("signature"))));
    entry.add_openings()->set_state("FI");
    entry.add_openings()->set_state("LV");
    v1::Parameter& parameter = *entry.mutable_effect()->add_parameters();
    parameter.set_name("what all are told");
    parameter.set_value(std::string(1000, 'v'));
    entry.mutable_summary()->set_new_state(manner);
    entry.set_salt(std::string(BytesOf(Sha256(ledger.text())).substr(0, 16)));
    bytes_.push_back(SerializeDeterministically(entry));
    places_.push_back(place);
    beginnings_.push_back(KeepBeginning(kExchange, ledger));
  }

  size_t size() const { return bytes_.size(); }
  const std::vector<Place>& places() const { return places_; }
  std::string& bytes(size_t i) { return bytes_[i]; }
  std::string& beginning(size_t i) { return beginnings_[i]; }
  Place& place(size_t i) { return places_[i]; }

  absl::StatusOr<std::string> Keep() const {
    std::vector<PlacedEntry> entries;
    for (size_t i = 0; i < bytes_.size(); ++i) {
      entries.push_back({.place = places_[i], .beginning = beginnings_[i], .bytes = bytes_[i]});
    }
    return KeepEntries(entries);
  }

  absl::StatusOr<std::string> From(std::string_view kept, size_t i) const {
    return EntryAt(kept, places_[i], beginnings_[i]);
  }

  void ExpectAllIn(const std::string& kept) const {
    const auto places = PlacesOf(kept);
    ASSERT_THAT(places, IsOk());
    EXPECT_THAT(*places, ElementsAreArray(places_));
    for (size_t i = 0; i < size(); ++i) {
      const auto bytes = From(kept, i);
      ASSERT_THAT(bytes, IsOk()) << i;
      EXPECT_EQ(*bytes, bytes_[i]);
    }
  }

 private:
  std::vector<std::string> bytes_;
  std::vector<std::string> beginnings_;
  std::vector<Place> places_;
};

void Flip(char& byte, unsigned bits) {
  byte = static_cast<char>(static_cast<unsigned char>(byte) ^ bits);
}

std::string Text(const std::string& text) {  // Of up to 127 bytes.
  return std::string(1, static_cast<char>(text.size())) + text;
}

TEST(KeptEntries, AreHadAgainByteByByte) {
  for (const size_t count : {size_t{1}, size_t{2}, size_t{57}}) {
    SCOPED_TRACE(count);
    const Entries entries(count);
    const auto kept = entries.Keep();
    ASSERT_THAT(kept, IsOk());
    entries.ExpectAllIn(*kept);
  }
}

TEST(KeptEntries, AreHadAgainWhereOneLedgerHasSeveral) {
  Entries entries(1);
  entries.Add(LedgerId::State("LV"), {.ledger = 7, .ordinal = 3}, "one");
  entries.Add(LedgerId::State("LV"), {.ledger = 7, .ordinal = 4}, "other");
  const auto kept = entries.Keep();
  ASSERT_THAT(kept, IsOk());
  entries.ExpectAllIn(*kept);
}

TEST(KeptEntries, AreHadAgainWithFieldsOfALaterVersionAndWithNothing) {
  Entries entries(2);
  entries.bytes(0) += std::string("\xfa\x07\x03new\xf0\x07\x96\x01", 10);  // Fields 127 and 126.
  v1::Entry bare;
  bare.set_purpose("cbm.v1/entry");
  bare.set_version(1);
  bare.set_exchange_id(kExchange);
  bare.set_ledger("integration/EE-1");
  entries.bytes(1) = SerializeDeterministically(bare);
  entries.place(1).ordinal = 0;
  const auto kept = entries.Keep();
  ASSERT_THAT(kept, IsOk());
  entries.ExpectAllIn(*kept);
}

TEST(KeptEntries, AreHadAgainWhateverTheyShare) {
  Entries entries(3);
  v1::Entry other;
  ASSERT_TRUE(other.ParseFromString(entries.bytes(2)));
  other.mutable_time()->set_seconds(7);
  other.set_kind(v1::ACT_KIND_OPEN);
  other.clear_signature_digest();
  entries.bytes(2) = SerializeDeterministically(other);
  const auto kept = entries.Keep();
  ASSERT_THAT(kept, IsOk());
  entries.ExpectAllIn(*kept);
}

TEST(KeptEntries, KeepOnceWhatAllSay) {
  constexpr size_t kOwnBytesMax = 50;  // Salt, role, place, and the numbers of fields.
  EXPECT_LT(Entries(57).Keep()->size(), Entries(1).Keep()->size() + 56 * kOwnBytesMax);
}

TEST(KeptEntries, KeepNotWhatAllOfALedgerBeginWith) {
  EXPECT_EQ(Entries(1).Keep()->find(kExchange), std::string::npos);
  EXPECT_NE(KeepBeginning(kExchange, LedgerId::State("EE")).find(kExchange), std::string::npos);
}

TEST(KeptEntries, AreNotMadeOfNone) {
  EXPECT_THAT(KeepEntries({}), HasCode(absl::StatusCode::kInternal));
}

TEST(KeptEntries, AreNotMadeOfAnEntryThatDoesNotBeginAsItsLedgersDo) {
  Entries entries(3);
  entries.beginning(2) = KeepBeginning("another/exchange", LedgerId::State("EE"));
  EXPECT_THAT(entries.Keep(), HasCode(absl::StatusCode::kInternal));
}

TEST(KeptEntries, AreNotMadeWithABeginningThatIsNotAsItWasKept) {
  Entries entries(2);
  entries.beginning(1)[0] ^= 1;  // Its sum.
  EXPECT_THAT(entries.Keep(), HasCode(absl::StatusCode::kInternal));
}

TEST(KeptEntries, AreNotMadeOfAnEntryWithAnotherOrdinal) {
  for (const uint64_t ordinal : {uint64_t{19}, uint64_t{21}, kOrdinalMax}) {
    SCOPED_TRACE(ordinal);
    Entries entries(3);
    ASSERT_EQ(entries.place(2).ordinal, 20U);
    entries.place(2).ordinal = ordinal;
    EXPECT_THAT(entries.Keep(), HasCode(absl::StatusCode::kInternal));
  }
}

TEST(KeptEntries, AreNotMadeOfWhatIsNotFields) {
  for (const std::string& more : {
           std::string("\x80"), std::string("\x08"), std::string("\x0a\x02x"),
           std::string("\x09") + std::string(8, 'x'),                    // Eight bytes.
           std::string("\x0d") + std::string(4, 'x'),                    // Four bytes.
           std::string("\x0b\x0c"),                                      // A group.
           std::string("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),  // Too large.
       }) {
    Entries entries(2);
    entries.bytes(1) += more;
    EXPECT_THAT(entries.Keep(), HasCode(absl::StatusCode::kInternal));
  }
}

TEST(KeptEntries, AreNotMadeOfAnEntryThatIsTooLong) {
  const auto with = [](size_t manner_bytes) {
    Entries entries(1);
    entries.Add(LedgerId::State("LV"), {.ledger = 7, .ordinal = 3}, std::string(manner_bytes, 'y'));
    return entries;
  };
  constexpr size_t kLong = 60'000;
  const size_t room = kEntryBytesMax - with(kLong).bytes(1).size();
  Entries longest = with(kLong + room);
  ASSERT_EQ(longest.bytes(1).size(), kEntryBytesMax);
  longest.ExpectAllIn(longest.Keep().value());
  EXPECT_THAT(with(kLong + room + 1).Keep(), HasCode(absl::StatusCode::kInternal));
}

TEST(KeptEntries, AreNotMadeOfTwoAtOnePlace) {
  Entries entries(1);
  entries.Add(LedgerId::State("LV"), {.ledger = 7, .ordinal = 3}, "one");
  entries.Add(LedgerId::State("LV"), {.ledger = 7, .ordinal = 3}, "other");
  EXPECT_THAT(entries.Keep(), HasCode(absl::StatusCode::kInternal));
}

TEST(KeptEntries, AreNotMadeOfALedgerWithoutANumber) {
  Entries entries(2);
  entries.place(1).ledger = -1;
  EXPECT_THAT(entries.Keep(), HasCode(absl::StatusCode::kInternal));
}

TEST(KeptEntries, AreNotHadFromAnotherPlace) {
  Entries entries(3);
  const std::string kept = entries.Keep().value();
  entries.place(2).ordinal += 1;
  EXPECT_THAT(entries.From(kept, 2), HasCode(absl::StatusCode::kDataLoss));
  entries.place(2) = {.ledger = 201, .ordinal = 20};
  EXPECT_THAT(entries.From(kept, 2), HasCode(absl::StatusCode::kDataLoss));
}

TEST(KeptEntries, AreNotHadOnceAnyBitIsAltered) {
  const Entries entries(3);
  std::string kept = entries.Keep().value();
  for (size_t bit = 0; bit < kept.size() * 8; ++bit) {
    SCOPED_TRACE(bit);
    Flip(kept[bit / 8], 1U << (bit % 8));
    EXPECT_THAT(PlacesOf(kept), HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(entries.From(kept, 2), HasCode(absl::StatusCode::kDataLoss));
    Flip(kept[bit / 8], 1U << (bit % 8));
  }
  entries.ExpectAllIn(kept);
}

TEST(KeptEntries, AreNotHadOnceCutOff) {
  const Entries entries(3);
  const std::string kept = entries.Keep().value();
  for (size_t size = 0; size < kept.size(); ++size) {
    SCOPED_TRACE(size);
    EXPECT_THAT(PlacesOf(kept.substr(0, size)), HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(entries.From(kept.substr(0, size), 0), HasCode(absl::StatusCode::kDataLoss));
  }
}

TEST(KeptEntries, AreNotHadWithABeginningThatWasAlteredOrCutOff) {
  Entries entries(2);
  const std::string kept = entries.Keep().value();
  const std::string beginning = entries.beginning(1);
  for (size_t at = 0; at < beginning.size(); ++at) {
    SCOPED_TRACE(at);
    entries.beginning(1) = beginning.substr(0, at);
    EXPECT_THAT(entries.From(kept, 1), HasCode(absl::StatusCode::kDataLoss));
    entries.beginning(1) = beginning;
    entries.beginning(1)[at] ^= 4;
    EXPECT_THAT(entries.From(kept, 1), HasCode(absl::StatusCode::kDataLoss));
  }
}

// Whoever alters the sum too gets other bytes at most, of which no tree is: never more than an
// entry may have, and never anything worse.
TEST(KeptEntries, AreReadWithoutHarmWhoeverMadeThem) {
  const Entries entries(3);
  const std::string rest = entries.Keep()->substr(kSumBytes);
  const auto read = [&](const std::string& made) {
    const std::string kept = WithSum(made);
    const auto places = PlacesOf(kept);
    EXPECT_TRUE(places.ok() || absl::IsDataLoss(places.status()));
    EXPECT_TRUE(!places.ok() || !places->empty());
    for (size_t i = 0; i < entries.size(); ++i) {
      const auto bytes = entries.From(kept, i);
      EXPECT_TRUE(bytes.ok() ? bytes->size() <= kEntryBytesMax : absl::IsDataLoss(bytes.status()));
    }
  };
  for (size_t at = 0; at < rest.size(); ++at) {
    SCOPED_TRACE(at);
    read(rest.substr(0, at));
    for (const unsigned mask : {0x01U, 0x40U, 0x80U, 0xffU}) {
      std::string altered = rest;
      Flip(altered[at], mask);
      read(altered);
    }
  }
}

TEST(KeptEntries, CannotBeReadWhereTheyAskForWhatIsNotThere) {
  const Place place{.ledger = 5, .ordinal = 6};
  const std::string beginning = KeepBeginning(kExchange, LedgerId::State("EE"));
  const std::string field("\x38\x01", 2);
  const auto read = [&](const std::string& rest) {
    return EntryAt(WithSum(rest), place, beginning);
  };
  ASSERT_THAT(read(Text(field) + "\x05\x06" + Text(std::string(1, '\0'))), IsOk());
  const std::string huge("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10);
  for (const std::string& rest : {
           std::string(),
           Text(field),                              // No entry.
           Text(field) + "\x05\x06" + Text("\x01"),  // No such field.
           Text(field) + "\x05\x06" + Text(huge),
           huge + field,  // Nor such a number of bytes.
           Text(field) + "\x05\x06" + huge,
           Text(field) + huge + "\x06" + Text("\x01"),
           Text(std::string("\x39\x01", 2)) + "\x05\x06" + Text(std::string(1, '\0')),
       }) {
    EXPECT_THAT(read(rest), HasCode(absl::StatusCode::kDataLoss));
  }
}

TEST(KeptEntries, AreNeverMoreThanAnEntryMayBe) {
  // A field of 4 KiB, named a hundred times.
  const std::string field = std::string("\x72\x80\x20", 3) + std::string(4096, 'x');
  const std::string rest =
      std::string("\x83\x20", 2) + field + "\x05\x06" + "\x64" + std::string(100, '\0');
  const std::string kept = WithSum(rest);
  ASSERT_THAT(PlacesOf(kept), IsOk());
  EXPECT_THAT(
      EntryAt(kept, {.ledger = 5, .ordinal = 6}, KeepBeginning(kExchange, LedgerId::State("EE"))),
      HasCode(absl::StatusCode::kDataLoss));
}

TEST(KeptEntries, TellWhichFieldsTheyHave) {
  v1::Entry entry;
  entry.set_ordinal(300);
  entry.mutable_summary()->set_record_version(7);
  const std::string bytes = SerializeDeterministically(entry);
  EXPECT_TRUE(HasField(bytes, v1::Entry::kOrdinalFieldNumber));
  EXPECT_TRUE(HasField(bytes, v1::Entry::kSummaryFieldNumber));
  EXPECT_FALSE(HasField(bytes, v1::Entry::kGivenDigestFieldNumber));
  EXPECT_FALSE(HasField("", v1::Entry::kOrdinalFieldNumber));
  EXPECT_FALSE(HasField(bytes.substr(0, bytes.size() - 1), v1::Entry::kSummaryFieldNumber));
}

}  // namespace
}  // namespace cbm
