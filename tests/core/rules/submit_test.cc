// Sending a notification: who may, what it must say of itself, and to whom. Refusals take a
// notification that is accepted and spoil one thing. What each reader is told is tried as much for
// what must not be in it as for what must.

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
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
using ::cbm::test::OnlyEntry;
using ::cbm::test::RulesWorld;
using ::cbm::test::ToldBy;
using ::cbm::test::Written;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

v1::Notification& NotificationOf(Attempt& attempt) {
  return *attempt.act.mutable_submit()->mutable_notification();
}

class Submit : public ::testing::Test {
 protected:
  Decision NamedAfter(const std::function<void(Attempt&)>& spoil) {
    Attempt attempt = world_.ToNamed(world_.Duty("EE"), {"LV"});
    spoil(attempt);
    return world_.Decide(attempt);
  }

  Decision ToStates(const std::vector<std::string>& states, std::string_view measure) {
    Attempt attempt = world_.ToNamed(world_.Duty("EE"), states);
    NotificationOf(attempt).set_measures(0, std::string(measure));
    return world_.Decide(attempt);
  }

  RulesWorld world_;
};

TEST_F(Submit, IsRefusedForEachFieldThatIsNotAsItMustBe) {
  struct Case {
    std::string says;
    std::function<void(Attempt&)> spoil;
  };
  const std::vector<Case> cases = {
      {"no kind of notification", [](Attempt& a) { NotificationOf(a).set_kind("NONE"); }},
      {"no kind of notification", [](Attempt& a) { NotificationOf(a).clear_kind(); }},
      {"precedence", [](Attempt& a) { NotificationOf(a).clear_precedence(); }},
      {"context", [](Attempt& a) { NotificationOf(a).clear_context(); }},
      {"marking", [](Attempt& a) { NotificationOf(a).clear_marking(); }},
      {"measures", [](Attempt& a) { NotificationOf(a).clear_measures(); }},
      {"measures", [](Attempt& a) { NotificationOf(a).add_measures("OSCE-3"); }},
      {"measures", [](Attempt& a) { NotificationOf(a).add_measures("OSCE-1"); }},
      {"no measure 'OSCE-99'", [](Attempt& a) { NotificationOf(a).set_measures(0, "OSCE-99"); }},
      {"ru; 'de' is none", [](Attempt& a) { NotificationOf(a).set_language("de"); }},
      {"'' is none", [](Attempt& a) { NotificationOf(a).clear_language(); }},
      {"references",
       [](Attempt& a) { a.act.add_references()->set_act_digest(std::string(32, 'd')); }},
      {"manifest_digest", [](Attempt& a) { a.act.clear_manifest_digest(); }},
      {"office_filter", [](Attempt& a) { a.act.add_office_filter(v1::OFFICE_TYPE_DUTY); }},
      {"audience must be one", [](Attempt& a) { a.act.mutable_audience()->mutable_own(); }},
      {"audience must be one", [](Attempt& a) { a.act.mutable_audience()->mutable_party_set(); }},
      {"audience must be one", [](Attempt& a) { a.act.mutable_audience()->mutable_secretariat(); }},
      {"list", [](Attempt& a) { a.act.mutable_audience()->mutable_commitments()->clear_list(); }},
      {"never empty", [](Attempt& a) { a.openings.clear(); }},
      {"no State 'XX'", [](Attempt& a) { a.openings[0].set_state("XX"); }},
      {"cannot address itself", [](Attempt& a) { a.openings[0].set_state("EE"); }},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(fmt::format("case {}: {}", i, cases[i].says));
    const Decision decision = NamedAfter(cases[i].spoil);
    EXPECT_THAT(decision, IsRefusedAs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(std::string(decision.verdict.message()), HasSubstr(cases[i].says));
  }
}

TEST_F(Submit, NeedsTheScopeToRelease) {
  world_.Enrol({.party = "EE", .office = "reader", .scopes = {v1::SCOPE_READ, v1::SCOPE_DRAFT}});
  EXPECT_THAT(world_.Decide(world_.ToNamed(world_.Signer("EE", "reader"), {"LV"})),
              IsRefusedAs(absl::StatusCode::kPermissionDenied));
}

TEST_F(Submit, IsForStatesAlone) {
  Attempt attempt = world_.ToNamed(world_.Secretariat(), {"LV"});
  attempt.signer.add_scopes(v1::SCOPE_RELEASE);
  EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(absl::StatusCode::kPermissionDenied));
}

