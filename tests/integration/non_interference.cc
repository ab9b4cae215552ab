#include "tests/integration/non_interference.h"

#include "cbm/v1/act_service.pb.h"
#include "cbm/v1/consultation_service.pb.h"
#include "cbm/v1/directory_service.pb.h"
#include "cbm/v1/exchange_service.pb.h"
#include "cbm/v1/log_service.pb.h"
#include "cbm/v1/notification_service.pb.h"
#include "gtest/gtest.h"
#include "tests/integration/answer.h"
#include "tests/support/served_consultations.h"

namespace cbm::test {
namespace {

constexpr int kResourceExhausted = 8;
constexpr int kCallsMax = 1'000;  // More than any rate allows at once.
constexpr std::string_view kPerformAct = "ActService/PerformAct";

Known KnownOf(const v1::PerformActRequest& request) {
  v1::Act act;
  act.ParseFromString(request.signed_act().act());
  return {.digest = std::string(BytesOf(DigestOf(request))),
          .content = act.manifest_digest(),
          .id = act.act_id()};
}

}  // namespace

v1::PerformActRequest NonInterference::Both(const TestOffice& author,
                                            const v1::PerformActRequest& request) {
  const TwoRuns::Answers answers = runs_.InBoth(author, request);
  EXPECT_TRUE(answers.quiet.ok()) << testing::PrintToString(answers.quiet);
  EXPECT_TRUE(answers.busy.ok()) << testing::PrintToString(answers.busy);
  if (author.party == "LV") {
    EXPECT_EQ(answers.quiet, answers.busy);
  }
  known_.push_back(KnownOf(request));
  return request;
}

v1::PerformActRequest NonInterference::Busy(const TestOffice& author,
                                            const v1::PerformActRequest& request) {
  const Answer answer = runs_.InBusy(author, request);
  EXPECT_TRUE(answer.ok()) << testing::PrintToString(answer);
  known_.push_back(KnownOf(request));
  return request;
}

v1::PerformActRequest NonInterference::MakeToAll(const TestOffice& author) {
  Draft draft = Make().DraftSubmit(author, {});
  draft.act.mutable_audience()->mutable_all()->set_framework("OSCE");
  return ServedExchange::Sign(author, draft);
}

v1::PerformActRequest NonInterference::SendToLvAndInBusyToFi() {
  const Draft busy = Make().DraftSubmit(Ee(), {"FI", "LV"});
  Draft quiet = busy;
  quiet.openings = {busy.openings.back()};
  v1::PerformActRequest request = ServedExchange::Sign(Ee(), busy);
  v1::PerformActRequest of_quiet = request;
  of_quiet.mutable_addressees()->DeleteSubrange(0, 1);
  const TwoRuns::Answers answers = runs_.InBoth(Ee(), of_quiet, request);
  EXPECT_TRUE(answers.quiet.ok() && answers.busy.ok());
  known_.push_back(KnownOf(request));
  return request;
}

void NonInterference::FollowAsLv() {
  runs_.Follow(Lv(), LedgerId::State("LV"));
  runs_.Follow(Lv(), LedgerId::All("OSCE"));
  runs_.Follow(Siem(), LedgerId::Integration("LV", "siem"));
}

v1::PerformActRequest NonInterference::MakeRequest(const TestOffice& author,
                                                   const std::vector<std::string>& states) {
  v1::PerformActRequest request =
      ServedExchange::Sign(author, DraftConsultationRequest(Make(), author, states));
  consultations_.insert(IdOf(request));
  return request;
}

v1::PerformActRequest NonInterference::MakeWithin(const TestOffice& author, v1::ActKind kind,
                                                  const PartySetMembers& members,
                                                  const std::function<void(v1::Act&)>& edit) {
  Draft draft = DraftInConsultation(Make(), author, kind, members);
  if (edit != nullptr) {
    edit(draft.act);
  }
  return ServedExchange::Sign(author, draft);
}

void NonInterference::OthersAct(const Digest& seen_by_fi) {
  ServedExchange& busy = runs_.busy();
  Busy(runs_.Office("FI", "admin"),
       busy.MakeGrant(runs_.Office("FI", "admin"), "siem", v1::MARKING_RED));
  Busy(Fi(), busy.MakeOpen(Fi(), seen_by_fi));
  Busy(Fi(), busy.MakeAcknowledge(Fi(), seen_by_fi));
  const auto sent = Busy(Fi(), busy.MakeSubmit(Fi(), {"EE", "LT"}));
  const auto answered = Busy(Lt(), busy.MakeSubmit(Lt(), {"EE", "FI"}));
  for (const v1::FollowUp follow_up : {v1::FOLLOW_UP_UPDATE, v1::FOLLOW_UP_FINAL_REPORT}) {
    Draft more = busy.DraftSubmit(Fi(), {"LT"});
    more.act.mutable_submit()->set_follow_up(follow_up);
    v1::Reference& reference = *more.act.add_references();
    reference.set_act_digest(std::string(BytesOf(DigestOf(sent))));
    reference.set_record_version(1);
    Busy(Fi(), ServedExchange::Sign(Fi(), more));
  }
  Busy(Fi(), busy.MakeSubmit(Fi(), {}));  // To the secretariat.
  Busy(Ee(), busy.MakeOpen(Ee(), DigestOf(sent)));
  Busy(Ee(), busy.MakeAcknowledge(Ee(), DigestOf(answered)));
  Busy(runs_.Office("FI", "siem"),
       busy.MakeAcknowledge(runs_.Office("FI", "siem"), DigestOf(answered)));
}

// From a request to a record that is agreed, and one that comes to nothing.
void NonInterference::OthersConsult() {
  const TestOffice& ee = Policy("EE");
  const TestOffice& fi = Policy("FI");
  const std::string id = IdOf(Busy(ee, MakeRequest(ee, {"FI", "LT"})));
  Busy(fi, MakeWithin(fi, v1::ACT_KIND_ANSWER,
                      {.consultation_id = id, .parties = {"EE"}, .invitees = {"FI", "LT"}}));
  const PartySetMembers members{.consultation_id = id, .parties = {"EE", "FI"}, .invitees = {"LT"}};
  Busy(ee, MakeWithin(ee, v1::ACT_KIND_SCHEDULE, members));
  Busy(fi, MakeWithin(fi, v1::ACT_KIND_POST, members));
  Busy(ee, MakeWithin(ee, v1::ACT_KIND_MARK_HELD, members));
  const auto record = Busy(ee, MakeWithin(ee, v1::ACT_KIND_DRAFT_RECORD, members));
  for (const TestOffice* const party : {&ee, &fi}) {
    Busy(*party, MakeWithin(*party, v1::ACT_KIND_CONFIRM_RECORD, members, [&](v1::Act& act) {
      act.mutable_confirm_record()->set_record_digest(std::string(BytesOf(DigestOf(record))));
    }));
  }
  const std::string none = IdOf(Busy(fi, MakeRequest(fi, {"EE"})));
  Busy(ee,
       MakeWithin(ee, v1::ACT_KIND_ANSWER,
                  {.consultation_id = none, .parties = {"FI"}, .invitees = {"EE"}},
                  [](v1::Act& act) { act.mutable_answer()->set_answer(v1::ANSWER_KIND_DECLINE); }));
}

void NonInterference::OthersAreRefused() {
  ServedExchange& busy = runs_.busy();
  const Digest nothing = Sha256("nothing");
  EXPECT_FALSE(runs_.InBusy(Fi(), busy.MakeOpen(Fi(), nothing)).ok());
  EXPECT_FALSE(runs_.InBusy(Fi(), busy.MakeSubmit(Fi(), {"FI"})).ok());
  EXPECT_FALSE(runs_.InBusy(Ee(), busy.MakeGrant(Ee(), "siem", v1::MARKING_RED)).ok());
  ASSERT_FALSE(consultations_.empty());
  const std::string& id = *consultations_.begin();
  const PartySetMembers nobody{.consultation_id = id, .parties = {"EE"}, .invitees = {}};
  for (const char* const state : {"EE", "FI", "SE"}) {  // For nobody; by one who has no part.
    const TestOffice& office = Policy(state);
    for (const v1::ActKind kind : {v1::ACT_KIND_POST, v1::ACT_KIND_LEAVE}) {
      EXPECT_FALSE(runs_.InBusy(office, MakeWithin(office, kind, nobody)).ok());
    }
  }
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

void NonInterference::ObserveConsultations(const TestOffice& reader) {
  std::set<std::string> ids = consultations_;
  ids.insert(std::string(32, 'u'));  // Of none.
  for (const std::string& id : ids) {
    v1::GetConsultationRequest get;
    get.set_consultation_id(id);
    runs_.ExpectSame(reader, "ConsultationService/Get", get);
    // For whom no consultation is, so that none is taken.
    const PartySetMembers nobody{.consultation_id = id, .parties = {"JP"}, .invitees = {}};
    for (int kind = v1::ACT_KIND_ANSWER; kind <= v1::ACT_KIND_WITHDRAW_CONSULTATION; ++kind) {
      runs_.ExpectSameAct(reader, MakeWithin(reader, static_cast<v1::ActKind>(kind), nobody));
    }
  }
  v1::ListConsultationsRequest list;
  list.set_page_size(1);
  do {
    const Answer answer = runs_.ExpectSame(reader, "ConsultationService/List", list);
    list.set_page_token(ResponseOf<v1::ListConsultationsResponse>(answer).next_page_token());
  } while (!list.page_token().empty());
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
  ObserveConsultations(reader);
  ObserveActs(reader);
  ObserveRefusals(reader);
  ObserveRates(reader);
}

}  // namespace cbm::test
