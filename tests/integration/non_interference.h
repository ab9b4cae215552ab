#ifndef CBM_TESTS_INTEGRATION_NON_INTERFERENCE_H_
#define CBM_TESTS_INTEGRATION_NON_INTERFERENCE_H_

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/evidence/domain_hash.h"
#include "gtest/gtest.h"
#include "tests/integration/two_runs.h"
#include "tests/support/served_exchange.h"

namespace cbm::test {

// An act as the test knows it.
struct Known {
  std::string digest;
  std::string content;
  std::string id;
};

// Two runs, what others do in one of them alone, and everything that a reader can ask in both.
class NonInterference : public testing::Test {
 protected:
  // In both runs; the request is made at the instant before. LV is answered the same.
  v1::PerformActRequest Both(const TestOffice& author, const v1::PerformActRequest& request);

  // In the busy run alone.
  v1::PerformActRequest Busy(const TestOffice& author, const v1::PerformActRequest& request);

  ServedExchange& Make() { return runs_.NextInstant(); }
  v1::PerformActRequest MakeToAll(const TestOffice& author);
  v1::PerformActRequest MakeRequest(const TestOffice& author,
                                    const std::vector<std::string>& states);
  // Of the consultation that such a request asks for.
  static std::string IdOf(const v1::PerformActRequest& request) {
    return std::string(BytesOf(DigestOf(request)));
  }
  // `edit`, unless it is null, says more than DraftInConsultation does.
  v1::PerformActRequest MakeWithin(const TestOffice& author, v1::ActKind kind,
                                   const PartySetMembers& members,
                                   const std::function<void(v1::Act&)>& edit = nullptr);

  // The same signed act, to LV alone in the quiet run and to FI as well in the busy one: nothing in
  // its bytes tells, since all commitments look alike.
  v1::PerformActRequest SendToLvAndInBusyToFi();

  void FollowAsLv();

  // What others do in the busy run alone.
  void OthersAct(const Digest& seen_by_fi);
  void OthersConsult();
  void OthersAreRefused();
  void OthersUseUpTheirRatesAndStreams();

  // Asks everything that there is to ask, and expects the same answers.
  void Observe(const TestOffice& reader);
  void ObserveLedger(const TestOffice& reader, const LedgerId& ledger);
  void ObserveNotifications(const TestOffice& reader);
  void ObserveConsultations(const TestOffice& reader);
  void ObserveActs(const TestOffice& reader);
  void ObserveDirectory(const TestOffice& reader);
  void ObserveRefusals(const TestOffice& reader);
  void ObserveRates(const TestOffice& reader);

  const TestOffice& Ee() { return runs_.Office("EE"); }
  const TestOffice& Fi() { return runs_.Office("FI"); }
  const TestOffice& Lv() { return runs_.Office("LV"); }
  const TestOffice& Lt() { return runs_.Office("LT"); }
  const TestOffice& Se() { return runs_.Office("SE"); }
  const TestOffice& Siem() { return runs_.Office("LV", "siem"); }
  const TestOffice& Policy(std::string_view state) { return runs_.Office(state, "policy"); }

  TwoRuns runs_;
  std::vector<Known> known_;             // Of both runs.
  std::set<std::string> consultations_;  // The ids of those of both runs.
  std::vector<std::unique_ptr<FollowedTwice>> streams_;
};

}  // namespace cbm::test

#endif  // CBM_TESTS_INTEGRATION_NON_INTERFERENCE_H_
