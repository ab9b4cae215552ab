// What a reader has to open: whatever another State sends, the inbox can be read.

#include "client/reading.h"

#include "gtest/gtest.h"

namespace cbm {
namespace {

const LedgerId kOwn = LedgerId::State("LV");

v1::NotificationRecord ReceivedByName() {
  v1::NotificationRecord record;
  record.set_ledger(kOwn.text());
  record.set_audience("NAMED");
  record.set_from_party("EE");
  record.set_given_digest("what is given");
  return record;
}

bool IsOpenedByDuty(const v1::NotificationRecord& record) {
  return IsGivenByOpening(record, kOwn, "LV", v1::OFFICE_TYPE_DUTY);
}

TEST(Reading, OpensWhatWasSentByName) { EXPECT_TRUE(IsOpenedByDuty(ReceivedByName())); }

TEST(Reading, DoesNotOpenWhatIsGivenWithoutOrNotAtAll) {
  v1::NotificationRecord to_all = ReceivedByName();
  to_all.set_audience("ALL/OSCE");
  EXPECT_FALSE(IsOpenedByDuty(to_all));
  v1::NotificationRecord own = ReceivedByName();
  own.set_from_party("LV");
  EXPECT_FALSE(IsOpenedByDuty(own));
  v1::NotificationRecord header = ReceivedByName();
  header.clear_given_digest();
  EXPECT_FALSE(IsOpenedByDuty(header));
}

// To open it would be refused, and with it all that is opened by the same act.
TEST(Reading, DoesNotOpenWhatAnOfficeFilterKeepsFromIt) {
  v1::NotificationRecord filtered = ReceivedByName();
  filtered.add_office_filter(v1::OFFICE_TYPE_POLICY);
  EXPECT_FALSE(IsOpenedByDuty(filtered));
  filtered.add_office_filter(v1::OFFICE_TYPE_DUTY);
  EXPECT_TRUE(IsOpenedByDuty(filtered));
}

}  // namespace
}  // namespace cbm
