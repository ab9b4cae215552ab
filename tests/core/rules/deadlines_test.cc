// When things are due, and whether they are overdue: each at the very second, one before and one
// past it. Durations are exact, so days are of 24 hours, over leap days and year's ends alike.

#include "core/rules/deadlines.h"

#include <string>
#include <vector>

#include "core/rules/facts.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/rules_world.h"

namespace cbm::rules {
namespace {

using ::cbm::test::Attempt;
using ::cbm::test::IsAccepted;
using ::cbm::test::IsRefusedAs;
using ::cbm::test::NotificationIn;
using ::cbm::test::RulesWorld;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kSecond = absl::Seconds(1);

absl::Time Utc(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M:%S", text, &time, &error)) << error;
  return time;
}

class Deadlines : public ::testing::Test {
 protected:
  // A notification of EE to LV that is taken at this time, as `ledger` shows it.
  v1::NotificationRecord Taken(const std::string& kind, v1::Precedence precedence, absl::Time at,
                               const LedgerId& ledger = LedgerId::State("EE")) {
    v1::Notification notification;
    notification.set_kind(kind);
    notification.set_precedence(precedence);
    notification.add_measures("OSCE-3");
    v1::Effect effect;
    SetDeadlines(world_.exchange(), notification, true, at, effect);
    v1::NotificationRecord record;
    record.set_ledger(ledger.text());
    record.set_from_party("EE");
    record.add_deliveries()->set_state("LV");
    if (effect.has_acknowledge_by()) {
      *record.mutable_acknowledge_by() = effect.acknowledge_by();
    }
    if (effect.has_answer_by()) {
      *record.mutable_answer_by() = effect.answer_by();
    }
    if (effect.has_follow_up_by()) {
      *record.mutable_follow_up_by() = effect.follow_up_by();
      *record.mutable_final_report_by() = effect.final_report_by();
    }
    return record;
  }

  static void ExpectDue(const Deadline& deadline, absl::Time by) {
    EXPECT_EQ(deadline.by, by);
    EXPECT_FALSE(IsOverdue(deadline, by - kSecond));
    EXPECT_FALSE(IsOverdue(deadline, by));
    EXPECT_TRUE(IsOverdue(deadline, by + kSecond));
    EXPECT_FALSE(WasLate(deadline));
  }

