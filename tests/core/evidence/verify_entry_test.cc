// An entry by itself, for who has nothing but the key of one ledger: what it says to be has to be
// so, and it stands where it says.

#include "core/evidence/verify_entry.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/core/evidence/small_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::Doubts;
using ::cbm::test::IsOk;
using ::cbm::test::SmallExchange;
using ::cbm::test::TestOffice;

class EntryAlone : public testing::Test {
 protected:
  // Of an entry with one thing changed before it was hashed.
  absl::StatusOr<VerifiedEntry> Verify(const SmallExchange::EditEntry& edit) {
    const v1::Evidence made = exchange_.Record(exchange_.Sign(duty_), "state/EE", edit);
    return VerifyEntryAlone(made.entry(), made.tlog_proof(), KeyOf("EE"));
  }
  VerifierKey KeyOf(std::string_view state) {
    return KeyOfLedger(exchange_.trust().log, LedgerId::State(state));
  }

  SmallExchange exchange_;
  TestOffice duty_ = exchange_.NewOffice("EE", "duty");
  v1::Evidence evidence_ = exchange_.Record(exchange_.Sign(duty_), "state/EE");
};

TEST_F(EntryAlone, IsProvenByTheKeyOfItsLedger) {
  const auto verified = VerifyEntryAlone(evidence_.entry(), evidence_.tlog_proof(), KeyOf("EE"));
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->ledger, LedgerId::State("EE"));
  EXPECT_EQ(verified->time, exchange_.now);
  EXPECT_EQ(verified->entry.bytes, evidence_.entry());
  EXPECT_EQ(verified->checkpoint.head.size, 3U);
}

TEST_F(EntryAlone, IsProvenThoughItsActWasRefused) {
  EXPECT_THAT(Verify([](v1::Entry& entry) { entry.set_role(v1::ENTRY_ROLE_REFUSED); }), IsOk());
}

TEST_F(EntryAlone, IsNotProvenByAnotherKey) {
  const auto with = [this](const VerifierKey& key) {
    return VerifyEntryAlone(evidence_.entry(), evidence_.tlog_proof(), key);
  };
  EXPECT_THAT(with(KeyOf("LV")), Doubts("another ledger"));
  VerifierKey key = KeyOf("EE");
  key.algorithm = NoteAlgorithm::kCosignature;
  EXPECT_THAT(with(key), Doubts("not that of a ledger"));
  EXPECT_THAT(with(KeyOfAnchor(exchange_.trust().log)), Doubts("another ledger"));
  for (const std::string& name :
       {std::string(), std::string("/"), std::string("state/EE"), std::string("test/1/state/EE")}) {
    key = KeyOf("EE");
    key.name = name;
    EXPECT_THAT(with(key), Doubts("not that of a ledger")) << name;
  }
  for (const std::string epoch : {"/0/", "/01/", "//", "/1/state/", "/4294967296/"}) {
    key = KeyOf("EE");
    key.name = exchange_.trust().log.exchange_id + epoch + "state/EE";
    EXPECT_THAT(with(key), Doubts("another ledger")) << epoch;
  }
  key = KeyOf("EE");
  key.public_key.front() ^= 1;
  EXPECT_THAT(with(key), Doubts(""));
}

TEST_F(EntryAlone, IsNotProvenUnlessItIsWhatItIsTakenFor) {
  const std::string other = "test/" + std::string(64, '0');
  EXPECT_THAT(Verify([](v1::Entry& entry) { entry.set_purpose("cbm.v1/act"); }),
              Doubts("not one of cbm.v1, version 1"));
  for (const uint32_t version : {0U, 2U}) {
    EXPECT_THAT(Verify([&](v1::Entry& entry) { entry.set_version(version); }),
                Doubts("not one of cbm.v1, version 1"));
  }
  EXPECT_THAT(Verify([&](v1::Entry& entry) { entry.set_exchange_id(other); }),
              Doubts("of another exchange"));
  EXPECT_THAT(Verify([](v1::Entry& entry) { entry.clear_role(); }), Doubts("does not say why"));
  for (const std::string ledger : {"", "somewhere", "state/Estonia"}) {
    EXPECT_THAT(Verify([&](v1::Entry& entry) { entry.set_ledger(ledger); }),
                Doubts("names no ledger"));
  }
  EXPECT_THAT(Verify([](v1::Entry& entry) { entry.set_ordinal(0); }), Doubts("has ordinal 0"));
}

TEST_F(EntryAlone, HasATimeOfTheYears1970To9999) {
  const auto at = [this](int64_t seconds, int32_t nanos) {
    return Verify([=](v1::Entry& entry) {
      entry.mutable_time()->set_seconds(seconds);
      entry.mutable_time()->set_nanos(nanos);
    });
  };
  EXPECT_THAT(at(0, 0), IsOk());
  EXPECT_THAT(at(253'402'300'799, 999'999'999), IsOk());
  EXPECT_THAT(at(-1, 0), Doubts("1970 to 9999"));
  EXPECT_THAT(at(253'402'300'800, 0), Doubts("1970 to 9999"));
  EXPECT_THAT(at(1, -1), Doubts("1970 to 9999"));
  EXPECT_THAT(at(1, 1'000'000'000), Doubts("1970 to 9999"));
  EXPECT_THAT(Verify([](v1::Entry& entry) { entry.clear_time(); }), Doubts("1970 to 9999"));
}

TEST_F(EntryAlone, IsNotProvenByAProofThatIsNotItsOwnOrNotWhole) {
  const v1::Evidence later = exchange_.Record(exchange_.Sign(duty_), "state/EE");
  const std::string& own = evidence_.tlog_proof();
  const size_t line = own.find('\n') + 1;
  for (const std::string& proof : {later.tlog_proof(), own.substr(0, own.size() / 2), std::string(),
                                   own.substr(0, line) + "extra AAAA\n" + own.substr(line)}) {
    EXPECT_THAT(VerifyEntryAlone(evidence_.entry(), proof, KeyOf("EE")), Doubts(""));
  }
  std::string entry = evidence_.entry();
  entry.back() ^= 1;
  EXPECT_THAT(VerifyEntryAlone(entry, own, KeyOf("EE")), Doubts(""));
}

}  // namespace
}  // namespace cbm
