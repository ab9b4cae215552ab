// What a reader believes of a consultation's state: what the rules make of acts that it was given,
// and nothing that the exchange adds.

#include "core/rules/consultation_check.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/rules/facts.h"
#include "core/rules/projection.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/consultation_acts.h"
#include "tests/support/rules_world.h"
#include "tests/support/status_matchers.h"

namespace cbm::rules {
namespace {

using ::cbm::test::Attempt;
using ::cbm::test::HasCode;
using ::cbm::test::IsAccepted;
using ::cbm::test::IsOk;
using ::cbm::test::RulesWorld;

constexpr absl::StatusCode kDoubt = absl::StatusCode::kDataLoss;

class ConsultationCheck : public ::testing::Test {
 protected:
  const v1::CredentialRecord& Duty(std::string_view state) const { return world_.Duty(state); }

  // Performs the act. Each entry must be believed by its reader, who replays what it was given;
  // what `forge` makes of it must not.
  using Forge = std::function<void(v1::ConsultationState&)>;
  void Do(const Attempt& attempt, const std::vector<Forge>& forgeries = {}) {
    SCOPED_TRACE(static_cast<int>(attempt.act.kind_case()));
    const test::Performed performed = world_.Perform(attempt);
    ASSERT_THAT(performed.decision, IsAccepted());
    for (const NewEntry& made : performed.decision.entries) {
      SCOPED_TRACE(made.ledger.text());
      test::MemoryLedger& reader = readers_[made.ledger];
      const v1::Entry entry = world_.Ledger(made.ledger).entries().back();
      const v1::Act* const act = entry.has_summary() ? nullptr : &attempt.act;
      EXPECT_THAT(CheckConsultationState(made.ledger, entry, act, reader), IsOk());
      for (size_t i = 0; i < forgeries.size() && made.ledger.is_state(); ++i) {
        SCOPED_TRACE(fmt::format("forgery {}", i));
        v1::Entry forged = entry;
        forgeries[i](*forged.mutable_effect()->mutable_consultation());
        EXPECT_THAT(CheckConsultationState(made.ledger, forged, act, reader), HasCode(kDoubt));
      }
      reader.Append(entry);
      ASSERT_THAT(Project(world_.exchange(), entry, act, reader), IsOk());
    }
  }