  static void ExpectMet(const Deadline& deadline, bool late) {
    EXPECT_FALSE(IsOverdue(deadline, deadline.by + absl::Hours(1'000)));
    EXPECT_EQ(WasLate(deadline), late);
  }

  RulesWorld world_;
  const absl::Time start_ = Utc("2026-03-10 21:52:00");
};

TEST_F(Deadlines, OfAnAcknowledgementGoByPrecedence) {
  for (const auto& [precedence, within] :
       {std::pair(v1::PRECEDENCE_EMERGENCY, absl::Hours(2)),
        std::pair(v1::PRECEDENCE_URGENT, absl::Hours(24)),
        std::pair(v1::PRECEDENCE_ROUTINE, absl::Hours(5 * 24))}) {
    const auto deadlines = DeadlinesOfAddressees(Taken("INC", precedence, start_));
    ASSERT_THAT(deadlines, SizeIs(1));
    EXPECT_EQ(deadlines[0].due, Due::kAcknowledgement);
    EXPECT_EQ(deadlines[0].state, "LV");
    ExpectDue(deadlines[0], start_ + within);
  }
}

TEST_F(Deadlines, OfAnAnswerGoByPrecedence) {
  for (const auto& [precedence, within] :
       {std::pair(v1::PRECEDENCE_EMERGENCY, absl::Hours(48)),
        std::pair(v1::PRECEDENCE_URGENT, absl::Hours(48)),
        std::pair(v1::PRECEDENCE_ROUTINE, absl::Hours(10 * 24))}) {
    const auto deadlines = DeadlinesOfAddressees(Taken("INQ", precedence, start_));
    ASSERT_THAT(deadlines, SizeIs(2));
    EXPECT_EQ(deadlines[1].due, Due::kAnswer);
    ExpectDue(deadlines[1], start_ + within);
  }
}

TEST_F(Deadlines, OfAnAnswerGoByTheTimeThatIsWanted) {
  v1::Notification notification;
  notification.set_kind("INQ");
  notification.set_precedence(v1::PRECEDENCE_ROUTINE);
  *notification.mutable_answer_wanted_by() = ToTimestamp(start_ + absl::Hours(3));
  v1::Effect effect;
  SetDeadlines(world_.exchange(), notification, true, start_, effect);
  EXPECT_EQ(FromTimestamp(effect.answer_by()), start_ + absl::Hours(3));
}

TEST_F(Deadlines, OfAnIncidentAreItsAuthors) {
  const v1::NotificationRecord record = Taken("INC", v1::PRECEDENCE_URGENT, start_);
  const auto deadlines = DeadlinesOfAuthor(record);
  ASSERT_THAT(deadlines, SizeIs(2));
  EXPECT_EQ(deadlines[0].due, Due::kFollowUp);
  EXPECT_EQ(deadlines[0].state, "EE");
  ExpectDue(deadlines[0], start_ + absl::Hours(72));
  EXPECT_EQ(deadlines[1].due, Due::kFinalReport);
  ExpectDue(deadlines[1], start_ + absl::Hours(30 * 24));
  EXPECT_THAT(DeadlinesOfAuthor(Taken("INQ", v1::PRECEDENCE_URGENT, start_)), IsEmpty());
}

TEST_F(Deadlines, AreExactOverLeapDaysAndTheYearsEnd) {
  const auto final_of = [&](const std::string& taken) {
    return DeadlinesOfAuthor(Taken("INC", v1::PRECEDENCE_ROUTINE, Utc(taken)))[1].by;
  };
  EXPECT_EQ(final_of("2027-02-01 12:00:00"), Utc("2027-03-03 12:00:00"));
  EXPECT_EQ(final_of("2028-02-01 12:00:00"), Utc("2028-03-02 12:00:00"));
  EXPECT_EQ(final_of("2028-02-29 23:59:59"), Utc("2028-03-30 23:59:59"));
  EXPECT_EQ(final_of("2026-12-15 00:00:00"), Utc("2027-01-14 00:00:00"));
  const auto answer =
      DeadlinesOfAddressees(Taken("INQ", v1::PRECEDENCE_ROUTINE, Utc("2028-02-25 08:00:00")))[1];
  ExpectDue(answer, Utc("2028-03-06 08:00:00"));
}

TEST_F(Deadlines, AreMetInTimeOrLateAndTheMarkStays) {
  v1::NotificationRecord record = Taken("INQ", v1::PRECEDENCE_URGENT, start_);
  v1::Delivery& delivery = *record.mutable_deliveries(0);
  *delivery.mutable_acknowledged() = ToTimestamp(start_ + absl::Hours(24));
  *delivery.mutable_answered() = ToTimestamp(start_ + absl::Hours(48) + kSecond);
  const auto deadlines = DeadlinesOfAddressees(record);
  ASSERT_THAT(deadlines, SizeIs(2));
  ExpectMet(deadlines[0], false);
  ExpectMet(deadlines[1], true);
}

// A clock that is set back does not undo what an entry proves to be past.
TEST_F(Deadlines, GoByTheLastEntryIfTheClockIsBehindIt) {
  const auto deadline = DeadlinesOfAddressees(Taken("INC", v1::PRECEDENCE_URGENT, start_)).front();
  const absl::Time past = deadline.by + kSecond;
  EXPECT_TRUE(IsOverdue(deadline, PresentAt(start_, past)));
  EXPECT_TRUE(IsOverdue(deadline, PresentAt(past, start_)));
  EXPECT_FALSE(IsOverdue(deadline, PresentAt(start_, deadline.by)));
}

TEST_F(Deadlines, StandInEveryLedgerThatHasTheNotification) {
  Attempt attempt = world_.ToNamed(world_.Duty("EE"), {"LV"});
  attempt.act.mutable_submit()->mutable_notification()->set_kind("INQ");
  const absl::Time at = world_.now();
  const Digest sent = world_.Perform(attempt).act_digest;
  for (const LedgerId& ledger :
       {LedgerId::State("EE"), LedgerId::State("LV"), LedgerId::Secretariat()}) {
    const v1::NotificationRecord record = NotificationIn(world_.Ledger(ledger), sent);
    EXPECT_EQ(FromTimestamp(record.answer_by()), at + absl::Hours(48)) << ledger.text();
  }
  world_.Perform(world_.Reply(world_.Duty("LV"), {"EE"}, sent));
  EXPECT_TRUE(DeadlinesOfAddressees(NotificationIn(world_.State("EE"), sent))[1].met.has_value());
}

TEST_F(Deadlines, TakeATimeThatIsWantedAheadAloneAndOfKindsThatAsk) {
  Attempt attempt = world_.ToNamed(world_.Duty("EE"), {"LV"});
  v1::Notification& notification = *attempt.act.mutable_submit()->mutable_notification();
  notification.set_kind("INQ");
  *notification.mutable_answer_wanted_by() = ToTimestamp(world_.now());
  EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(absl::StatusCode::kInvalidArgument));
  *notification.mutable_answer_wanted_by() = ToTimestamp(world_.now() + kSecond);
  EXPECT_THAT(world_.Decide(attempt), IsAccepted());
  notification.mutable_answer_wanted_by()->set_nanos(-1);
  EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(absl::StatusCode::kInvalidArgument));
  notification.set_kind("INC");
  EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace cbm::rules
