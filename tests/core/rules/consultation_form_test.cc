// The form of the acts of a consultation: who may make them, each field that is not as it must be,
// and by when an answer is due.

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/rules/facts.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/core/rules/consultation_case.h"
#include "tests/support/consultation_acts.h"
#include "tests/support/rules_world.h"

namespace cbm::rules {
namespace {

using ::cbm::test::Attempt;
using ::cbm::test::ConsultationCase;
using ::cbm::test::ConsultationIn;
using ::cbm::test::IsAccepted;
using ::cbm::test::IsRefusedAs;
using ::cbm::test::RulesWorld;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using ConsultationForm = ConsultationCase;

TEST_F(ConsultationForm, AreMadeByOfficesOfStatesThatMayConsult) {
  world_.Enrol({.party = "CHAIR", .office = "2026", .type = v1::OFFICE_TYPE_CHAIR});
  world_.Enrol({.party = "AUDITOR",
                .office = "first",
                .type = v1::OFFICE_TYPE_AUDITOR,
                .scopes = {v1::SCOPE_CONSULT}});
  world_.Enrol({.party = "EE", .office = "reader", .scopes = {v1::SCOPE_READ, v1::SCOPE_RELEASE}});
  for (const v1::CredentialRecord& signer :
       {world_.Secretariat(), world_.Signer("CHAIR", "2026"), world_.Signer("AUDITOR", "first"),
        world_.Signer("EE", "siem"), world_.Signer("EE", "reader")}) {
    SCOPED_TRACE(signer.party() + "-" + signer.office());
    std::vector<Attempt> attempts = EveryConsultationAct(world_, signer);
    attempts.push_back(Request(world_, signer, {"FI"}));
    for (const Attempt& attempt : attempts) {
      EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(absl::StatusCode::kPermissionDenied));
    }
  }
  EXPECT_THAT(world_.Ledger(LedgerId::Integration("EE", "siem")).facts(), Not(IsEmpty()));
  EXPECT_EQ(ConsultationIn(world_, LedgerId::Integration("EE", "siem")).ledger(), "");
}

TEST_F(ConsultationForm, AnswerIsDueByTheFrameworksClockOrAsWanted) {
  EXPECT_EQ(FromTimestamp(RecordOf("EE").state().answer_by()), requested_at_ + absl::Hours(48));
  // Ten days over the end of February, in a leap year and in another.
  for (const auto& [asked, due] :
       std::map<std::string, std::string>{{"2028-02-20T12:00:00Z", "2028-03-01T12:00:00Z"},
                                          {"2026-02-20T12:00:00Z", "2026-03-02T12:00:00Z"}}) {
    RulesWorld world;
    absl::Time at;
    absl::Time expected;
    std::string error;
    ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, asked, &at, &error)) << error;
    ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, due, &expected, &error)) << error;
    world.SetNow(at);
    Attempt attempt = Request(world, world.Duty("LV"), {"EE"});
    attempt.act.mutable_consultation_request()->mutable_notification()->set_precedence(
        v1::PRECEDENCE_ROUTINE);
    ASSERT_THAT(world.Perform(attempt).decision, IsAccepted());
    const v1::ConsultationState state = ConsultationIn(world, LedgerId::State("EE")).state();
    EXPECT_EQ(FromTimestamp(state.answer_by()), expected);

    // Inclusive at the second, refused one past it.
    Attempt answer = Answer(world, world.Duty("EE"), v1::ANSWER_KIND_ACCEPT);
    *answer.act.mutable_author_time() = ToTimestamp(expected);
    *answer.act.mutable_valid_until() = ToTimestamp(expected + absl::Hours(1));
    world.SetNow(expected);
    EXPECT_THAT(world.Decide(answer), IsAccepted());
    world.SetNow(expected + absl::Seconds(1));
    EXPECT_THAT(world.Decide(answer), IsRefusedAs(absl::StatusCode::kFailedPrecondition));
  }
  Attempt wanted = Request(world_, Duty("LV"), {"EE"});
  *wanted.act.mutable_consultation_request()->mutable_answer_by() =
      ToTimestamp(world_.now() + absl::Hours(3));
  const absl::Time expected = world_.now() + absl::Hours(3);
  const Digest id = Do(wanted).act_digest;
  EXPECT_EQ(
      FromTimestamp(ConsultationIn(world_, LedgerId::State("EE"), BytesOf(id)).state().answer_by()),
      expected);
}

// Nobody chooses an id, and none is used twice: it could hide a request from who has another of it.
TEST_F(ConsultationForm, AreNamedByTheDigestOfTheirRequest) {
  EXPECT_EQ(world_.consultation(), BytesOf(request_.act_digest));
  Attempt again = Request(world_, Duty("LV"), {"EE", "FI", "SE"});
  const std::string id(BytesOf(Do(again).act_digest));
  ASSERT_NE(id, world_.consultation());
  for (const LedgerId& ledger :
       {LedgerId::State("LV"), LedgerId::State("EE"), LedgerId::State("FI"), LedgerId::State("SE"),
        LedgerId::Secretariat()}) {
    for (const std::string& of : {id, world_.consultation()}) {
      const v1::ConsultationRecord record = ConsultationIn(world_, ledger, of);
      EXPECT_EQ(record.state().consultation_id(), of);
      EXPECT_EQ(record.history_size(), 1);
    }
  }
}