  RulesWorld world_;
  std::map<LedgerId, test::MemoryLedger> readers_;
};

TEST_F(ConsultationCheck, BelievesWhatTheRulesMadeAndNothingElse) {
  const Forge moves_time = [](auto& s) { s.mutable_answer_by()->set_seconds(1); };
  const Forge adds_party = [](auto& s) { s.add_parties("SE"); };
  const Forge drops_invitee = [](auto& s) { s.mutable_invitees()->RemoveLast(); };
  const Forge ends = [](auto& s) { s.set_state("withdrawn"); };
  const Forge confirms = [](auto& s) { s.add_confirmed("EE"); };
  const Forge renames = [](auto& s) { s.set_consultation_id(std::string(32, 'x')); };
  const Forge redrafts = [](auto& s) { s.set_record_digest(std::string(32, 'x')); };
  Attempt request = Request(world_, Duty("LV"), {"EE", "FI", "SE"});
  *request.act.mutable_consultation_request()->mutable_answer_by() =
      ToTimestamp(world_.now() + absl::Hours(3));
  Do(request, {moves_time, adds_party, drops_invitee, ends, renames});
  Do(Answer(world_, Duty("EE"), v1::ANSWER_KIND_ACCEPT),
     {moves_time, adds_party, ends, confirms, renames});
  Do(Answer(world_, Duty("FI"), v1::ANSWER_KIND_DECLINE), {adds_party, drops_invitee});
  Do(Schedule(world_, Duty("EE")), {ends, adds_party});
  Do(Post(world_, Duty("LV")), {ends, confirms});
  Do(MarkHeld(world_, Duty("LV")), {ends});
  // SE, who is still asked, is told of the record without the act.
  const Forge skips_version = [](auto& s) { s.set_record_version(7); };
  const Forge concludes = [](auto& s) { s.set_state("concluded_agreed"); };
  const Forge states_for_lv = [](auto& s) { s.set_statements(0, "SE"); };
  Do(DraftRecord(world_, Duty("LV")),
     {adds_party, drops_invitee, moves_time, ends, confirms, redrafts, skips_version, concludes});
  Do(ConfirmRecord(world_, Duty("LV")), {confirms, redrafts});
  Do(FileStatement(world_, Duty("EE")),
     {adds_party, drops_invitee, ends, confirms, redrafts, skips_version, states_for_lv});
  Do(Leave(world_, Duty("EE")), {confirms});
}

TEST_F(ConsultationCheck, DoubtsAnActWithoutTheRequestOrForOtherParties) {
  Do(Request(world_, Duty("LV"), {"EE", "FI"}));
  const Attempt accept = Answer(world_, Duty("EE"), v1::ANSWER_KIND_ACCEPT);
  const LedgerId fi = LedgerId::State("FI");
  const test::MemoryLedger before = readers_[fi];
  Do(accept);
  const v1::Entry entry = world_.Ledger(fi).entries().back();
  EXPECT_THAT(CheckConsultationState(fi, entry, &accept.act, before), IsOk());
  EXPECT_THAT(CheckConsultationState(fi, entry, &accept.act, test::MemoryLedger()),
              HasCode(kDoubt));
  v1::Act other = accept.act;
  other.mutable_audience()->mutable_party_set()->set_digest(std::string(32, 'p'));
  EXPECT_THAT(CheckConsultationState(fi, entry, &other, before), HasCode(kDoubt));
  other = accept.act;
  other.set_party("SE");
  EXPECT_THAT(CheckConsultationState(fi, entry, &other, before), HasCode(kDoubt));
  v1::Entry silent = entry;
  silent.clear_effect();
  EXPECT_THAT(CheckConsultationState(fi, silent, &accept.act, before), HasCode(kDoubt));
}

// A reader who believed it would see its consultation begin again.
TEST_F(ConsultationCheck, DoubtsARequestThatIsToldAgain) {
  const Attempt request = Request(world_, Duty("LV"), {"EE"});
  Do(request);
  for (const auto& [ledger, act] :
       std::map<LedgerId, const v1::Act*>{{LedgerId::State("LV"), &request.act},
                                          {LedgerId::State("EE"), &request.act},
                                          {LedgerId::Secretariat(), nullptr}}) {
    const v1::Entry told = world_.Ledger(ledger).entries().back();
    EXPECT_THAT(CheckConsultationState(ledger, told, act, test::MemoryLedger()), IsOk());
    EXPECT_THAT(CheckConsultationState(ledger, told, act, readers_[ledger]), HasCode(kDoubt));
  }
}

// The secretariat is given no act of a consultation, so that it cannot compute a state; but what it
// is told must have changed, and must tell nothing of the record.
TEST_F(ConsultationCheck, SecretariatDoubtsWhatIsNotItsToBeTold) {
  const LedgerId secretariat = LedgerId::Secretariat();
  const auto check = [&](const v1::Entry& entry) {
    return CheckConsultationState(secretariat, entry, nullptr, readers_[secretariat]);
  };
  Do(Request(world_, Duty("LV"), {"EE"}));
  v1::Entry renamed = world_.Ledger(secretariat).entries().back();
  renamed.mutable_effect()->mutable_consultation()->set_consultation_id(std::string(32, 'x'));
  test::MemoryLedger nothing;
  EXPECT_THAT(CheckConsultationState(secretariat, renamed, nullptr, nothing), HasCode(kDoubt));
  EXPECT_THAT(Project(world_.exchange(), renamed, nullptr, nothing), HasCode(kDoubt));
  Do(Answer(world_, Duty("EE"), v1::ANSWER_KIND_ACCEPT));
  Do(MarkHeld(world_, Duty("LV")));
  const test::MemoryLedger before = readers_[secretariat];
  Do(DraftRecord(world_, Duty("LV")));
  const v1::Entry draft = world_.Ledger(secretariat).entries().back();
  ASSERT_EQ(draft.kind(), v1::ACT_KIND_DRAFT_RECORD);
  EXPECT_THAT(check(draft), HasCode(kDoubt)) << "it is recording already";
  v1::Entry silent = draft;
  silent.clear_effect();
  EXPECT_THAT(check(silent), HasCode(kDoubt));
  readers_[secretariat] = before;
  EXPECT_THAT(check(draft), IsOk());
  const std::vector<Forge> tells = {
      [](auto& s) { s.set_record_version(1); },
      [](auto& s) { s.set_record_digest(std::string(32, 'd')); },
      [](auto& s) { s.add_confirmed("LV"); },
      [](auto& s) { s.add_statements("LV"); },
      [](auto& s) { s.add_invitations()->set_state("EE"); },
      [](auto& s) { s.set_requester("EE"); },
      [](auto& s) { s.set_marking(v1::MARKING_CLEAR); },
      [](auto& s) { s.set_precedence(v1::PRECEDENCE_EMERGENCY); },
      [](auto& s) { s.set_context(v1::CONTEXT_EXERCISE); },
      [](auto& s) { s.mutable_requested()->set_seconds(1); },
      [](auto& s) { s.mutable_answer_by()->set_seconds(1); },
  };
  for (const Forge& forge : tells) {
    v1::Entry forged = draft;
    forge(*forged.mutable_effect()->mutable_consultation());
    EXPECT_THAT(check(forged), HasCode(kDoubt));
  }
  v1::Entry summary = draft;
  summary.mutable_summary()->set_new_state("held");
  EXPECT_THAT(check(summary), HasCode(kDoubt));
  readers_[secretariat] = test::MemoryLedger();
  EXPECT_THAT(check(draft), HasCode(kDoubt)) << "it was not told of the request";
}

TEST_F(ConsultationCheck, SecretariatDoubtsWhatComesAfterTheEnd) {
  const LedgerId secretariat = LedgerId::Secretariat();
  Do(Request(world_, Duty("LV"), {"EE"}));
  Do(Answer(world_, Duty("EE"), v1::ANSWER_KIND_ACCEPT));
  const v1::Entry agreed = world_.Ledger(secretariat).entries().back();
  Do(Schedule(world_, Duty("LV")));
  EXPECT_THAT(CheckConsultationState(secretariat, agreed, nullptr, readers_[secretariat]),
              HasCode(kDoubt))
      << "an answer takes no meeting back";
  v1::Entry postponed = agreed;
  postponed.set_kind(v1::ACT_KIND_SCHEDULE);
  EXPECT_THAT(CheckConsultationState(secretariat, postponed, nullptr, readers_[secretariat]),
              IsOk());
  Do(Withdraw(world_, Duty("LV")));
  EXPECT_THAT(CheckConsultationState(secretariat, agreed, nullptr, readers_[secretariat]),
              HasCode(kDoubt));
}

// Who is told that a consultation is over leaves off answering.
TEST_F(ConsultationCheck, DoubtsAnEndThatNoActLeadsTo) {
  const LedgerId fi = LedgerId::State("FI");
  const Attempt request = Request(world_, Duty("LV"), {"EE", "FI"});
  Do(request);
  v1::Entry told = world_.Ledger(fi).entries().back();
  told.set_role(v1::ENTRY_ROLE_INFORMED);
  told.set_act_digest(std::string(kDigestBytes, 'n'));
  told.mutable_summary()->set_acted_on(told.effect().consultation().consultation_id());
  for (const auto kind :
       {v1::ACT_KIND_DRAFT_RECORD, v1::ACT_KIND_FILE_STATEMENT, v1::ACT_KIND_POST}) {
    told.set_kind(kind);
    for (const std::string state : {"requested", "agreed", "declined", "withdrawn", "lapsed",
                                    "recording", "concluded_agreed", "concluded_not_agreed"}) {
      told.mutable_summary()->set_new_state(state);
      told.mutable_effect()->mutable_consultation()->set_state(state);
      EXPECT_THAT(CheckConsultationState(fi, told, nullptr, readers_[fi]), HasCode(kDoubt))
          << state;
    }
  }
}

// Who is still asked is told of the record in a summary.
TEST_F(ConsultationCheck, DoubtsASummaryThatNamesAnotherState) {
  const LedgerId fi = LedgerId::State("FI");
  Do(Request(world_, Duty("LV"), {"EE", "FI"}));
  Do(Answer(world_, Duty("EE"), v1::ANSWER_KIND_ACCEPT));
  Do(MarkHeld(world_, Duty("LV")));
  const test::MemoryLedger before = readers_[fi];
  Do(DraftRecord(world_, Duty("LV")));
  v1::Entry told = world_.Ledger(fi).entries().back();
  ASSERT_TRUE(told.has_summary());
  EXPECT_THAT(CheckConsultationState(fi, told, nullptr, before), IsOk());
  v1::Entry of_another = told;
  of_another.mutable_summary()->set_acted_on(std::string(kDigestBytes, 'q'));
  EXPECT_THAT(CheckConsultationState(fi, of_another, nullptr, before), HasCode(kDoubt));
  told.mutable_summary()->set_new_state("held");
  EXPECT_THAT(CheckConsultationState(fi, told, nullptr, before), HasCode(kDoubt));
}

}  // namespace
}  // namespace cbm::rules
