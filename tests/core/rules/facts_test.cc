// Keys of facts: two things under one key, or numbers that do not sort as numbers, would show one
// reader's records wrongly for good. And how records are found again.

#include "core/rules/facts.h"

#include <cstdint>
#include <limits>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/rules_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::rules {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::MemoryLedger;
using ::cbm::test::RulesWorld;

constexpr uint64_t kOrdinals[] = {0,      1,      255,        256,
                                  65'535, 65'536, 1ULL << 32, std::numeric_limits<uint64_t>::max()};

TEST(FactKeys, SortAsOrdinalsDo) {
  for (size_t i = 1; i < std::size(kOrdinals); ++i) {
    EXPECT_LT(NotificationKey(kOrdinals[i - 1]), NotificationKey(kOrdinals[i]));
  }
  EXPECT_TRUE(NotificationKey(7).starts_with(kNotifications));
  EXPECT_EQ(NotificationKey(258), std::string("N\0\0\0\0\0\0\1\2", 9));
}

TEST(FactKeys, AreOfOneThingEach) {
  std::set<std::string> keys;
  for (const uint64_t ordinal : kOrdinals) {
    EXPECT_TRUE(keys.insert(NotificationKey(ordinal)).second);
    for (const std::string_view office : {"a", "aa", "b"}) {
      EXPECT_TRUE(keys.insert(OpenedKey(ordinal, office)).second);
    }
    for (const std::string_view party : {"EE", "LV", "SECRETARIAT"}) {
      EXPECT_TRUE(keys.insert(CountedKey(ordinal, party)).second);
    }
  }
  for (const std::string_view party : {"EE", "LV", "CHAIR"}) {
    for (const std::string_view office : {"a", "aa"}) {
      EXPECT_TRUE(keys.insert(OfficeKey(party, office)).second);
    }
  }
  for (const std::string_view text : {"1", "2"}) {
    EXPECT_TRUE(keys.insert(AcknowledgedKey(Sha256(text))).second);
    EXPECT_TRUE(keys.insert(AnsweredKey(Sha256(text))).second);
    EXPECT_TRUE(keys.insert(CredentialKey(Sha256(text))).second);
    EXPECT_TRUE(keys.insert(RenewalsKey(Sha256(text))).second);
  }
}

TEST(FactKeys, SayWithALetterWhichFamilyTheyAreOf) {
  std::set<char> letters;
  for (const std::string& key :
       {NotificationKey(7), OpenedKey(7, "a"), CountedKey(7, "EE"), AcknowledgedKey(Sha256("1")),
        AnsweredKey(Sha256("1")), CredentialKey(Sha256("1")), RenewalsKey(Sha256("1")),
        OfficeKey("EE", "a")}) {
    EXPECT_TRUE(letters.insert(key.front()).second) << key.front();
  }
}

TEST(FactKeys, OfAPartysOfficesStartAlikeAndNoOthersDo) {
  EXPECT_TRUE(OfficeKey("EE", "duty").starts_with(OfficesOf("EE")));
  EXPECT_TRUE(OfficeKey("EE", "duty").starts_with(kOffices));
  EXPECT_FALSE(OfficeKey("EEA", "duty").starts_with(OfficesOf("EE")));
}

TEST(FindRecord, TellsNoneFromOneThatCannotBeRead) {
  MemoryLedger table;
  const LedgerView& ledger = table;
  const auto none = FindRecord<v1::OfficeRecord>(ledger, "D");
  ASSERT_THAT(none, IsOk());
  EXPECT_FALSE(none->has_value());
  ASSERT_THAT(table.Put("D", "\xFF\xFF"), IsOk());
  EXPECT_THAT(FindRecord<v1::OfficeRecord>(ledger, "D"), HasCode(absl::StatusCode::kDataLoss));
}

TEST(FindOffice, LooksInTheReadersOwnLedgersAlone) {
  RulesWorld world;
  world.Enrol({.party = "LT", .office = "duty"});  // Of OSCE alone.
  const auto knows = [&](const LedgerId& reader, std::string_view party) {
    return FindOffice(*world.ViewOf(reader), party, "duty").value().has_value();
  };
  EXPECT_TRUE(knows(LedgerId::State("EE"), "LT"));
  EXPECT_TRUE(knows(LedgerId::State("LT"), "LT"));
  EXPECT_TRUE(knows(LedgerId::Secretariat(), "LT"));
  EXPECT_FALSE(knows(LedgerId::State("JP"), "LT"));
  EXPECT_FALSE(knows(LedgerId::Auditor(), "LT"));
  EXPECT_FALSE(knows(LedgerId::State("LT"), "JP"));
}

TEST(FindCredential, LooksInTheReadersOwnLedgersAlone) {
  RulesWorld world;
  world.Enrol({.party = "LT", .office = "duty"});
  const Digest credential = DigestFrom(world.Duty("LT").credential()).value();
  EXPECT_TRUE(FindCredential(*world.ViewOf(LedgerId::State("EE")), credential).value().has_value());
  EXPECT_FALSE(
      FindCredential(*world.ViewOf(LedgerId::State("JP")), credential).value().has_value());
}

TEST(FindNotification, LooksInTheReadersOwnLedgersAlone) {
  RulesWorld world;
  const Digest to_all = world.Perform(world.ToAll(world.Duty("EE"), "OSCE")).act_digest;
  const Digest named = world.Perform(world.ToNamed(world.Duty("EE"), {"LV"})).act_digest;
  const auto knows = [&](const LedgerId& reader, const Digest& act) {
    return FindNotification(*world.ViewOf(reader), act).value().has_value();
  };
  EXPECT_TRUE(knows(LedgerId::State("SE"), to_all));
  EXPECT_FALSE(knows(LedgerId::State("JP"), to_all));
  EXPECT_TRUE(knows(LedgerId::State("LV"), named));
  EXPECT_FALSE(knows(LedgerId::State("SE"), named));
}

TEST(Timestamps, GoThereAndBackToTheMicrosecond) {
  for (const absl::Time time :
       {absl::UnixEpoch(), absl::FromUnixMicros(1'772'355'600'123'456), absl::FromUnixMicros(-1),
        absl::FromUnixMicros(-1'000'000), absl::FromUnixMicros(-1'500'000)}) {
    const google::protobuf::Timestamp timestamp = ToTimestamp(time);
    EXPECT_EQ(FromTimestamp(timestamp), time);
    EXPECT_GE(timestamp.nanos(), 0);
    EXPECT_LT(timestamp.nanos(), 1'000'000'000);
  }
  EXPECT_EQ(ToTimestamp(absl::UnixEpoch() + absl::Nanoseconds(1'999)).nanos(), 1'000);
}

}  // namespace
}  // namespace cbm::rules
