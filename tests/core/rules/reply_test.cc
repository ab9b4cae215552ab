// Replying: to whom, under what, how often; and what each reader then knows. Each refusal takes a
// reply that is accepted and spoils one thing.

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/rules/content_access.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/rules_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::rules {
namespace {

using ::cbm::test::Attempt;
using ::cbm::test::HasCode;
using ::cbm::test::IsAccepted;
using ::cbm::test::IsOk;
using ::cbm::test::IsRefusedAs;
using ::cbm::test::NotificationIn;
using ::cbm::test::OnlyEntry;
using ::cbm::test::RulesWorld;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kFailed = absl::StatusCode::kFailedPrecondition;

v1::Notification& NotificationOf(Attempt& attempt) {
  return *attempt.act.mutable_reply()->mutable_notification();
}

class Reply : public ::testing::Test {
 protected:
  Reply() : sent_(world_.Perform(world_.ToNamed(world_.Duty("EE"), {"FI", "LV"})).act_digest) {}

  Attempt ReplyOf(const std::string& state, v1::ReplyOutcome outcome = v1::REPLY_OUTCOME_FINAL) {
    return world_.Reply(world_.Duty(state), {"EE"}, sent_, outcome);
  }

  // LV's delivery, as a ledger shows it.
  v1::Delivery DeliveryIn(const LedgerId& ledger) {
    const v1::NotificationRecord record = NotificationIn(world_.Ledger(ledger), sent_);
    for (const v1::Delivery& delivery : record.deliveries()) {
      if (delivery.state() == "LV") {
        return delivery;
      }
    }
    return {};
  }

  RulesWorld world_;
  const Digest sent_;
};

TEST_F(Reply, GoesToTheAuthorOfWhatItAnswers) {
  EXPECT_THAT(world_.Decide(ReplyOf("LV")), IsAccepted());
}

TEST_F(Reply, IsRefusedForEachThingThatDoesNotFit) {
  struct Case {
    absl::StatusCode code;
    std::string says;
    std::function<void(Attempt&)> spoil;
  };
  const std::vector<Case> cases = {
      {kInvalid, "outcome", [](Attempt& a) { a.act.mutable_reply()->clear_outcome(); }},
      {kInvalid, "quotes", [](Attempt& a) { a.act.mutable_reply()->clear_quotes(); }},
      {kInvalid, "references", [](Attempt& a) { a.act.clear_references(); }},
      {kInvalid, "references",
       [](Attempt& a) { *a.act.add_references() = v1::Reference(a.act.references(0)); }},
      {absl::StatusCode::kNotFound, "no such notification",
       [](Attempt& a) { a.act.mutable_references(0)->set_act_digest(std::string(32, 'x')); }},
      {absl::StatusCode::kAborted, "version 1 now",
       [](Attempt& a) { a.act.mutable_references(0)->set_record_version(2); }},
      {kInvalid, "commitments", [](Attempt& a) { a.act.mutable_audience()->mutable_own(); }},
      {kFailed, "cbm notify makes it", [](Attempt& a) { NotificationOf(a).set_kind("INC"); }},
      {kInvalid, "context",
       [](Attempt& a) { NotificationOf(a).set_context(v1::CONTEXT_EXERCISE); }},
      {kInvalid, "at least as strict",
       [](Attempt& a) { NotificationOf(a).set_marking(v1::MARKING_GREEN); }},
      {kInvalid, "manifest_digest", [](Attempt& a) { a.act.clear_manifest_digest(); }},
      {kInvalid, "office_filter",
       [](Attempt& a) { a.act.add_office_filter(v1::OFFICE_TYPE_DUTY); }},
      {kInvalid, "asks for no answer",
       [](Attempt& a) { NotificationOf(a).mutable_answer_wanted_by()->set_seconds(1); }},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(fmt::format("case {}: {}", i, cases[i].says));
    Attempt attempt = ReplyOf("LV");
    cases[i].spoil(attempt);
    EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(cases[i].code, cases[i].says));
  }
}

TEST_F(Reply, NeedsTheScopeToReleaseAndAState) {
  world_.Enrol({.party = "LV", .office = "reader", .scopes = {v1::SCOPE_READ}});
  EXPECT_THAT(world_.Decide(world_.Reply(world_.Signer("LV", "reader"), {"EE"}, sent_)),
              IsRefusedAs(absl::StatusCode::kPermissionDenied));
  Attempt attempt = world_.Reply(world_.Secretariat(), {"EE"}, sent_);
  attempt.signer.add_scopes(v1::SCOPE_RELEASE);
  EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(absl::StatusCode::kPermissionDenied));
}

