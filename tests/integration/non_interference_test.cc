// Nobody learns what is not theirs: whatever others do, what one reader can ask and be told is the
// same, byte for byte, and so are the instants, ordinals, tree sizes, tokens and wake-ups in it.
//
// Two runs of one exchange take the same acts of the reader and to the reader, at the same
// instants; in one, the busy run, others do a great deal more. Enrolments are seen by all, and so
// are the same. The auditor is told that others acted, though not who: for it the others are others
// in each run.

#include <memory>
#include <string>
#include <vector>

#include "cbm/v1/directory_service.pb.h"
#include "cbm/v1/exchange_service.pb.h"
#include "cbm/v1/log_service.pb.h"
#include "cbm/v1/notification_service.pb.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/answer.h"
#include "tests/integration/two_runs.h"
#include "tests/support/served_exchange.h"

namespace cbm {
namespace {

using ::cbm::test::Answer;
using ::cbm::test::Ask;
using ::cbm::test::Draft;
using ::cbm::test::FollowedTwice;
using ::cbm::test::ResponseOf;
using ::cbm::test::ServedExchange;
using ::cbm::test::TestOffice;
using ::cbm::test::TwoRuns;

constexpr int kResourceExhausted = 8;
constexpr int kCallsMax = 1'000;  // More than any rate allows at once.
constexpr std::string_view kPerformAct = "ActService/PerformAct";

// An act as the test knows it.
struct Known {
  std::string digest;
  std::string content;
  std::string id;
};

Known KnownOf(const v1::PerformActRequest& request) {
  v1::Act act;
  act.ParseFromString(request.signed_act().act());
  return {.digest = std::string(BytesOf(test::DigestOf(request))),
          .content = act.manifest_digest(),
          .id = act.act_id()};
}

class NonInterference : public testing::Test {
 protected:
  // In both runs; the request is made at the instant before.
  v1::PerformActRequest Both(const TestOffice& author, const v1::PerformActRequest& request) {
    const TwoRuns::Answers answers = runs_.InBoth(author, request);
    EXPECT_TRUE(answers.quiet.ok()) << testing::PrintToString(answers.quiet);
    EXPECT_TRUE(answers.busy.ok()) << testing::PrintToString(answers.busy);
    if (author.party == "LV") {
      EXPECT_EQ(answers.quiet, answers.busy);
    }
    known_.push_back(KnownOf(request));
    return request;
  }

  v1::PerformActRequest Busy(const TestOffice& author, const v1::PerformActRequest& request) {
    const Answer answer = runs_.InBusy(author, request);
    EXPECT_TRUE(answer.ok()) << testing::PrintToString(answer);
    known_.push_back(KnownOf(request));
    return request;
  }

  ServedExchange& Make() { return runs_.NextInstant(); }

  v1::PerformActRequest MakeToAll(const TestOffice& author) {
    Draft draft = Make().DraftSubmit(author, {});
    draft.act.mutable_audience()->mutable_all()->set_framework("OSCE");
    return ServedExchange::Sign(author, draft);
  }

  // The same signed act, to LV alone in the quiet run and to FI as well in the busy one: nothing in
  // its bytes tells, since all commitments look alike.
  v1::PerformActRequest SendToLvAndInBusyToFi() {
    const Draft busy = Make().DraftSubmit(Ee(), {"FI", "LV"});
    Draft quiet = busy;
    quiet.openings = {busy.openings.back()};
    const v1::PerformActRequest request = ServedExchange::Sign(Ee(), busy);
    v1::PerformActRequest of_quiet = request;
    of_quiet.mutable_addressees()->DeleteSubrange(0, 1);
    const TwoRuns::Answers answers = runs_.InBoth(Ee(), of_quiet, request);
    EXPECT_TRUE(answers.quiet.ok() && answers.busy.ok());
    known_.push_back(KnownOf(request));
    return request;
  }

  void FollowAsLv() {
    runs_.Follow(Lv(), LedgerId::State("LV"));
    runs_.Follow(Lv(), LedgerId::All("OSCE"));
    runs_.Follow(Siem(), LedgerId::Integration("LV", "siem"));
  }

