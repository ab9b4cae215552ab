// Following up: who may hang what on an earlier notification, and for whom. Each refusal takes a
// follow-up that is accepted and spoils one thing.

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/rules_world.h"

namespace cbm::rules {
namespace {

using ::cbm::test::Attempt;
using ::cbm::test::IsAccepted;
using ::cbm::test::IsRefusedAs;
using ::cbm::test::NotificationIn;
using ::cbm::test::OnlyEntry;
using ::cbm::test::RulesWorld;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kFailed = absl::StatusCode::kFailedPrecondition;

v1::Notification& NotificationOf(Attempt& attempt) {
  return *attempt.act.mutable_submit()->mutable_notification();
}

class Thread : public ::testing::Test {
 protected:
  Thread() : first_(world_.Perform(world_.ToNamed(world_.Duty("EE"), {"FI", "LV"})).act_digest) {}

  Attempt FollowUp(const std::vector<std::string>& states = {"LV"}) const {
    return world_.FollowUp(world_.Duty("EE"), states, first_);
  }

  RulesWorld world_;
  const Digest first_;
};

TEST_F(Thread, GoesToTheSameAddresseesOrFewer) {
  EXPECT_THAT(world_.Decide(FollowUp({"FI", "LV"})), IsAccepted());
  EXPECT_THAT(world_.Decide(FollowUp({"LV"})), IsAccepted());
  EXPECT_THAT(world_.Decide(FollowUp({"LV", "SE"})),
              IsRefusedAs(kInvalid, "among those of the first, FI, LV; SE is not"));
}

TEST_F(Thread, MayHaveAnyMarkingOfItsOriginator) {
  for (const auto marking : {v1::MARKING_CLEAR, v1::MARKING_GREEN, v1::MARKING_RED}) {
    Attempt attempt = FollowUp();
    NotificationOf(attempt).set_marking(marking);
    EXPECT_THAT(world_.Decide(attempt), IsAccepted());
  }
}

TEST_F(Thread, IsRefusedForEachThingThatDoesNotFit) {
  struct Case {
    absl::StatusCode code;
    std::string says;
    std::function<void(Attempt&)> spoil;
  };
  const std::vector<Case> cases = {
      {kInvalid, "references must be empty",
       [](Attempt& a) { a.act.mutable_submit()->clear_follow_up(); }},
      {kInvalid, "references must name", [](Attempt& a) { a.act.clear_references(); }},
      {kInvalid, "nothing else",
       [](Attempt& a) { *a.act.add_references() = v1::Reference(a.act.references(0)); }},
      {absl::StatusCode::kNotFound, "no such notification",
       [](Attempt& a) { a.act.mutable_references(0)->set_act_digest(std::string(32, 'x')); }},
      {absl::StatusCode::kAborted, "version 1 now",
       [](Attempt& a) { a.act.mutable_references(0)->set_record_version(2); }},
      {kInvalid, "kind and context", [](Attempt& a) { NotificationOf(a).set_kind("FRE"); }},
      {kInvalid, "kind and context",
       [](Attempt& a) { NotificationOf(a).set_context(v1::CONTEXT_EXERCISE); }},
      {kInvalid, "wider",
       [](Attempt& a) {
         a.openings.clear();
         a.act.mutable_audience()->mutable_all()->set_framework("OSCE");
       }},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(fmt::format("case {}: {}", i, cases[i].says));
    Attempt attempt = FollowUp();
    cases[i].spoil(attempt);
    EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(cases[i].code, cases[i].says));
  }
}

TEST_F(Thread, IsItsAuthorsAloneAndHangsOnTheFirst) {
  EXPECT_THAT(world_.Decide(world_.FollowUp(world_.Duty("LV"), {"EE"}, first_)),
              IsRefusedAs(kFailed, "reply to it"));
  const Digest second = world_.Perform(FollowUp()).act_digest;
  EXPECT_THAT(world_.Decide(world_.FollowUp(world_.Duty("EE"), {"LV"}, second)),
              IsRefusedAs(kFailed, "first notification"));
}

// To SE the notification does not exist, whatever it says of it.
TEST_F(Thread, ShowsNobodyThatThereIsOne) {
  const Decision of_theirs = world_.Decide(world_.FollowUp(world_.Duty("SE"), {"EE"}, first_));
  const Decision of_none =
      world_.Decide(world_.FollowUp(world_.Duty("SE"), {"EE"}, Sha256("nothing")));
  EXPECT_THAT(of_theirs, IsRefusedAs(absl::StatusCode::kNotFound));
  EXPECT_EQ(of_theirs.verdict, of_none.verdict);
}

TEST_F(Thread, OfANotificationToAllMayGoToAllOrToSomeOfThem) {
  const Digest to_all = world_.Perform(world_.ToAll(world_.Duty("EE"))).act_digest;
  Attempt attempt = world_.ToAll(world_.Duty("EE"));
  attempt.act.mutable_submit()->set_follow_up(v1::FOLLOW_UP_UPDATE);
  *attempt.act.add_references() = FollowUp().act.references(0);
  attempt.act.mutable_references(0)->set_act_digest(std::string(BytesOf(to_all)));
  EXPECT_THAT(world_.Decide(attempt), IsAccepted());
  EXPECT_THAT(world_.Decide(world_.FollowUp(world_.Duty("EE"), {"SE"}, to_all)), IsAccepted());

  attempt.act.mutable_audience()->mutable_all()->set_framework("UN");
  NotificationOf(attempt).set_measures(0, "UN-3");
  EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(kInvalid, "wider"));
  Attempt to_partner = world_.FollowUp(world_.Duty("EE"), {"JP"}, to_all);
  NotificationOf(to_partner).set_measures(0, "UN-3");
  EXPECT_THAT(world_.Decide(to_partner), IsRefusedAs(kInvalid, "ALL/OSCE; JP is not"));
}