TEST_F(Reply, MayBeLessStrictIfNothingIsQuoted) {
  Attempt attempt = ReplyOf("LV");
  NotificationOf(attempt).set_marking(v1::MARKING_CLEAR);
  attempt.act.mutable_reply()->set_quotes(v1::QUOTING_QUOTES_NOTHING);
  EXPECT_THAT(world_.Decide(attempt), IsAccepted());
  NotificationOf(attempt).set_marking(v1::MARKING_RED);
  attempt.act.mutable_reply()->set_quotes(v1::QUOTING_QUOTES);
  EXPECT_THAT(world_.Decide(attempt), IsAccepted());
}

TEST_F(Reply, GoesToNobodyWhoWasNotShown) {
  EXPECT_THAT(world_.Decide(world_.Reply(world_.Duty("LV"), {"EE", "FI"}, sent_)),
              IsRefusedAs(kInvalid, "FI is none"));
  EXPECT_THAT(world_.Decide(world_.Reply(world_.Duty("LV"), {"FI"}, sent_)),
              IsRefusedAs(kInvalid, "FI is none"));
  EXPECT_THAT(world_.Decide(world_.Reply(world_.Duty("LV"), {"SE"}, sent_)),
              IsRefusedAs(kInvalid, "SE is none"));
}

TEST_F(Reply, MayGoToAllOfAListThatWasShownButNotPastTheAuthor) {
  const Digest shown =
      world_.Perform(world_.ToNamed(world_.Duty("EE"), {"FI", "LV"}, v1::LIST_VISIBILITY_SHOWN))
          .act_digest;
  EXPECT_THAT(world_.Decide(world_.Reply(world_.Duty("LV"), {"EE", "FI"}, shown)), IsAccepted());
  EXPECT_THAT(world_.Decide(world_.Reply(world_.Duty("LV"), {"EE"}, shown)), IsAccepted());
  EXPECT_THAT(world_.Decide(world_.Reply(world_.Duty("LV"), {"FI"}, shown)),
              IsRefusedAs(kInvalid, "must have the author"));
  EXPECT_THAT(world_.Decide(world_.Reply(world_.Duty("LV"), {"EE", "SE"}, shown)),
              IsRefusedAs(kInvalid, "SE is none"));
}

TEST_F(Reply, ToWhatWasNarrowedToSomeOfficesGoesToTheAuthorAlone) {
  Attempt narrow = world_.ToNamed(world_.Duty("EE"), {"FI", "LV"}, v1::LIST_VISIBILITY_SHOWN);
  narrow.act.mutable_submit()->mutable_notification()->set_marking(v1::MARKING_RED);
  narrow.act.add_office_filter(v1::OFFICE_TYPE_DUTY);
  const Digest sent = world_.Perform(narrow).act_digest;
  Attempt attempt = world_.Reply(world_.Duty("LV"), {"EE", "FI"}, sent);
  NotificationOf(attempt).set_marking(v1::MARKING_RED);
  EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(kFailed, "author alone"));
  attempt = world_.Reply(world_.Duty("LV"), {"EE"}, sent);
  NotificationOf(attempt).set_marking(v1::MARKING_RED);
  EXPECT_THAT(world_.Decide(attempt), IsAccepted());

  world_.Enrol({.party = "LV", .office = "cert", .type = v1::OFFICE_TYPE_TECHNICAL});
  attempt = world_.Reply(world_.Signer("LV", "cert"), {"EE"}, sent);
  EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(absl::StatusCode::kNotFound));
}

TEST_F(Reply, IsNotToOnesOwn) {
  EXPECT_THAT(world_.Decide(world_.Reply(world_.Duty("EE"), {"LV"}, sent_)),
              IsRefusedAs(kFailed, "follow it up"));
}

