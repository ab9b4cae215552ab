// Lists of notifications: newest first, filtered, in pages that lose nothing and end.

#include "server/service/notification_list.h"

#include <string>
#include <vector>

#include "core/rules/facts.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/core/rules/written_view.h"

namespace cbm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kCount = 10;
constexpr int64_t kFirstSecond = 1'000;

class NotificationListTest : public testing::Test {
 protected:
  // Ordinals 0 to 9, a second apart; odd ones are INC from LV, even ones FRE from FI.
  NotificationListTest() {
    for (uint64_t ordinal = 0; ordinal < kCount; ++ordinal) {
      v1::NotificationRecord record;
      record.set_ordinal(ordinal);
      record.set_act_digest(std::string(BytesOf(Sha256(std::to_string(ordinal)))));
      record.mutable_time()->set_seconds(kFirstSecond + static_cast<int64_t>(ordinal));
      record.set_role(ordinal == 0 ? v1::ENTRY_ROLE_OWN : v1::ENTRY_ROLE_ADDRESSED);
      record.set_from_party(ordinal % 2 == 1 ? "LV" : "FI");
      record.mutable_notification()->set_kind(ordinal % 2 == 1 ? "INC" : "FRE");
      record.mutable_notification()->set_context(v1::CONTEXT_REAL);
      record.mutable_notification()->set_precedence(v1::PRECEDENCE_ROUTINE);
      ledger_.Put(record);
      (ordinal % 2 == 1 ? inc_bytes_ : fre_bytes_) += record.ByteSizeLong();
    }
  }

  // The ordinals of all pages, walked to their end.
  std::vector<uint64_t> Walk(const NotificationPageLimits& limits) {
    std::vector<uint64_t> ordinals;
    std::string after;
    pages_ = 0;
    do {
      const auto page = ListNotifications(ledger_, NotificationFilter(request_), after, limits);
      EXPECT_TRUE(page.ok());
      EXPECT_LE(page->records.size(), limits.records_max);
      for (const v1::NotificationRecord& record : page->records) {
        ordinals.push_back(record.ordinal());
      }
      after = page->last_key;
    } while (!after.empty() && ++pages_ < 100);
    return ordinals;
  }

  test::WrittenLedger ledger_;
  v1::ListNotificationsRequest request_;
  size_t inc_bytes_ = 0;
  size_t fre_bytes_ = 0;
  int pages_ = 0;  // That had another behind them.
};

TEST_F(NotificationListTest, GoesFromTheNewestToTheOldest) {
  EXPECT_THAT(Walk({}), ElementsAre(9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
  EXPECT_EQ(pages_, 0);
}

TEST_F(NotificationListTest, IsTheSameHoweverItIsCutIntoPages) {
  const std::vector<uint64_t> whole = Walk({});
  for (size_t size = 1; size <= kCount; ++size) {
    for (size_t examined = 1; examined <= kCount; ++examined) {
      SCOPED_TRACE(testing::Message() << size << " a page, " << examined << " examined");
      EXPECT_EQ(Walk({.records_max = size, .examined_max = examined}), whole);
    }
  }
}

TEST_F(NotificationListTest, EndsWithThePageThatHoldsTheLast) {
  Walk({.records_max = 5});
  EXPECT_EQ(pages_, 1);
}

TEST_F(NotificationListTest, StopsAPageAtItsBytesButGivesOne) {
  EXPECT_EQ(Walk({.bytes_max = 1}).size(), kCount);
  EXPECT_EQ(pages_, 9);
}

TEST_F(NotificationListTest, HoldsEachFilterThatIsSet) {
  request_.add_kinds("INC");
  EXPECT_THAT(Walk({.records_max = 2}), ElementsAre(9, 7, 5, 3, 1));
  request_.set_from_party("FI");
  EXPECT_THAT(Walk({}), IsEmpty());
  request_.Clear();
  request_.add_roles(v1::ENTRY_ROLE_OWN);
  EXPECT_THAT(Walk({}), ElementsAre(0));
  request_.Clear();
  request_.set_context(v1::CONTEXT_TEST);
  EXPECT_THAT(Walk({}), IsEmpty());
  request_.Clear();
  request_.set_precedence(v1::PRECEDENCE_EMERGENCY);
  EXPECT_THAT(Walk({}), IsEmpty());
}

TEST_F(NotificationListTest, TakesSinceAsNotBeforeAndUntilAsBefore) {
  request_.mutable_since()->set_seconds(kFirstSecond + 3);
  request_.mutable_until()->set_seconds(kFirstSecond + 6);
  EXPECT_THAT(Walk({.records_max = 1}), ElementsAre(5, 4, 3));
}

TEST_F(NotificationListTest, EndsAPageOnceEnoughWereLookedAt) {
  request_.set_from_party("SE");
  EXPECT_THAT(Walk({.examined_max = 3}), IsEmpty());
  EXPECT_EQ(pages_, 3);
}

TEST_F(NotificationListTest, TellsHowMuchWasLookedAtInVain) {
  EXPECT_EQ(ListNotifications(ledger_, NotificationFilter(request_), "", {})->skipped_bytes, 0U);
  request_.add_kinds("INC");
  EXPECT_EQ(ListNotifications(ledger_, NotificationFilter(request_), "", {})->skipped_bytes,
            fre_bytes_);
  request_.set_from_party("SE");
  EXPECT_EQ(ListNotifications(ledger_, NotificationFilter(request_), "", {})->skipped_bytes,
            fre_bytes_ + inc_bytes_);
}

}  // namespace
}  // namespace cbm