  // What others do in the busy run alone.
  void OthersAct(const Digest& seen_by_fi);
  void OthersAreRefused();
  void OthersUseUpTheirRatesAndStreams();

  // Asks everything that there is to ask, and expects the same answers.
  void Observe(const TestOffice& reader);
  void ObserveLedger(const TestOffice& reader, const LedgerId& ledger);
  void ObserveNotifications(const TestOffice& reader);
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

  TwoRuns runs_;
  std::vector<Known> known_;  // Of both runs.
  std::vector<std::unique_ptr<FollowedTwice>> streams_;
};

void NonInterference::OthersAct(const Digest& seen_by_fi) {
  ServedExchange& busy = runs_.busy();
  Busy(runs_.Office("FI", "admin"),
       busy.MakeGrant(runs_.Office("FI", "admin"), "siem", v1::MARKING_RED));
  Busy(Fi(), busy.MakeOpen(Fi(), seen_by_fi));
  Busy(Fi(), busy.MakeAcknowledge(Fi(), seen_by_fi));
  const auto sent = Busy(Fi(), busy.MakeSubmit(Fi(), {"EE", "LT"}));
  const auto answered = Busy(Lt(), busy.MakeSubmit(Lt(), {"EE", "FI"}));
  Busy(Fi(), busy.MakeSubmit(Fi(), {}));  // To the secretariat.
  Busy(Ee(), busy.MakeOpen(Ee(), test::DigestOf(sent)));
  Busy(Ee(), busy.MakeAcknowledge(Ee(), test::DigestOf(answered)));
  Busy(runs_.Office("FI", "siem"),
       busy.MakeAcknowledge(runs_.Office("FI", "siem"), test::DigestOf(answered)));
}

void NonInterference::OthersAreRefused() {
  ServedExchange& busy = runs_.busy();
  const Digest nothing = Sha256("nothing");
  EXPECT_FALSE(runs_.InBusy(Fi(), busy.MakeOpen(Fi(), nothing)).ok());
  EXPECT_FALSE(runs_.InBusy(Fi(), busy.MakeSubmit(Fi(), {"FI"})).ok());
  EXPECT_FALSE(runs_.InBusy(Ee(), busy.MakeGrant(Ee(), "siem", v1::MARKING_RED)).ok());
}

void NonInterference::OthersUseUpTheirRatesAndStreams() {
  ServedExchange& busy = runs_.busy();
  const v1::PerformActRequest act = busy.MakeOpen(Fi(), Sha256("nothing"));
  const auto use_up = [&](std::string_view method, const google::protobuf::Message& request) {
    for (int i = 0; i < kCallsMax; ++i) {
      if (Ask(busy.KeptChannel(Fi()), method, request).code == kResourceExhausted) {
        return;
      }
    }
    ADD_FAILURE() << method << " has no limit";
  };
  runs_.NextInstant();
  for (uint64_t i = 0; i < LimitsConfig().streams_per_office_max; ++i) {
    // Followed in the busy run twice, which is as good.
    streams_.push_back(std::make_unique<FollowedTwice>(busy, busy, Fi(), LedgerId::State("FI")));
  }
  use_up(kPerformAct, act);
  use_up("ExchangeService/GetExchange", v1::GetExchangeRequest());
}

void NonInterference::ObserveLedger(const TestOffice& reader, const LedgerId& ledger) {
  v1::ListEntriesRequest list;
  list.mutable_cursor()->set_ledger(ledger.text());
  list.mutable_cursor()->set_epoch(1);
  uint64_t size = 0;
  while (true) {
    const Answer answer = runs_.ExpectSame(reader, "LedgerService/ListEntries", list);
    if (!answer.ok()) {
      break;
    }
    const auto page = ResponseOf<v1::ListEntriesResponse>(answer);
    size = page.next().ordinal();
    *list.mutable_cursor() = page.next();
    if (page.records().empty()) {
      break;
    }
  }
  list.mutable_cursor()->set_ordinal(size + 1);
  runs_.ExpectSame(reader, "LedgerService/ListEntries", list);
  v1::GetCheckpointRequest checkpoint;
  checkpoint.set_ledger(ledger.text());
  runs_.ExpectSame(reader, "LogService/GetCheckpoint", checkpoint);
  for (uint64_t i = 0; i <= size; ++i) {
    v1::GetInclusionProofRequest inclusion;
    inclusion.set_ledger(ledger.text());
    inclusion.set_ordinal(i);
    runs_.ExpectSame(reader, "LogService/GetInclusionProof", inclusion);
    v1::GetConsistencyProofRequest consistency;
    consistency.set_ledger(ledger.text());
    consistency.set_first_size(i);
    consistency.set_second_size(i == 0 ? size + 1 : size);
    runs_.ExpectSame(reader, "LogService/GetConsistencyProof", consistency);
  }
}

void NonInterference::ObserveNotifications(const TestOffice& reader) {
  std::vector<v1::ListNotificationsRequest> lists(5);
  lists[1].set_ledger("ALL/OSCE");
  lists[2].set_from_party("FI");
  lists[3].add_roles(v1::ENTRY_ROLE_ADDRESSED);
  lists[4].set_ledger("state/FI");
  for (v1::ListNotificationsRequest& list : lists) {
    list.set_page_size(1);
    while (true) {
      const Answer answer = runs_.ExpectSame(reader, "NotificationService/List", list);
      if (!answer.ok()) {
        break;
      }
      list.set_page_token(ResponseOf<v1::ListNotificationsResponse>(answer).next_page_token());
      if (list.page_token().empty()) {
        break;
      }
    }
  }
}

// By every name of an act, of either run.
void NonInterference::ObserveActs(const TestOffice& reader) {
  for (const Known& act : known_) {
    v1::GetNotificationRequest get;
    get.set_act_digest(act.digest);
    runs_.ExpectSame(reader, "NotificationService/Get", get);
    v1::GetContentRequest content;
    content.set_act_digest(act.digest);
    content.set_content_digest(act.content.empty() ? act.digest : act.content);
    runs_.ExpectSame(reader, "LedgerService/GetContent", content);
    v1::GetReceiptRequest receipt;
    receipt.set_act_id(act.id);
    runs_.ExpectSame(reader, "ActService/GetReceipt", receipt);
    receipt.set_office("duty");
    runs_.ExpectSame(reader, "ActService/GetReceipt", receipt);
  }
}

void NonInterference::ObserveDirectory(const TestOffice& reader) {
  runs_.ExpectSame(reader, "ExchangeService/GetExchange", v1::GetExchangeRequest());
  v1::ListStatesRequest states;
  v1::ListOfficesRequest offices;
  const auto page_through = [&](std::string_view method, auto& list, auto response) {
    do {
      response = ResponseOf<decltype(response)>(runs_.ExpectSame(reader, method, list));
      list.set_page_token(response.next_page_token());
    } while (!list.page_token().empty());
  };
  page_through("DirectoryService/ListStates", states, v1::ListStatesResponse());
  page_through("DirectoryService/ListOffices", offices, v1::ListOfficesResponse());
  for (const char* const office : {"duty", "siem", "none"}) {
    v1::GetOfficeRequest get;
    get.set_party("FI");
    get.set_office(office);
    runs_.ExpectSame(reader, "DirectoryService/GetOffice", get);
  }
}

void NonInterference::ObserveRefusals(const TestOffice& reader) {
  for (const Known& act : known_) {
    const Digest digest = DigestFrom(act.digest).value();
    runs_.ExpectSameAct(reader, Make().MakeOpen(reader, digest));
    Draft draft{.act = Make().NewAct(reader), .openings = {}, .contents = {}};
    draft.act.set_act_id(act.id);  // Perhaps another's, perhaps one's own.
    draft.act.mutable_audience()->mutable_own();
    draft.act.mutable_open()->set_manner(v1::OPEN_MANNER_BY_HAND);
    runs_.ExpectSameAct(reader, ServedExchange::Sign(reader, draft));
  }
}

// How many calls are taken at once, and what the one too many is told.
void NonInterference::ObserveRates(const TestOffice& reader) {
  const v1::PerformActRequest act = Make().MakeOpen(reader, Sha256("nothing"));
  int taken = 0;
  for (; taken < kCallsMax; ++taken) {
    const Answer quiet = Ask(runs_.quiet().KeptChannel(reader), kPerformAct, act);
    EXPECT_EQ(quiet, Ask(runs_.busy().KeptChannel(reader), kPerformAct, act));
    if (quiet.code == kResourceExhausted) {
      EXPECT_FALSE(quiet.details.empty()) << "no RetryInfo";
      break;
    }
  }
  EXPECT_LT(taken, kCallsMax);
}

void NonInterference::Observe(const TestOffice& reader) {
  ObserveDirectory(reader);
  for (const LedgerId& ledger :
       {reader.name == "siem" ? LedgerId::Integration("LV", "siem") : LedgerId::State("LV"),
        LedgerId::All("OSCE"), LedgerId::All("UN"), LedgerId::State("FI"),
        LedgerId::Secretariat()}) {
    ObserveLedger(reader, ledger);
  }
  ObserveNotifications(reader);
  ObserveActs(reader);
  ObserveRefusals(reader);
  ObserveRates(reader);
}

TEST_F(NonInterference, AStateAndItsIntegrationSeeNothingOfWhatOthersDo) {
  Both(runs_.Office("LV", "admin"),
       Make().MakeGrant(runs_.Office("LV", "admin"), "siem", v1::MARKING_AMBER));
  FollowAsLv();
  const Digest first = test::DigestOf(SendToLvAndInBusyToFi());
  OthersAct(first);
  Both(Lv(), Make().MakeOpen(Lv(), first));
  OthersAreRefused();
  const Digest to_all = test::DigestOf(Both(Ee(), MakeToAll(Ee())));
  Busy(Fi(), runs_.busy().MakeAcknowledge(Fi(), to_all));
  Busy(Lt(), runs_.busy().MakeAcknowledge(Lt(), to_all));
  const Digest of_se = test::DigestOf(Both(Se(), MakeToAll(Se())));
  const Digest named = test::DigestOf(Both(Se(), Make().MakeSubmit(Se(), {"LV"})));
  Both(Lv(), Make().MakeAcknowledge(Lv(), of_se));
  Both(Siem(), Make().MakeOpen(Siem(), named));
  Both(Siem(), Make().MakeAcknowledge(Siem(), named));
  const Digest own = test::DigestOf(Both(Lv(), Make().MakeSubmit(Lv(), {"SE"})));
  Busy(Fi(), runs_.busy().MakeSubmit(Fi(), {"LT"}));
  Both(Se(), Make().MakeOpen(Se(), own));
  Both(Se(), Make().MakeAcknowledge(Se(), own));
  Both(Lv(), MakeToAll(Lv()));
  OthersUseUpTheirRatesAndStreams();
  // Whatever woke a follower without cause would come before this.
  Both(Ee(), Make().MakeSubmit(Ee(), {"LV"}));
  Both(Ee(), MakeToAll(Ee()));
  Observe(Lv());
  Observe(Siem());
}

// An entry of the author's own, without the hashes of those that delivered it.
std::string WithoutDelivered(const Answer& answer) {
  const auto response = ResponseOf<v1::PerformActResponse>(answer);
  v1::Entry entry = test::EntryOf(response.receipt());
  EXPECT_EQ(entry.delivered_size(), 1);
  for (v1::Delivered& delivered : *entry.mutable_delivered()) {
    EXPECT_EQ(delivered.leaf_hash().size(), kDigestBytes);
    delivered.clear_leaf_hash();
  }
  return entry.DebugString();
}

TEST_F(NonInterference, ADeliveryTellsNothingButItsHash) {
  const Digest first = test::DigestOf(SendToLvAndInBusyToFi());
  OthersAct(first);
  const TwoRuns::Answers answers = runs_.InBoth(Lv(), Make().MakeAcknowledge(Lv(), first));
  EXPECT_EQ(WithoutDelivered(answers.quiet), WithoutDelivered(answers.busy));
}

// The entries of the auditor, without the digests of acts that are not the same acts.
std::vector<std::string> EntriesOfAuditor(ServedExchange& exchange, const TestOffice& auditor) {
  v1::ListEntriesRequest request;
  request.mutable_cursor()->set_ledger("auditor");
  request.mutable_cursor()->set_epoch(1);
  request.set_page_size(200);
  std::vector<std::string> entries;
  const auto page = ResponseOf<v1::ListEntriesResponse>(
      Ask(exchange.KeptChannel(auditor), "LedgerService/ListEntries", request));
  for (const v1::LedgerRecord& record : page.records()) {
    v1::Entry entry;
    EXPECT_TRUE(entry.ParseFromString(record.entry()));
    if (entry.role() == v1::ENTRY_ROLE_HEADER) {
      entry.clear_act_digest();
      entry.clear_signature_digest();
      entry.mutable_summary()->clear_acted_on();
      EXPECT_EQ(record.act() + record.signature(), "");
    }
    entries.push_back(entry.DebugString());
  }
  return entries;
}

std::vector<std::string> NotificationsOfAuditor(ServedExchange& exchange,
                                                const TestOffice& auditor) {
  std::vector<std::string> records;
  auto page = ResponseOf<v1::ListNotificationsResponse>(Ask(
      exchange.KeptChannel(auditor), "NotificationService/List", v1::ListNotificationsRequest()));
  for (v1::NotificationRecord& record : *page.mutable_notifications()) {
    record.clear_act_digest();
    records.push_back(record.DebugString());
  }
  return records;
}

// In one run FI writes to SE and SE acknowledges; in the other LT to EE and LV, and LV does, and
// much is done besides of which the auditor is told nothing.
TEST_F(NonInterference, TheAuditorIsNotToldWhoActed) {
  ServedExchange& make = Make();
  const auto of_quiet = make.MakeSubmit(Fi(), {"SE"});
  const auto of_busy = make.MakeSubmit(Lt(), {"EE", "LV"});
  runs_.NextInstant();
  EXPECT_TRUE(Ask(runs_.quiet().KeptChannel(Fi()), kPerformAct, of_quiet).ok());
  EXPECT_TRUE(Ask(runs_.busy().KeptChannel(Lt()), kPerformAct, of_busy).ok());
  Busy(Lv(), make.MakeOpen(Lv(), test::DigestOf(of_busy)));
  Busy(Ee(), make.MakeOpen(Ee(), test::DigestOf(of_busy)));
  Busy(runs_.Office("LV", "admin"),
       make.MakeGrant(runs_.Office("LV", "admin"), "siem", v1::MARKING_RED));
  runs_.NextInstant();
  EXPECT_TRUE(Ask(runs_.quiet().KeptChannel(Se()), kPerformAct,
                  make.MakeAcknowledge(Se(), test::DigestOf(of_quiet)))
                  .ok());
  EXPECT_TRUE(Ask(runs_.busy().KeptChannel(Lv()), kPerformAct,
                  make.MakeAcknowledge(Lv(), test::DigestOf(of_busy)))
                  .ok());
  runs_.NextInstant();
  const TestOffice& auditor = runs_.Office("AUDITOR", "audit");
  const std::vector<std::string> entries = EntriesOfAuditor(runs_.quiet(), auditor);
  EXPECT_EQ(entries, EntriesOfAuditor(runs_.busy(), auditor));
  EXPECT_GE(entries.size(), 10);
  EXPECT_EQ(NotificationsOfAuditor(runs_.quiet(), auditor),
            NotificationsOfAuditor(runs_.busy(), auditor));
  ObserveDirectory(auditor);
}

}  // namespace
}  // namespace cbm
