// What is not yours does not exist: the whole answer to something that exists and is not the
// caller's (code, message, details, metadata, bytes) is that to something that does not exist.
//
// Each probe asks for both, by ids of equal length. Its owner asks too, and must be told them
// apart: so nothing is compared that nobody could have. The RPCs are listed from the descriptors,
// and the kinds of act too: one that no probe asks for turns the test red.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cbm/v1/act_service.pb.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/answer.h"
#include "tests/integration/probe_maker.h"
#include "tests/support/served_consultations.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::Answer;
using ::cbm::test::Ask;
using ::cbm::test::Draft;
using ::cbm::test::DraftConsultationRequest;
using ::cbm::test::DraftInConsultation;
using ::cbm::test::IsOk;
using ::cbm::test::Probe;
using ::cbm::test::ProbeMaker;
using ::cbm::test::Sent;
using ::cbm::test::ServedExchange;
using ::cbm::test::TestOffice;
using ::google::protobuf::Message;

constexpr std::string_view kProtos = "proto/cbm/v1";

v1::Genesis GenesisWithStateOfUnAlone() {
  v1::Genesis genesis = test::TestGenesis();
  v1::Member& member = *genesis.mutable_frameworks(1)->add_members();
  member.set_code("BR");
  member.set_name("Brazil");
  member.set_membership(v1::MEMBERSHIP_PARTICIPATING);
  member.set_protocol_order(4);
  return genesis;
}

// Whose ledgers, acts and offices the callers below must not know.
class NotYours : public testing::TestWithParam<bool> {
 protected:
  NotYours() {
    for (const char* const state : {"LT", "BR", "EE", "FI", "LV", "SE"}) {
      exchange_.Enrol({.party = state,
                       .name = "admin",
                       .scopes = {v1::SCOPE_READ, v1::SCOPE_RELEASE, v1::SCOPE_ACKNOWLEDGE,
                                  v1::SCOPE_CONSULT, v1::SCOPE_DIRECTORY}});
    }
    exchange_.Enrol({.party = "BR"});
    EnrolIntegration("EE");
    EnrolIntegration("FI");
    exchange_.Enrol({.party = "AUDITOR",
                     .name = "audit",
                     .type = v1::OFFICE_TYPE_AUDITOR,
                     .scopes = {v1::SCOPE_READ, v1::SCOPE_ACKNOWLEDGE, v1::SCOPE_DIRECTORY}});
    named_ = Submit({"LV"}, v1::MARKING_AMBER);
    opened_ = Take(Lv(), exchange_.MakeOpen(Lv(), DigestFrom(named_.digest).value()));
    acknowledged_ = Take(Lv(), exchange_.MakeAcknowledge(Lv(), DigestFrom(named_.digest).value()));
    told_ = Submit({}, v1::MARKING_AMBER);
    to_un_ = SubmitToUn();
    Consult();
  }