TEST_F(Reply, ShowsNobodyThatThereIsOne) {
  const Decision of_theirs = world_.Decide(world_.Reply(world_.Duty("SE"), {"EE"}, sent_));
  const Decision of_none =
      world_.Decide(world_.Reply(world_.Duty("SE"), {"EE"}, Sha256("nothing")));
  EXPECT_THAT(of_theirs, IsRefusedAs(absl::StatusCode::kNotFound));
  EXPECT_EQ(of_theirs.verdict, of_none.verdict);
}

TEST_F(Reply, ToWhatWentToAllGoesToItsAuthorAlone) {
  const Digest to_all = world_.Perform(world_.ToAll(world_.Duty("EE"))).act_digest;
  EXPECT_THAT(world_.Decide(world_.Reply(world_.Duty("LV"), {"EE", "FI"}, to_all)),
              IsRefusedAs(kInvalid, "FI is none"));
  const Decision decision = world_.Decide(world_.Reply(world_.Duty("LV"), {"EE"}, to_all));
  EXPECT_THAT(decision, IsAccepted());
  EXPECT_EQ(OnlyEntry(decision, LedgerId::Secretariat()).entry.summary().party(), "LV");
}

TEST_F(Reply, MayBeAnsweredInItsTurn) {
  const Digest reply = world_.Perform(ReplyOf("LV")).act_digest;
  const Digest back = world_.Perform(world_.Reply(world_.Duty("EE"), {"LV"}, reply)).act_digest;
  const v1::NotificationRecord record = NotificationIn(world_.State("LV"), back);
  EXPECT_EQ(record.in_reply_to(), BytesOf(reply));
  EXPECT_EQ(record.thread(), BytesOf(sent_));
}

TEST_F(Reply, IsTheLastUnlessItIsInterim) {
  for (const auto last : {v1::REPLY_OUTCOME_FINAL, v1::REPLY_OUTCOME_NOT_IN_A_POSITION}) {
    const Digest sent = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV"})).act_digest;
    const auto reply = [&](v1::ReplyOutcome outcome) {
      return world_.Perform(world_.Reply(world_.Duty("LV"), {"EE"}, sent, outcome)).decision;
    };
    EXPECT_THAT(reply(v1::REPLY_OUTCOME_INTERIM), IsAccepted());
    EXPECT_THAT(reply(v1::REPLY_OUTCOME_INTERIM), IsAccepted());
    EXPECT_THAT(reply(last), IsAccepted());
    EXPECT_THAT(reply(v1::REPLY_OUTCOME_INTERIM), IsRefusedAs(kFailed));
    EXPECT_THAT(reply(v1::REPLY_OUTCOME_FINAL), IsRefusedAs(kFailed));
  }
}

TEST_F(Reply, MarksTheDeliveryForAuthorReplierAndSecretariat) {
  const absl::Time first = world_.now();
  world_.Perform(ReplyOf("LV", v1::REPLY_OUTCOME_INTERIM));
  const absl::Time last = world_.now();
  const Digest reply = world_.Perform(ReplyOf("LV")).act_digest;
  for (const LedgerId& ledger :
       {LedgerId::State("EE"), LedgerId::State("LV"), LedgerId::Secretariat()}) {
    SCOPED_TRACE(ledger.text());
    const v1::Delivery delivery = DeliveryIn(ledger);
    EXPECT_EQ(FromTimestamp(delivery.answered()), first);
    EXPECT_EQ(delivery.outcome(), v1::REPLY_OUTCOME_FINAL);
    EXPECT_EQ(FromTimestamp(delivery.outcome_time()), last);
    EXPECT_FALSE(delivery.has_acknowledged());
    const v1::NotificationRecord record = NotificationIn(world_.Ledger(ledger), reply);
    EXPECT_EQ(record.notification().kind(), "RSP");
    EXPECT_EQ(record.from_party(), "LV");
    EXPECT_EQ(record.in_reply_to(), BytesOf(sent_));
    EXPECT_EQ(record.outcome(), v1::REPLY_OUTCOME_FINAL);
  }
  const v1::NotificationRecord at_fi = NotificationIn(world_.State("FI"), sent_);
  EXPECT_FALSE(at_fi.deliveries(0).has_answered());
  const auto own = FindRecord<v1::Delivery>(static_cast<const LedgerView&>(world_.State("LV")),
                                            AnsweredKey(sent_));
  EXPECT_EQ((*own)->outcome(), v1::REPLY_OUTCOME_FINAL);
}

