// Who is given a content. Most of these are refusals: what somebody may not have must look, to the
// last letter, like what is not there.

#include "core/rules/content_access.h"

#include <string>

#include "core/rules/facts.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/core/rules/written_view.h"
#include "tests/support/status_matchers.h"

namespace cbm::rules {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::WrittenView;

const LedgerId kOsce = LedgerId::All("OSCE");

Digest Act() { return Sha256("an act"); }

v1::CredentialRecord Reader(std::string_view party, std::string_view office, v1::OfficeType type) {
  v1::CredentialRecord reader;
  reader.set_party(std::string(party));
  reader.set_office(std::string(office));
  reader.set_type(type);
  return reader;
}

v1::CredentialRecord Duty() { return Reader("LV", "duty", v1::OFFICE_TYPE_DUTY); }
v1::CredentialRecord Siem() { return Reader("LV", "siem", v1::OFFICE_TYPE_INTEGRATION); }

// From EE to LV, given with its content.
v1::NotificationRecord FromEstonia(std::string_view audience) {
  v1::NotificationRecord record;
  record.set_ordinal(7);
  record.set_act_digest(std::string(BytesOf(Act())));
  record.set_from_party("EE");
  record.set_audience(std::string(audience));
  record.set_given_digest(std::string(kDigestBytes, 'g'));
  record.mutable_notification()->set_marking(v1::MARKING_AMBER);
  return record;
}

void Grant(v1::IntegrationReading reading, v1::Marking ceiling, WrittenView& view) {
  v1::OfficeRecord office;
  office.set_party("LV");
  office.set_office("siem");
  office.set_type(v1::OFFICE_TYPE_INTEGRATION);
  office.mutable_grant()->set_office("siem");
  office.mutable_grant()->set_reading(reading);
  office.mutable_grant()->set_ceiling(ceiling);
  view.own_ledger().Put(office);
}

class ContentAccess : public testing::Test {
 protected:
  absl::Status MayDutyRead(const LedgerId& ledger) {
    return MayReadContent(latvia_, Duty(), ledger, Act());
  }
  absl::Status MaySiemRead(const LedgerId& ledger) {
    return MayReadContent(siem_, Siem(), ledger, Act());
  }