  void EnrolIntegration(const std::string& party) {
    exchange_.Enrol({.party = party, .name = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
    Take(exchange_.Office(party, "admin"),
         exchange_.MakeGrant(exchange_.Office(party, "admin"), "siem", v1::MARKING_GREEN));
  }

  Sent Take(const TestOffice& author, const v1::PerformActRequest& request) {
    exchange_.clock().Advance(absl::Minutes(1));
    const auto taken = exchange_.Perform(author, request);
    EXPECT_THAT(taken, IsOk());
    v1::Act act;
    EXPECT_TRUE(act.ParseFromString(request.signed_act().act()));
    return {.digest = std::string(BytesOf(test::DigestOf(request))),
            .content = act.manifest_digest(),
            .id = act.act_id(),
            .party = author.party,
            .office = author.name};
  }

  Sent Submit(const std::vector<std::string>& states, v1::Marking marking) {
    Draft draft = exchange_.DraftSubmit(Ee(), states);
    draft.act.mutable_submit()->mutable_notification()->set_marking(marking);
    return Take(Ee(), ServedExchange::Sign(Ee(), draft));
  }

  Sent SubmitToUn() {
    Draft draft = exchange_.DraftSubmit(Ee(), {});
    draft.act.mutable_submit()->mutable_notification()->set_measures(0, "UN-3");
    draft.act.mutable_audience()->mutable_all()->set_framework("UN");
    return Take(Ee(), ServedExchange::Sign(Ee(), draft));
  }

  // EE asks FI, LV and SE: SE declines, FI accepts and writes, LV has not answered.
  void Consult() {
    const TestOffice& requester = exchange_.Office("EE", "admin");
    consulted_ = Take(
        requester, ServedExchange::Sign(requester, DraftConsultationRequest(exchange_, requester,
                                                                            {"FI", "LV", "SE"})));
    const TestOffice& decliner = exchange_.Office("SE", "admin");
    Draft declining = DraftInConsultation(
        exchange_, decliner, v1::ACT_KIND_ANSWER,
        {.consultation_id = consulted_.digest, .parties = {"EE"}, .invitees = {"FI", "LV", "SE"}});
    declining.act.mutable_answer()->set_answer(v1::ANSWER_KIND_DECLINE);
    Take(decliner, ServedExchange::Sign(decliner, declining));
    accepted_ = TakeInConsultation(
        "FI", v1::ACT_KIND_ANSWER,
        {.consultation_id = consulted_.digest, .parties = {"EE"}, .invitees = {"FI", "LV"}});
    posted_ = TakeInConsultation("FI", v1::ACT_KIND_POST, Members());
    TakeInConsultation("EE", v1::ACT_KIND_MARK_HELD, Members());
    drafted_ = TakeInConsultation("FI", v1::ACT_KIND_DRAFT_RECORD, Members());
  }

  PartySetMembers Members() {
    return {.consultation_id = consulted_.digest, .parties = {"EE", "FI"}, .invitees = {"LV"}};
  }

  Sent TakeInConsultation(const std::string& state, v1::ActKind kind,
                          const PartySetMembers& members) {
    const TestOffice& author = exchange_.Office(state, "admin");
    return Take(author, ServedExchange::Sign(
                            author, DraftInConsultation(exchange_, author, kind, members)));
  }

  const TestOffice& Ee() { return exchange_.Office("EE"); }
  const TestOffice& Lv() { return exchange_.Office("LV"); }

  std::vector<Probe> ProbesOfStateOutside();
  std::vector<Probe> ProbesOfIntegration();
  std::vector<Probe> ProbesOfSecretariat();
  std::vector<Probe> ProbesOfAuditor();
  // Of what was said in a consultation, by content, receipt and every act that names an act.
  std::vector<Probe> ProbesOfSaid(const std::vector<Sent>& said);

  // Two at each minute, so that no rate is used up.
  Answer AskAs(const TestOffice& caller, const Probe& probe, bool exists) {
    const std::unique_ptr<Message> request = probe.make(caller, exists);
    return Ask(exchange_.KeptChannel(caller), probe.method, *request);
  }

  void Compare(const TestOffice& caller, const std::vector<Probe>& probes) {
    for (const Probe& probe : probes) {
      SCOPED_TRACE(
          fmt::format("{}/{}, {}: {}", caller.party, caller.name, probe.method, probe.about));
      exchange_.clock().Advance(absl::Minutes(1));
      EXPECT_EQ(AskAs(caller, probe, true), AskAs(caller, probe, false));
      if (probe.owner != nullptr) {
        exchange_.clock().Advance(absl::Minutes(1));
        EXPECT_NE(AskAs(*probe.owner, probe, true), AskAs(*probe.owner, probe, false))
            << "nobody could be told: the probe shows nothing";
      }
    }
  }

  ServedExchange exchange_{{.genesis = GenesisWithStateOfUnAlone(), .on_sqlite = GetParam()}};
  Sent named_;         // EE to LV: AMBER.
  Sent opened_;        // By LV.
  Sent acknowledged_;  // By LV.
  Sent told_;          // EE to the secretariat.
  Sent to_un_;         // EE to ALL/UN: AMBER.
  Sent consulted_;     // EE asks FI, LV and SE for a consultation.
  Sent accepted_;      // By FI, after SE declined.
  Sent posted_;        // By FI.
  Sent drafted_;       // By FI.
};

std::vector<Probe> NotYours::ProbesOfStateOutside() {
  ProbeMaker make(exchange_, Ee());
  for (const Sent& sent : {named_, opened_, acknowledged_, told_, to_un_}) {
    make.OfAct(sent);
    make.OfReceipt(sent, exchange_.Office(sent.party));
    if (!sent.content.empty()) {
      make.OfContent(sent);
    }
  }
  make.OfConsultation(Members(), exchange_.Office("FI", "admin"));
  for (const Sent& sent : {posted_, drafted_}) {
    make.OfContent(sent);
    make.OfReceipt(sent, exchange_.Office("FI", "admin"));
  }
  make.OfContent(consulted_);
  make.OfReceipt(consulted_, exchange_.Office("EE", "admin"));
  make.OfLedger({"state/EE", "state/ZZ"}, Ee());
  make.OfLedger({"secretariat", "secretarial"}, exchange_.Office(kSecretariatParty));
  make.OfLedger({"auditor", "auditer"}, exchange_.Office("AUDITOR", "audit"));
  make.OfLedger({"integration/EE-siem", "integration/EE-soar"}, exchange_.Office("EE", "siem"));
  make.OfLedger({"ALL/UN", "ALL/XN"}, Ee());
  make.OfFilters("EE", named_);
  make.OfOffice({"BR", "ZZ"}, exchange_.Office("EE"));
  make.OfRegistration(exchange_.Office("BR", "admin"));
  make.OfIntegration(exchange_.Office("FI", "admin"));
  make.OfFramework();
  return make.probes();
}

// Of the sender's own: what is above its ceiling, and what is its State's.
std::vector<Probe> NotYours::ProbesOfIntegration() {
  ProbeMaker make(exchange_, Ee());
  for (const Sent& sent : {named_, opened_, acknowledged_, told_}) {
    make.OfAct(sent);
    make.OfReceipt(sent, exchange_.Office(sent.party));
  }
  for (const Sent& sent : {named_, told_, to_un_}) {
    make.OfContent(sent);
  }
  make.OfConsultation(Members(), exchange_.Office("FI", "admin"));
  make.OfContent(consulted_);
  make.OfLedger({"state/EE", "state/ZZ"}, Ee());
  make.OfLedger({"integration/FI-siem", "integration/FI-soar"}, exchange_.Office("FI", "siem"));
  make.OfLedger({"secretariat", "secretarial"}, exchange_.Office(kSecretariatParty));
  make.OfFilters("EE", named_);
  return make.probes();
}

// It has a header of what was sent to named States: content and opening are not its.
std::vector<Probe> NotYours::ProbesOfSecretariat() {
  ProbeMaker make(exchange_, Ee());
  make.OfAct(named_);
  make.OfConsultation(Members(), exchange_.Office("FI", "admin"));
  std::erase_if(make.probes(), [](const Probe& probe) {  // Of these it has the headers.
    return probe.method == "NotificationService/Get" || probe.method == "ConsultationService/Get";
  });
  for (const Sent& sent : {accepted_, posted_, drafted_}) {
    make.OfContent(sent);
  }
  make.OfContent(named_);
  make.OfContent(consulted_);
  for (const Sent& sent : {named_, opened_, acknowledged_, to_un_}) {
    make.OfReceipt(sent, exchange_.Office(sent.party));
  }
  make.OfAct(opened_);
  make.OfLedger({"state/EE", "state/ZZ"}, Ee());
  make.OfLedger({"auditor", "auditer"}, exchange_.Office("AUDITOR", "audit"));
  make.OfLedger({"integration/EE-siem", "integration/EE-soar"}, exchange_.Office("EE", "siem"));
  return make.probes();
}

std::vector<Probe> NotYours::ProbesOfAuditor() {
  ProbeMaker make(exchange_, Ee());
  make.OfAct(opened_);
  make.OfConsultation(Members(), exchange_.Office("FI", "admin"));
  make.OfContent(consulted_);
  for (const Sent& sent : {named_, told_, to_un_}) {
    make.OfContent(sent);
    make.OfReceipt(sent, exchange_.Office(sent.party));
  }
  make.OfLedger({"state/EE", "state/ZZ"}, Ee());
  make.OfLedger({"ALL/UN", "ALL/XN"}, Ee());
  make.OfOffice({"EE", "ZZ"}, Ee());
  make.OfRegistration(Ee());
  make.OfIntegration(exchange_.Office("FI", "admin"));
  make.OfFramework();
  return make.probes();
}

std::vector<Probe> NotYours::ProbesOfSaid(const std::vector<Sent>& said) {
  ProbeMaker make(exchange_, Ee());
  for (Sent sent : said) {
    make.OfContent(sent);
    make.OfReceipt(sent, exchange_.Office("FI", "admin"));
    sent.content.clear();  // No notification, whoever asks.
    make.OfAct(sent);
  }
  return make.probes();
}

TEST_P(NotYours, DoesNotExistForAStateOutside) {
  Compare(exchange_.Office("LT", "admin"), ProbesOfStateOutside());
}

TEST_P(NotYours, DoesNotExistForTheSendersIntegrationAboveItsCeiling) {
  Compare(exchange_.Office("EE", "siem"), ProbesOfIntegration());
}

TEST_P(NotYours, DoesNotExistForTheSecretariat) {
  Compare(exchange_.Office(kSecretariatParty), ProbesOfSecretariat());
}

TEST_P(NotYours, DoesNotExistForTheAuditor) {
  Compare(exchange_.Office("AUDITOR", "audit"), ProbesOfAuditor());
}

TEST_P(NotYours, DoesNotExistForAStateThatDeclined) {
  Compare(exchange_.Office("SE", "admin"), ProbesOfSaid({accepted_, posted_, drafted_}));
}

// It is told that a record was drafted, and no more of it; of posts nothing.
TEST_P(NotYours, DoesNotExistForAStateStillAsked) {
  Compare(exchange_.Office("LV", "admin"), ProbesOfSaid({posted_}));
  ProbeMaker make(exchange_, Ee());
  make.OfContent(drafted_);
  make.OfReceipt(drafted_, exchange_.Office("FI", "admin"));
  Compare(exchange_.Office("LV", "admin"), make.probes());
}

// A new RPC, or a new kind of act, needs its probe.
TEST_P(NotYours, IsAskedForByEveryRpcAndKindOfAct) {
  std::set<std::string> asked = {"ExchangeService/GetExchange",
                                 "ExchangeService/ReloadTls"};  // Name nothing.
  std::set<int> kinds = {v1::ACT_KIND_CONSULTATION_REQUEST};    // It names nothing.
  for (const Probe& probe : ProbesOfStateOutside()) {
    asked.insert(probe.method);
    if (probe.method == "ActService/PerformAct") {
      const auto message = probe.make(exchange_.Office("LT", "admin"), true);
      v1::Act act;
      act.ParseFromString(dynamic_cast<const v1::PerformActRequest&>(*message).signed_act().act());
      kinds.insert(act.kind_case());
    }
  }
  EXPECT_THAT(asked, testing::ElementsAreArray(test::MethodsOf(std::string(kProtos))));
  const auto* const kind = v1::Act::descriptor()->FindOneofByName("kind");
  for (int i = 0; i < kind->field_count(); ++i) {
    EXPECT_THAT(kinds, testing::Contains(kind->field(i)->number())) << kind->field(i)->name();
  }
}

INSTANTIATE_TEST_SUITE_P(OnEitherStore, NotYours, testing::Bool(),
                         [](const auto& store) { return store.param ? "Sqlite" : "Memory"; });

}  // namespace
}  // namespace cbm