// An integration is not told of all that its State does: its reply is kept, and the first last one
// counts.
TEST_F(Reply, OfAnIntegrationThatDoesNotKnowIsKeptAndChangesNothing) {
  world_.Enrol({.party = "LV", .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
  world_.Perform(world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_AMBER));
  const Digest sent = world_.Perform(world_.ToNamed(world_.Duty("EE"), {"LV"})).act_digest;
  world_.Perform(world_.Grant(world_.Duty("LV"), "siem", v1::MARKING_CLEAR));
  world_.Perform(
      world_.Reply(world_.Duty("LV"), {"EE"}, sent, v1::REPLY_OUTCOME_NOT_IN_A_POSITION));
  const test::Performed late =
      world_.Perform(world_.Reply(world_.Signer("LV", "siem"), {"EE"}, sent));
  EXPECT_THAT(late.decision, IsAccepted());
  for (const std::string_view state : {"EE", "LV"}) {
    const v1::NotificationRecord record = NotificationIn(world_.State(state), sent);
    EXPECT_EQ(record.deliveries(0).outcome(), v1::REPLY_OUTCOME_NOT_IN_A_POSITION);
  }
  EXPECT_EQ(NotificationIn(world_.State("LV"), late.act_digest).outcome(), v1::REPLY_OUTCOME_FINAL);
}

TEST_F(Reply, IsOpenedAsAnythingThatWasSentByName) {
  const Digest reply = world_.Perform(ReplyOf("LV")).act_digest;
  const LedgerId own = LedgerId::State("EE");
  const auto may_read = [&] {
    return MayReadContent(*world_.ViewOf(own), world_.Duty("EE"), own, reply);
  };
  EXPECT_THAT(may_read(), HasCode(kFailed));
  EXPECT_THAT(world_.Perform(world_.Open(world_.Duty("EE"), {reply})).decision, IsAccepted());
  EXPECT_THAT(may_read(), IsOk());
  EXPECT_TRUE(NotificationIn(world_.State("LV"), reply).deliveries(0).has_opened());
}

TEST_F(Reply, TellsTheSecretariatWhoByCommitmentAndTheAuditorNobody) {
  const Decision decision = world_.Decide(ReplyOf("LV", v1::REPLY_OUTCOME_NOT_IN_A_POSITION));
  const v1::Summary& header = OnlyEntry(decision, LedgerId::Secretariat()).entry.summary();
  EXPECT_EQ(header.party(), "");
  EXPECT_EQ(header.commitment(), DeliveryIn(LedgerId::State("LV")).commitment());
  EXPECT_EQ(header.acted_on(), BytesOf(sent_));
  EXPECT_EQ(header.new_state(), "not_in_a_position");
  EXPECT_EQ(header.notification_kind(), "RSP");
  const NewEntry& audited = OnlyEntry(decision, LedgerId::Auditor());
  EXPECT_EQ(audited.entry.summary().party(), "");
  EXPECT_EQ(audited.entry.summary().commitment(), "");
  EXPECT_EQ(audited.entry.openings_size(), 0);
  EXPECT_FALSE(OnlyEntry(decision, LedgerId::Secretariat()).gives_contents);
}

// A reply that is less strict than what it answers would tell an integration that there was one.
TEST_F(Reply, IsPassedOnByTheStricterMarking) {
  world_.Enrol({.party = "EE", .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
  world_.Perform(world_.Grant(world_.Duty("EE"), "siem", v1::MARKING_GREEN));
  Attempt attempt = ReplyOf("LV");
  NotificationOf(attempt).set_marking(v1::MARKING_CLEAR);
  attempt.act.mutable_reply()->set_quotes(v1::QUOTING_QUOTES_NOTHING);
  EXPECT_THAT(world_.Perform(attempt).passed_on, ::testing::IsEmpty());
  world_.Perform(world_.Grant(world_.Duty("EE"), "siem", v1::MARKING_AMBER));
  EXPECT_EQ(world_.Perform(ReplyOf("FI")).passed_on.size(), 1u);
}

}  // namespace
}  // namespace cbm::rules