TEST_F(Thread, KeepsAnOfficeFilterOrNarrowsIt) {
  Attempt narrow = world_.ToNamed(world_.Duty("EE"), {"LV"});
  NotificationOf(narrow).set_marking(v1::MARKING_RED);
  narrow.act.add_office_filter(v1::OFFICE_TYPE_POLICY);
  narrow.act.add_office_filter(v1::OFFICE_TYPE_DUTY);
  const Digest first = world_.Perform(narrow).act_digest;
  const auto with = [&](const std::vector<v1::OfficeType>& filter) {
    Attempt attempt = world_.FollowUp(world_.Duty("EE"), {"LV"}, first);
    NotificationOf(attempt).set_marking(v1::MARKING_RED);
    for (const v1::OfficeType type : filter) {
      attempt.act.add_office_filter(type);
    }
    return attempt;
  };
  EXPECT_THAT(world_.Decide(with({v1::OFFICE_TYPE_DUTY})), IsAccepted());
  EXPECT_THAT(world_.Decide(with({})), IsRefusedAs(kInvalid, "office_filter"));
  EXPECT_THAT(world_.Decide(with({v1::OFFICE_TYPE_TECHNICAL})),
              IsRefusedAs(kInvalid, "office_filter"));
}

TEST_F(Thread, IsShownInEveryLedgerThatHasIt) {
  const absl::Time at = world_.now();
  const Digest second = world_.Perform(FollowUp()).act_digest;
  const Digest last =
      world_.Perform(world_.FollowUp(world_.Duty("EE"), {"FI"}, first_, v1::FOLLOW_UP_FINAL_REPORT))
          .act_digest;
  for (const LedgerId& ledger :
       {LedgerId::State("EE"), LedgerId::State("LV"), LedgerId::Secretariat()}) {
    SCOPED_TRACE(ledger.text());
    const v1::NotificationRecord record = NotificationIn(world_.Ledger(ledger), second);
    EXPECT_EQ(record.thread(), BytesOf(first_));
    EXPECT_EQ(record.follow_up(), v1::FOLLOW_UP_UPDATE);
    const v1::NotificationRecord first = NotificationIn(world_.Ledger(ledger), first_);
    EXPECT_EQ(first.thread(), "");
    EXPECT_EQ(FromTimestamp(first.followed_up()), at);
    EXPECT_EQ(first.has_reported(), ledger != LedgerId::State("LV"));
  }
  EXPECT_EQ(NotificationIn(world_.Ledger(LedgerId::Secretariat()), last).follow_up(),
            v1::FOLLOW_UP_FINAL_REPORT);
  EXPECT_FALSE(NotificationIn(world_.State("EE"), second).has_follow_up_by());
}

TEST_F(Thread, TellsTheAuditorWhatItHangsOnAndNotWho) {
  const Decision decision = world_.Decide(FollowUp());
  const v1::Summary& summary = OnlyEntry(decision, LedgerId::Auditor()).entry.summary();
  EXPECT_EQ(summary.acted_on(), BytesOf(first_));
  EXPECT_EQ(summary.new_state(), "followed_up");
  EXPECT_EQ(summary.party(), "");
}

}  // namespace
}  // namespace cbm::rules