  const LedgerId own_ = LedgerId::State("LV");
  WrittenView latvia_{own_};
  const LedgerId siem_own_ = LedgerId::Integration("LV", "siem");
  WrittenView siem_{siem_own_};
};

TEST_F(ContentAccess, OfANamedNotificationIsGivenToAnOfficeThatOpenedIt) {
  latvia_.own_ledger().Put(FromEstonia("NAMED"));
  latvia_.own_ledger().Put(OpenedKey(7, "duty"), "");
  EXPECT_THAT(MayDutyRead(own_), IsOk());
}

TEST_F(ContentAccess, OfANamedNotificationHasToBeOpenedFirst) {
  latvia_.own_ledger().Put(FromEstonia("NAMED"));
  EXPECT_THAT(MayDutyRead(own_), HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST_F(ContentAccess, IsNotGivenBecauseAnotherOfficeOpened) {
  latvia_.own_ledger().Put(FromEstonia("NAMED"));
  latvia_.own_ledger().Put(OpenedKey(7, "policy"), "");
  EXPECT_THAT(MayDutyRead(own_), HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST_F(ContentAccess, IsNotGivenBecauseAnotherNotificationWasOpened) {
  latvia_.own_ledger().Put(FromEstonia("NAMED"));
  latvia_.own_ledger().Put(OpenedKey(6, "duty"), "");
  EXPECT_THAT(MayDutyRead(own_), HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST_F(ContentAccess, OfOnesOwnPartyNeedsNoOpen) {
  v1::NotificationRecord record = FromEstonia("NAMED");
  record.set_from_party("LV");
  record.add_office_filter(v1::OFFICE_TYPE_POLICY);  // Meant for those addressed.
  latvia_.own_ledger().Put(record);
  EXPECT_THAT(MayDutyRead(own_), IsOk());
}

TEST_F(ContentAccess, OfWhatWentToAllNeedsNoOpen) {
  latvia_.all_ledger("OSCE").Put(FromEstonia("ALL/OSCE"));
  EXPECT_THAT(MayDutyRead(kOsce), IsOk());
}

TEST_F(ContentAccess, DoesNotExistForAnOfficeThatTheFilterKeepsOut) {
  v1::NotificationRecord record = FromEstonia("NAMED");
  record.add_office_filter(v1::OFFICE_TYPE_POLICY);
  latvia_.own_ledger().Put(record);
  latvia_.own_ledger().Put(OpenedKey(7, "duty"), "");
  EXPECT_EQ(MayDutyRead(own_), NoSuchContent());
}

TEST_F(ContentAccess, IsGivenToAnOfficeThatTheFilterNames) {
  v1::NotificationRecord record = FromEstonia("NAMED");
  record.add_office_filter(v1::OFFICE_TYPE_POLICY);
  record.add_office_filter(v1::OFFICE_TYPE_DUTY);
  latvia_.own_ledger().Put(record);
  latvia_.own_ledger().Put(OpenedKey(7, "duty"), "");
  EXPECT_THAT(MayDutyRead(own_), IsOk());
}

TEST_F(ContentAccess, DoesNotExistForWhoFollowsTheHeaderAlone) {
  v1::NotificationRecord record = FromEstonia("NAMED");
  record.clear_given_digest();
  latvia_.own_ledger().Put(record);
  EXPECT_EQ(MayDutyRead(own_), NoSuchContent());
}

TEST_F(ContentAccess, DoesNotExistWhereTheLedgerKnowsNothingOfTheAct) {
  EXPECT_EQ(MayDutyRead(own_), NoSuchContent());
  EXPECT_EQ(MayDutyRead(kOsce), NoSuchContent());
}

TEST_F(ContentAccess, DoesNotExistInALedgerThatIsAnothers) {
  EXPECT_EQ(MayDutyRead(LedgerId::State("EE")), NoSuchContent());
  EXPECT_EQ(MayDutyRead(LedgerId::All("NONE")), NoSuchContent());
}

TEST_F(ContentAccess, OfAnActThatIsNoNotificationIsGivenToItsReader) {
  latvia_.own_ledger().PutEntry(Act(), 3);
  EXPECT_THAT(MayDutyRead(own_), IsOk());
}

TEST_F(ContentAccess, OfAllIsGivenToAnIntegrationAsFarAsItsGrantReaches) {
  siem_.all_ledger("OSCE").Put(FromEstonia("ALL/OSCE"));
  EXPECT_EQ(MaySiemRead(kOsce), NoSuchContent()) << "without a grant";
  Grant(v1::INTEGRATION_READING_NOTHING, v1::MARKING_RED, siem_);
  EXPECT_EQ(MaySiemRead(kOsce), NoSuchContent()) << "it may read nothing";
  Grant(v1::INTEGRATION_READING_NOTIFICATIONS, v1::MARKING_GREEN, siem_);
  EXPECT_EQ(MaySiemRead(kOsce), NoSuchContent()) << "AMBER is above GREEN";
  Grant(v1::INTEGRATION_READING_NOTIFICATIONS, v1::MARKING_AMBER, siem_);
  EXPECT_THAT(MaySiemRead(kOsce), IsOk());
}

TEST_F(ContentAccess, OfAllIsNotGivenToAnIntegrationByAGrantThatStandsInAll) {
  WrittenView other(siem_own_);
  Grant(v1::INTEGRATION_READING_NOTIFICATIONS, v1::MARKING_RED, other);
  const auto office = other.own().FindFact(OfficeKey("LV", "siem"));
  ASSERT_TRUE(office.ok() && office->has_value());
  siem_.all_ledger("OSCE").Put(OfficeKey("LV", "siem"), **office);
  siem_.all_ledger("OSCE").Put(FromEstonia("ALL/OSCE"));
  EXPECT_EQ(MaySiemRead(kOsce), NoSuchContent());
}

TEST_F(ContentAccess, OfAnActWithoutMarkingInAllIsNotGivenToAnIntegration) {
  Grant(v1::INTEGRATION_READING_NOTIFICATIONS, v1::MARKING_RED, siem_);
  siem_.all_ledger("OSCE").PutEntry(Act(), 3);
  EXPECT_EQ(MaySiemRead(kOsce), NoSuchContent());
}

TEST_F(ContentAccess, OfWhatWasPassedOnIsGivenToAnIntegrationOnceItOpened) {
  siem_.own_ledger().Put(FromEstonia("NAMED"));
  EXPECT_THAT(MaySiemRead(siem_own_), HasCode(absl::StatusCode::kFailedPrecondition));
  siem_.own_ledger().Put(OpenedKey(7, "siem"), "");
  EXPECT_THAT(MaySiemRead(siem_own_), IsOk());
}

}  // namespace
}  // namespace cbm::rules
