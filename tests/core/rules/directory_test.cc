// Who takes part, and which ledgers one may read.

#include "core/rules/directory.h"

#include <string>
#include <vector>

#include "core/rules/facts.h"
#include "core/rules/ledger_access.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/core/rules/written_view.h"
#include "tests/support/status_matchers.h"

namespace cbm::rules {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::WrittenView;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::OfficeRecord Office(std::string_view party, std::string_view name, uint64_t version = 1) {
  v1::OfficeRecord office;
  office.set_party(std::string(party));
  office.set_office(std::string(name));
  office.set_office_version(version);
  return office;
}

std::vector<std::string> Names(const absl::StatusOr<std::vector<v1::OfficeRecord>>& offices) {
  std::vector<std::string> names;
  for (const v1::OfficeRecord& office : offices.value()) {
    names.push_back(office.party() + "/" + office.office());
  }
  return names;
}

std::vector<std::string> Codes(const absl::StatusOr<std::vector<v1::StateRecord>>& states) {
  std::vector<std::string> codes;
  for (const v1::StateRecord& state : states.value()) {
    codes.push_back(state.code());
  }
  return codes;
}

class Directory : public testing::Test {
 protected:
  Directory() {
    view_.own_ledger().Put(Office("EE", "duty", 3));
    view_.all_ledger("OSCE").Put(Office("EE", "duty", 1));
    view_.all_ledger("UN").Put(Office("EE", "duty", 1));
    view_.all_ledger("OSCE").Put(Office("SE", "duty"));
    view_.all_ledger("UN").Put(Office("LV", "policy"));
    view_.all_ledger("OSCE").Put(Office("LV", "duty"));
    view_.all_ledger("OSCE").Put(Office("SECRETARIAT", "main"));
  }

  WrittenView view_{LedgerId::State("EE")};
};

TEST_F(Directory, ShowsTheOfficesOfAllLedgersSortedAndEachOnce) {
  EXPECT_THAT(Names(ListOffices(view_, "", "", 10)),
              ElementsAre("EE/duty", "LV/duty", "LV/policy", "SE/duty", "SECRETARIAT/main"));
}

TEST_F(Directory, ShowsAnOfficeAsTheReadersOwnLedgerHasIt) {
  EXPECT_EQ(ListOffices(view_, "EE", "", 10)->at(0).office_version(), 3U);
}

TEST_F(Directory, ShowsOnePartysOfficesAlone) {
  EXPECT_THAT(Names(ListOffices(view_, "SE", "", 10)), ElementsAre("SE/duty"));
  EXPECT_THAT(Names(ListOffices(view_, "S", "", 10)), IsEmpty());
}

TEST_F(Directory, GoesOnAfterAnOfficeWithoutLeavingOneOut) {
  std::vector<std::string> walked;
  std::string after;
  while (true) {
    const auto page = ListOffices(view_, "", after, 1);
    ASSERT_TRUE(page.ok());
    if (page->empty()) {
      break;
    }
    walked.push_back(Names(page).at(0));
    after = OfficeKey(page->at(0).party(), page->at(0).office());
  }
  EXPECT_EQ(walked, Names(ListOffices(view_, "", "", 10)));
}

TEST_F(Directory, ShowsStatesInTheOrderOfProtocolPartnersIncluded) {
  EXPECT_THAT(Codes(ListStates(view_, "OSCE", "", 10)),
              ElementsAre("EE", "FI", "LV", "LT", "SE", "JP"));
  EXPECT_THAT(Codes(ListStates(view_, "", "", 10)),
              ElementsAre("EE", "FI", "LV", "LT", "SE", "JP"));
  EXPECT_THAT(Codes(ListStates(view_, "UN", "", 10)), ElementsAre("EE", "FI", "LV"));
}

TEST_F(Directory, SaysOfAStateWhereItParticipatesAndHowManyOfficesItHas) {
  const auto states = ListStates(view_, "", "", 10);
  ASSERT_TRUE(states.ok());
  EXPECT_THAT(states->at(2).frameworks(), ElementsAre("OSCE", "UN"));
  EXPECT_EQ(states->at(2).offices(), 2U);
  EXPECT_THAT(states->at(5).frameworks(), IsEmpty());
  EXPECT_EQ(states->at(5).offices(), 0U);
}

TEST_F(Directory, GoesOnAfterAState) {
  EXPECT_THAT(Codes(ListStates(view_, "", "FI", 2)), ElementsAre("LV", "LT"));
  EXPECT_THAT(Codes(ListStates(view_, "", "JP", 2)), IsEmpty());
}

TEST_F(Directory, KnowsNoFrameworkThatTheReaderDoesNotBelongTo) {
  const WrittenView sweden{LedgerId::State("SE")};
  EXPECT_THAT(ListStates(sweden, "UN", "", 10), HasCode(absl::StatusCode::kNotFound));
  EXPECT_EQ(ListStates(sweden, "UN", "", 10).status(), ListStates(sweden, "X", "", 10).status());
}

TEST_F(Directory, GivesTheAuditorNoStates) {
  EXPECT_THAT(Codes(ListStates(WrittenView(LedgerId::Auditor()), "", "", 10)), IsEmpty());
}

TEST_F(Directory, LetsAReaderReadItsOwnLedgerAndThoseOfAll) {
  EXPECT_THAT(ReadableLedgers(view_.exchange(), LedgerId::State("SE")),
              ElementsAre(LedgerId::State("SE"), LedgerId::All("OSCE")));
  EXPECT_THAT(ReadableLedgers(view_.exchange(), LedgerId::Integration("SE", "siem")),
              ElementsAre(LedgerId::Integration("SE", "siem"), LedgerId::All("OSCE")));
  EXPECT_THAT(ReadableLedgers(view_.exchange(), LedgerId::Auditor()),
              ElementsAre(LedgerId::Auditor()));
}

TEST_F(Directory, SaysTheSameOfAnothersLedgerAndOfNone) {
  const absl::Status none =
      FindReadableLedger(view_.exchange(), LedgerId::State("SE"), "state/ZZ").status();
  EXPECT_THAT(none, HasCode(absl::StatusCode::kNotFound));
  for (const std::string_view name :
       {"state/EE", "ALL/UN", "ALL/NONE", "integration/SE-siem", "secretariat", "auditor", "",
        "state/SE ", "no ledger at all"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(FindReadableLedger(view_.exchange(), LedgerId::State("SE"), name).status(), none);
  }
  EXPECT_EQ(FindReadableLedger(view_.exchange(), LedgerId::State("SE"), "state/SE").value(),
            LedgerId::State("SE"));
}

}  // namespace
}  // namespace cbm::rules