TEST_F(ConsultationForm, RequestIsRefusedForEachFieldThatIsNotAsItMustBe) {
  using Spoil = std::function<void(Attempt&, v1::ConsultationRequest&)>;
  const std::vector<std::pair<std::string, Spoil>> spoils = {
      {"kind", [](Attempt&, auto& r) { r.mutable_notification()->set_kind("INC"); }},
      {"precedence", [](Attempt&, auto& r) { r.mutable_notification()->clear_precedence(); }},
      {"precedence",
       [](Attempt&, auto& r) {
         r.mutable_notification()->set_precedence(v1::PRECEDENCE_EMERGENCY);
       }},
      {"context", [](Attempt&, auto& r) { r.mutable_notification()->clear_context(); }},
      {"marking", [](Attempt&, auto& r) { r.mutable_notification()->clear_marking(); }},
      {"measures", [](Attempt&, auto& r) { r.mutable_notification()->clear_measures(); }},
      {"OSCE-99", [](Attempt&, auto& r) { r.mutable_notification()->set_measures(0, "OSCE-99"); }},
      {"language", [](Attempt&, auto& r) { r.mutable_notification()->set_language("xx"); }},
      {"answer_wanted_by",
       [](Attempt&, auto& r) { r.mutable_notification()->mutable_answer_wanted_by(); }},
      {"proposed_times", [](Attempt&, auto& r) { r.clear_proposed_times(); }},
      {"proposed_times", [](Attempt&, auto& r) { r.mutable_proposed_times()->SwapElements(0, 1); }},
      {"proposed_times",
       [](Attempt&, auto& r) {
         while (r.proposed_times_size() < 9) {
           const auto last = r.proposed_times(r.proposed_times_size() - 1);
           r.add_proposed_times()->set_seconds(last.seconds() + 60);
         }
       }},
      {"one at least must be ahead",
       [](Attempt&, auto& r) {
         r.clear_proposed_times();
         r.add_proposed_times()->set_seconds(1);
       }},
      {"proposed_times", [](Attempt&, auto& r) { r.mutable_proposed_times(0)->set_nanos(-1); }},
      {"level", [](Attempt&, auto& r) { r.clear_level(); }},
      {"format", [](Attempt&, auto& r) { r.clear_format(); }},
      {"answer_by", [](Attempt&, auto& r) { r.mutable_answer_by()->set_seconds(1); }},
      {"366 days",
       [](Attempt& a, auto& r) {
         r.mutable_answer_by()->set_seconds(a.act.author_time().seconds() + 367 * 24 * 3600);
       }},
      {"manifest_digest", [](Attempt& a, auto&) { a.act.clear_manifest_digest(); }},
      {"list shown",
       [](Attempt& a, auto&) {
         a.act.mutable_audience()->mutable_commitments()->set_list(v1::LIST_VISIBILITY_HIDDEN);
       }},
      {"commitments", [](Attempt& a, auto&) { a.act.mutable_audience()->mutable_own(); }},
      {"addressees", [](Attempt& a, auto&) { a.openings.clear(); }},
      {"'XX'", [](Attempt& a, auto&) { a.openings[0].set_state("XX"); }},
      {"itself", [](Attempt& a, auto&) { a.openings[0].set_state("LV"); }},
      {"references",
       [](Attempt& a, auto&) { a.act.add_references()->set_act_digest(std::string(32, 'a')); }},
      {"office_filter", [](Attempt& a, auto&) { a.act.add_office_filter(v1::OFFICE_TYPE_DUTY); }},
  };
  for (const auto& [named, spoil] : spoils) {
    SCOPED_TRACE(named);
    Attempt attempt = Request(world_, Duty("LV"), {"EE"});
    spoil(attempt, *attempt.act.mutable_consultation_request());
    const Decision decision = world_.Decide(attempt);
    EXPECT_THAT(decision, IsRefusedAs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(std::string(decision.verdict.message()), HasSubstr(named));
  }
  EXPECT_THAT(world_.Decide(Request(world_, Duty("LV"), {"LT"})),
              IsRefusedAs(absl::StatusCode::kFailedPrecondition))
      << "LT has no office";
  EXPECT_THAT(world_.Decide(Request(world_, Duty("LV"), {"JP"})),
              IsRefusedAs(absl::StatusCode::kInvalidArgument))
      << "JP is not of OSCE";
}

// Each is given the acts of the others, and has to know the credentials that sign them.
TEST_F(ConsultationForm, RequestIsForStatesOfOneFrameworkAlone) {
  world_.Enrol({.party = "LT", .office = "duty"});  // Of OSCE alone, as JP is of UN alone.
  const auto asks = [&](const std::vector<std::string>& states, const std::string& other) {
    Attempt attempt = Request(world_, Duty("LV"), states);
    attempt.act.mutable_consultation_request()->mutable_notification()->add_measures(other);
    return world_.Decide(attempt);
  };
  const Decision decision = asks({"JP", "LT"}, "UN-1");
  EXPECT_THAT(decision, IsRefusedAs(absl::StatusCode::kInvalidArgument, "JP, LT"));
  EXPECT_THAT(decision, IsRefusedAs(absl::StatusCode::kInvalidArgument, "ask them apart"));
  EXPECT_THAT(asks({"JP", "SE"}, "UN-1"), IsAccepted());
  EXPECT_THAT(asks({"LT", "SE"}, "UN-1"), IsAccepted());
  // SE and JP share UN, but it is of no measure named.
  EXPECT_THAT(asks({"JP", "SE"}, "OSCE-4"), IsRefusedAs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ConsultationForm, AreRefusedForEachFieldThatIsNotAsItMustBe) {
  Accept("EE");
  const std::vector<std::pair<std::string, std::function<void(Attempt&)>>> of_all = {
      {"references",
       [](Attempt& a) { a.act.add_references()->set_act_digest(std::string(32, 'a')); }},
      {"party set", [](Attempt& a) { a.act.mutable_audience()->mutable_own(); }},
      {"32 bytes",
       [](Attempt& a) { a.act.mutable_audience()->mutable_party_set()->set_digest(""); }},
      {"addressees", [](Attempt& a) { a.openings.emplace_back(); }},
      {"consultation_id",
       [](Attempt& a) {
         const auto* const kind = a.act.GetReflection()->GetOneofFieldDescriptor(
             a.act, a.act.GetDescriptor()->FindOneofByName("kind"));
         google::protobuf::Message& of_kind = *a.act.GetReflection()->MutableMessage(&a.act, kind);
         of_kind.GetReflection()->SetString(
             &of_kind, of_kind.GetDescriptor()->FindFieldByName("consultation_id"), "short");
       }},
  };
  for (const auto& [named, spoil] : of_all) {
    for (Attempt attempt : EveryConsultationAct(world_, Duty("LV"))) {
      SCOPED_TRACE(fmt::format("{} of {}", named, static_cast<int>(attempt.act.kind_case())));
      spoil(attempt);
      const Decision decision = world_.Decide(attempt);
      EXPECT_THAT(decision, IsRefusedAs(absl::StatusCode::kInvalidArgument));
      EXPECT_THAT(std::string(decision.verdict.message()), HasSubstr(named));
    }
  }
  const auto refuses = [&](Attempt attempt, const std::function<void(v1::Act&)>& spoil) {
    spoil(attempt.act);
    return world_.Decide(attempt).verdict.code() == absl::StatusCode::kInvalidArgument;
  };
  const v1::CredentialRecord& lv = Duty("LV");
  for (const Attempt& attempt :
       {Post(world_, lv), DraftRecord(world_, lv), FileStatement(world_, lv)}) {
    EXPECT_TRUE(refuses(attempt, [](v1::Act& act) { act.clear_manifest_digest(); }));
  }
  EXPECT_TRUE(refuses(ConfirmRecord(world_, lv),
                      [](v1::Act& act) { act.set_manifest_digest(std::string(32, 'm')); }));
  EXPECT_TRUE(refuses(ConfirmRecord(world_, lv), [](v1::Act& act) {
    act.mutable_confirm_record()->set_record_digest("short");
  }));
  EXPECT_TRUE(refuses(DraftRecord(world_, lv),
                      [](v1::Act& act) { act.mutable_draft_record()->clear_record_version(); }));
  EXPECT_TRUE(refuses(Answer(world_, Duty("FI"), v1::ANSWER_KIND_ACCEPT),
                      [](v1::Act& act) { act.mutable_answer()->clear_answer(); }));
  EXPECT_TRUE(
      refuses(Schedule(world_, lv), [](v1::Act& act) { act.mutable_schedule()->clear_from(); }));
  EXPECT_TRUE(refuses(Schedule(world_, lv), [](v1::Act& act) {
    *act.mutable_schedule()->mutable_from() = act.schedule().to();
  }));
  EXPECT_TRUE(refuses(Schedule(world_, lv), [](v1::Act& act) {
    act.mutable_schedule()->mutable_from()->set_seconds(1);
    act.mutable_schedule()->mutable_to()->set_seconds(2);
  }));
  EXPECT_TRUE(refuses(MarkHeld(world_, lv), [](v1::Act& act) {
    act.mutable_mark_held()->mutable_to()->set_seconds(act.author_time().seconds() + 1);
  }));
  EXPECT_TRUE(
      refuses(MarkHeld(world_, lv), [](v1::Act& act) { act.mutable_mark_held()->clear_to(); }));
}

}  // namespace
}  // namespace cbm::rules