TEST_F(Submit, DoesNotMakeAKindThatAnotherActMakes) {
  EXPECT_THAT(NamedAfter([](Attempt& a) { NotificationOf(a).set_kind("CON"); }),
              IsRefusedAs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(Submit, CannotBeAnEmergencyOfOneOffice) {
  EXPECT_THAT(
      NamedAfter([](Attempt& a) { NotificationOf(a).set_precedence(v1::PRECEDENCE_EMERGENCY); }),
      IsRefusedAs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(Submit, MayBeRoutineOrUrgent) {
  for (const v1::Precedence precedence : {v1::PRECEDENCE_ROUTINE, v1::PRECEDENCE_URGENT}) {
    EXPECT_THAT(NamedAfter([&](Attempt& a) { NotificationOf(a).set_precedence(precedence); }),
                IsAccepted());
  }
}

TEST_F(Submit, NamesThirtyTwoMeasuresAtMost) {
  std::vector<std::string> measures;
  for (const std::string_view framework : {"OSCE", "UN"}) {
    for (int i = 1; i <= 16; ++i) {
      measures.push_back(fmt::format("{}-{}", framework, i));
    }
  }
  std::sort(measures.begin(), measures.end());
  const auto name_all = [&](Attempt& a) {
    NotificationOf(a).mutable_measures()->Assign(measures.begin(), measures.end());
  };
  EXPECT_THAT(NamedAfter(name_all), IsAccepted());
  measures.emplace_back("UN-99");
  const Decision decision = NamedAfter(name_all);
  EXPECT_THAT(decision, IsRefusedAs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(decision.verdict.message()), HasSubstr("1 to 32"));
}

TEST_F(Submit, TakesALanguageOfAnyOfTheFrameworksNamed) {
  const auto in_russian = [](Attempt& a) { NotificationOf(a).set_language("ru"); };
  EXPECT_THAT(NamedAfter(in_russian), IsAccepted());
  EXPECT_THAT(NamedAfter([&](Attempt& a) {
                in_russian(a);
                NotificationOf(a).add_measures("UN-1");
              }),
              IsAccepted());
  EXPECT_THAT(NamedAfter([&](Attempt& a) {
                in_russian(a);
                NotificationOf(a).set_measures(0, "UN-1");
              }),
              IsRefusedAs(absl::StatusCode::kInvalidArgument));
}

// The strict markings are for named readers.
TEST_F(Submit, GoesToNamedReadersAloneFromAmberStrictOn) {
  for (const v1::Marking marking : {v1::MARKING_CLEAR, v1::MARKING_GREEN, v1::MARKING_AMBER,
                                    v1::MARKING_AMBER_STRICT, v1::MARKING_RED}) {
    SCOPED_TRACE(v1::Marking_Name(marking));
    EXPECT_THAT(NamedAfter([&](Attempt& a) { NotificationOf(a).set_marking(marking); }),
                IsAccepted());
    for (Attempt attempt :
         {world_.ToAll(world_.Duty("EE")), world_.ToSecretariat(world_.Duty("EE"))}) {
      NotificationOf(attempt).set_marking(marking);
      if (marking >= v1::MARKING_AMBER_STRICT) {
        EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(absl::StatusCode::kInvalidArgument));
      } else {
        EXPECT_THAT(world_.Decide(attempt), IsAccepted());
      }
    }
  }
}

TEST_F(Submit, MayBeNarrowedToOfficesIfItIsRed) {
  EXPECT_THAT(NamedAfter([](Attempt& a) {
                NotificationOf(a).set_marking(v1::MARKING_RED);
                a.act.add_office_filter(v1::OFFICE_TYPE_POLICY);
                a.act.add_office_filter(v1::OFFICE_TYPE_DUTY);
              }),
              IsAccepted());
}

TEST_F(Submit, IsNotNarrowedToOfficesThatAnAddresseeDoesNotHave) {
  const auto to = [&](const std::vector<std::string>& states) {
    Attempt attempt = world_.ToNamed(world_.Duty("EE"), states);
    NotificationOf(attempt).set_marking(v1::MARKING_RED);
    attempt.act.add_office_filter(v1::OFFICE_TYPE_POLICY);
    return world_.Decide(attempt);
  };
  const v1::CredentialRecord mfa =
      world_.Enrol({.party = "LV", .office = "mfa", .type = v1::OFFICE_TYPE_POLICY});
  EXPECT_THAT(to({"LV"}), IsAccepted());
  EXPECT_THAT(to({"FI", "LV"}), IsRefusedAs(absl::StatusCode::kFailedPrecondition, "FI"));
  // An office that nobody can act for reads nothing.
  ASSERT_THAT(world_.Perform(world_.Revoke(world_.Duty("LV"), mfa)).decision, IsAccepted());
  EXPECT_THAT(to({"LV"}), IsRefusedAs(absl::StatusCode::kFailedPrecondition, "office_filter"));
}

TEST_F(Submit, ReachesParticipantsOfTheMeasuresFrameworksAlone) {
  EXPECT_THAT(ToStates({"JP"}, "UN-1"), IsAccepted());
  // A partner does not participate.
  EXPECT_THAT(ToStates({"JP"}, "OSCE-3"), IsRefusedAs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ToStates({"LV", "JP"}, "OSCE-3"), IsRefusedAs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ToStates({"KR"}, "OSCE-3"), IsRefusedAs(absl::StatusCode::kInvalidArgument));
}

// Who is shown a list may reply to all on it, and no ledger of theirs has each other's credentials.
TEST_F(Submit, ShowsItsListToStatesOfOneFrameworkAlone) {
  world_.Enrol({.party = "LT", .office = "duty"});  // Of OSCE alone, as JP is of UN alone.
  const auto to = [&](const std::vector<std::string>& states, v1::ListVisibility list) {
    Attempt attempt = world_.ToNamed(world_.Duty("EE"), states, list);
    NotificationOf(attempt).add_measures("UN-1");
    return world_.Decide(attempt);
  };
  const Decision shown = to({"JP", "LT"}, v1::LIST_VISIBILITY_SHOWN);
  EXPECT_THAT(shown, IsRefusedAs(absl::StatusCode::kInvalidArgument, "JP, LT"));
  EXPECT_THAT(shown, IsRefusedAs(absl::StatusCode::kInvalidArgument, "hide the list"));
  EXPECT_THAT(to({"JP", "LT"}, v1::LIST_VISIBILITY_HIDDEN), IsAccepted());
  EXPECT_THAT(to({"JP", "LV"}, v1::LIST_VISIBILITY_SHOWN), IsAccepted());
  EXPECT_THAT(to({"LT", "LV"}, v1::LIST_VISIBILITY_SHOWN), IsAccepted());
}

TEST_F(Submit, ReachesNobodyWhoHasNoOffice) {
  EXPECT_THAT(ToStates({"LT"}, "OSCE-3"), IsRefusedAs(absl::StatusCode::kFailedPrecondition));
  world_.Enrol({.party = "LT", .office = "duty"});
  EXPECT_THAT(ToStates({"LT"}, "OSCE-3"), IsAccepted());
  EXPECT_THAT(ToStates({"LT"}, "UN-1"), IsRefusedAs(absl::StatusCode::kInvalidArgument));
}

TEST_F(Submit, NamesMeasuresOfFrameworksInWhichItsStateParticipates) {
  EXPECT_THAT(world_.Decide(world_.ToNamed(world_.Duty("JP"), {"LV"})),
              IsRefusedAs(absl::StatusCode::kInvalidArgument));
  Attempt attempt = world_.ToNamed(world_.Duty("JP"), {"LV"});
  NotificationOf(attempt).set_measures(0, "UN-3");
  EXPECT_THAT(world_.Decide(attempt), IsAccepted());
  // Every one of them, though one would do to reach LV.
  NotificationOf(attempt).set_measures(0, "OSCE-3");
  NotificationOf(attempt).add_measures("UN-3");
  EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(absl::StatusCode::kInvalidArgument));
}

TEST_F(Submit, GoesToAllOfAFrameworkThatItsMeasuresNameAndItsStateHasJoined) {
  EXPECT_THAT(world_.Decide(world_.ToAll(world_.Duty("EE"), "UN")), IsAccepted());
  EXPECT_THAT(world_.Decide(world_.ToAll(world_.Duty("JP"), "OSCE")),
              IsRefusedAs(absl::StatusCode::kInvalidArgument));
  Attempt other_measure = world_.ToAll(world_.Duty("EE"), "OSCE");
  NotificationOf(other_measure).set_measures(0, "UN-3");
  EXPECT_THAT(world_.Decide(other_measure), IsRefusedAs(absl::StatusCode::kInvalidArgument));
  Attempt unknown = world_.ToAll(world_.Duty("EE"), "OSCE");
  unknown.act.mutable_audience()->mutable_all()->set_framework("NATO");
  EXPECT_THAT(world_.Decide(unknown), IsRefusedAs(absl::StatusCode::kInvalidArgument));
}

// No refusal may say whether a framework that is not the author's exists.
TEST_F(Submit, SaysTheSameOfAFrameworkNotJoinedAndOfNone) {
  const auto answer = [&](const std::string& framework) {
    Attempt attempt = world_.ToAll(world_.Duty("JP"), "UN");
    attempt.act.mutable_audience()->mutable_all()->set_framework(framework);
    return world_.Decide(attempt).verdict.ToString();
  };
  std::string of_none = answer("NATO");
  for (size_t at = of_none.find("NATO"); at != std::string::npos; at = of_none.find("NATO")) {
    of_none.replace(at, 4, "OSCE");
  }
  EXPECT_EQ(answer("OSCE"), of_none);
}

TEST_F(Submit, HasNoOpeningsWithoutCommitments) {
  for (Attempt attempt :
       {world_.ToAll(world_.Duty("EE")), world_.ToSecretariat(world_.Duty("EE"))}) {
    EXPECT_THAT(world_.Decide(attempt), IsAccepted());
    attempt.openings = world_.ToNamed(world_.Duty("EE"), {"LV"}).openings;
    EXPECT_THAT(world_.Decide(attempt), IsRefusedAs(absl::StatusCode::kInvalidArgument));
  }
}

TEST_F(Submit, ResolvesWhenAnAcknowledgementIsDue) {
  const struct {
    v1::Precedence precedence;
    absl::Duration within;
  } clocks[] = {{v1::PRECEDENCE_URGENT, absl::Hours(24)},
                {v1::PRECEDENCE_ROUTINE, absl::Hours(5 * 24)}};
  for (const auto& clock : clocks) {
    const Decision decision =
        NamedAfter([&](Attempt& a) { NotificationOf(a).set_precedence(clock.precedence); });
    for (const NewEntry& entry : decision.entries) {
      if (entry.ledger == LedgerId::Auditor()) {
        continue;
      }
      SCOPED_TRACE(entry.ledger.text());
      EXPECT_EQ(FromTimestamp(entry.entry.effect().acknowledge_by()), world_.now() + clock.within);
    }
  }
  // FRE asks for none.
  const Decision free_text = NamedAfter([](Attempt& a) { NotificationOf(a).set_kind("FRE"); });
  EXPECT_FALSE(free_text.entries.back().entry.effect().has_acknowledge_by());
}

class SubmitToTwo : public ::testing::TestWithParam<v1::ListVisibility> {
 protected:
  RulesWorld world_;
  const Attempt attempt_ = world_.ToNamed(world_.Duty("EE"), {"LV", "FI"}, GetParam());
  const Decision decision_ = world_.Decide(attempt_);
};

INSTANTIATE_TEST_SUITE_P(Lists, SubmitToTwo,
                         ::testing::Values(v1::LIST_VISIBILITY_HIDDEN, v1::LIST_VISIBILITY_SHOWN),
                         [](const auto& list) {
                           return list.param == v1::LIST_VISIBILITY_HIDDEN ? "Hidden" : "Shown";
                         });

TEST_P(SubmitToTwo, TellsTheAddresseesTheOverseersAndNobodyElse) {
  EXPECT_THAT(ToldBy(decision_.entries),
              ElementsAre("auditor header summary", "secretariat header summary",
                          "state/EE own act", "state/FI addressed act", "state/LV addressed act"));
}

TEST_P(SubmitToTwo, GivesContentsToThoseWhoAreGivenTheAct) {
  for (const NewEntry& entry : decision_.entries) {
    SCOPED_TRACE(entry.ledger.text());
    EXPECT_EQ(entry.gives_contents, !entry.entry.has_summary());
  }
}

TEST_P(SubmitToTwo, IsDeliveredToItsAddressees) {
  for (const NewEntry& entry : decision_.entries) {
    SCOPED_TRACE(entry.ledger.text());
    EXPECT_EQ(entry.delivered_to, entry.entry.role() == v1::ENTRY_ROLE_ADDRESSED
                                      ? std::string(entry.ledger.state())
                                      : "");
  }
}

TEST_P(SubmitToTwo, ShowsAnAddresseeTheOthersIfTheListIsShownAndNoneIfItIsHidden) {
  for (size_t i = 0; i < attempt_.openings.size(); ++i) {
    const v1::AddresseeOpening& opening = attempt_.openings[i];
    const v1::AddresseeOpening& other = attempt_.openings[1 - i];
    SCOPED_TRACE(opening.state());
    const v1::Entry& entry = OnlyEntry(decision_, LedgerId::State(opening.state())).entry;
    if (GetParam() == v1::LIST_VISIBILITY_SHOWN) {
      EXPECT_EQ(entry.openings_size(), 2);
      EXPECT_THAT(entry.effect().states(), ElementsAre("FI", "LV"));
      continue;
    }
    ASSERT_EQ(entry.openings_size(), 1);
    EXPECT_EQ(entry.openings(0).SerializeAsString(), opening.SerializeAsString());
    EXPECT_THAT(entry.effect().states(), ElementsAre(opening.state()));
    EXPECT_THAT(entry.SerializeAsString(), Not(HasSubstr(other.state())));
    EXPECT_THAT(entry.SerializeAsString(), Not(HasSubstr(other.salt())));
  }
}

TEST_P(SubmitToTwo, ShowsItsAuthorAll) {
  const v1::Entry& own = decision_.entries.back().entry;
  EXPECT_EQ(own.openings_size(), 2);
  EXPECT_THAT(own.effect().states(), ElementsAre("FI", "LV"));
  EXPECT_EQ(own.effect().record_version(), 1u);
}

TEST_P(SubmitToTwo, TellsTheSecretariatWhoWroteToWhomAndNotWhat) {
  const v1::Entry& entry = OnlyEntry(decision_, LedgerId::Secretariat()).entry;
  EXPECT_EQ(entry.summary().party(), "EE");
  EXPECT_EQ(entry.summary().precedence(), v1::PRECEDENCE_URGENT);
  EXPECT_EQ(entry.summary().context(), v1::CONTEXT_TEST);
  EXPECT_EQ(entry.summary().marking(), v1::MARKING_AMBER);
  EXPECT_EQ(entry.summary().notification_kind(), "INC");
  EXPECT_EQ(entry.summary().new_state(), "submitted");
  EXPECT_EQ(entry.openings_size(), 2);
}

TEST_P(SubmitToTwo, TellsTheAuditorNoParty) {
  const v1::Entry& entry = OnlyEntry(decision_, LedgerId::Auditor()).entry;
  EXPECT_EQ(entry.summary().new_state(), "submitted");
  EXPECT_EQ(entry.summary().party(), "");
  EXPECT_EQ(entry.summary().commitment(), "");
  EXPECT_THAT(entry.openings(), IsEmpty());
  EXPECT_FALSE(entry.has_effect());
  for (const std::string_view state : {"EE", "FI", "LV"}) {
    EXPECT_THAT(entry.SerializeAsString(), Not(HasSubstr(state)));
  }
}

TEST_F(Submit, ToAllStandsOnceInTheLedgerOfAll) {
  const Decision decision = world_.Decide(world_.ToAll(world_.Duty("EE")));
  EXPECT_THAT(ToldBy(decision.entries),
              ElementsAre("ALL/OSCE addressed act", "auditor header summary", "state/EE own act"));
  const NewEntry& all = OnlyEntry(decision, LedgerId::All("OSCE"));
  EXPECT_EQ(all.delivered_to, "ALL/OSCE");
  EXPECT_TRUE(all.gives_contents);
}

// The audience is resolved when it is written: participants with or without an office, no partner.
TEST_F(Submit, ToAllIsForTheParticipantsOfTheFramework) {
  for (const NewEntry& entry : world_.Decide(world_.ToAll(world_.Duty("EE"))).entries) {
    if (entry.ledger != LedgerId::Auditor()) {
      EXPECT_THAT(entry.entry.effect().states(), ElementsAre("EE", "FI", "LT", "LV", "SE"));
    }
  }
}

TEST_F(Submit, ToTheSecretariatGivesItTheAct) {
  const Decision decision = world_.Decide(world_.ToSecretariat(world_.Duty("EE")));
  EXPECT_THAT(
      ToldBy(decision.entries),
      ElementsAre("auditor header summary", "secretariat addressed act", "state/EE own act"));
  const NewEntry& entry = OnlyEntry(decision, LedgerId::Secretariat());
  EXPECT_EQ(entry.delivered_to, "SECRETARIAT");
  EXPECT_TRUE(entry.gives_contents);
  EXPECT_FALSE(entry.entry.has_summary());
}

TEST_F(Submit, ByAnIntegrationStandsInItsStatesLedgerToo) {
  world_.Enrol({.party = "EE", .office = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
  const Decision decision = world_.Decide(world_.ToNamed(world_.Signer("EE", "siem"), {"LV"}));
  EXPECT_THAT(
      ToldBy(decision.entries),
      ElementsAre("auditor header summary", "integration/EE-siem own act",
                  "secretariat header summary", "state/EE informed act", "state/LV addressed act"));
  EXPECT_EQ(OnlyEntry(decision, LedgerId::State("EE")).entry.openings_size(), 1);
  EXPECT_EQ(OnlyEntry(decision, LedgerId::State("EE")).delivered_to, "");
  EXPECT_EQ(decision.entries.back().ledger, LedgerId::Integration("EE", "siem"));
}

TEST_F(Submit, IsDecidedTheSameWhateverOthersDo) {
  RulesWorld busy;
  busy.Perform(busy.ToNamed(busy.Duty("LV"), {"FI", "SE"}));
  const Digest other = busy.Perform(busy.ToNamed(busy.Duty("SE"), {"LV"})).act_digest;
  busy.Perform(busy.Open(busy.Duty("LV"), {other}));
  busy.Perform(busy.Acknowledge(busy.Duty("LV"), other));
  busy.SetNow(world_.now());
  EXPECT_EQ(Written(busy.Decide(busy.ToNamed(busy.Duty("EE"), {"LV"}))),
            Written(world_.Decide(world_.ToNamed(world_.Duty("EE"), {"LV"}))));
  EXPECT_EQ(Written(busy.Decide(busy.ToNamed(busy.Duty("EE"), {"LT"}))),
            Written(world_.Decide(world_.ToNamed(world_.Duty("EE"), {"LT"}))));
}

}  // namespace
}  // namespace cbm::rules
