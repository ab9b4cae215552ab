// Nobody learns what is not theirs: whatever others do, what one reader can ask and be told is the
// same, byte for byte, and so are the instants, ordinals, tree sizes, tokens and wake-ups in it.
//
// Two runs of one exchange take the same acts of the reader and to the reader, at the same
// instants; in one, the busy run, others do a great deal more. Enrolments are seen by all, and so
// are the same. The auditor is told that others acted, though not who: for it the others are others
// in each run.

#include <string>
#include <vector>

#include "cbm/v1/act_service.pb.h"
#include "cbm/v1/consultation_service.pb.h"
#include "cbm/v1/ledger_service.pb.h"
#include "cbm/v1/notification_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/answer.h"
#include "tests/integration/non_interference.h"
#include "tests/integration/two_runs.h"
#include "tests/support/served_exchange.h"

namespace cbm {
namespace {

using ::cbm::test::Answer;
using ::cbm::test::Ask;
using ::cbm::test::NonInterference;
using ::cbm::test::ResponseOf;
using ::cbm::test::ServedExchange;
using ::cbm::test::TestOffice;
using ::cbm::test::TwoRuns;

constexpr std::string_view kPerformAct = "ActService/PerformAct";

TEST_F(NonInterference, AStateAndItsIntegrationSeeNothingOfWhatOthersDo) {
  Both(runs_.Office("LV", "admin"),
       Make().MakeGrant(runs_.Office("LV", "admin"), "siem", v1::MARKING_AMBER));
  FollowAsLv();
  const Digest first = test::DigestOf(SendToLvAndInBusyToFi());
  OthersAct(first);
  OthersConsult();
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

// What goes on in a consultation that LV declined, in one that it left, and among the parties of
// one to which it is still asked.
TEST_F(NonInterference, AStateSeesNothingOfAConsultationBeforeOrAfterItsPart) {
  FollowAsLv();
  const TestOffice& ee = Policy("EE");
  const TestOffice& se = Policy("SE");
  const TestOffice& lv = Policy("LV");
  const auto answer = [&](const TestOffice& author, const PartySetMembers& members,
                          v1::AnswerKind kind) {
    Both(author, MakeWithin(author, v1::ACT_KIND_ANSWER, members,
                            [kind](v1::Act& act) { act.mutable_answer()->set_answer(kind); }));
  };
  std::vector<std::string> ids;
  while (ids.size() < 3) {
    ids.push_back(IdOf(Both(ee, MakeRequest(ee, {"LV", "SE"}))));
    const std::string& id = ids.back();
    answer(se, {.consultation_id = id, .parties = {"EE"}, .invitees = {"LV", "SE"}},
           v1::ANSWER_KIND_ACCEPT);
  }
  const auto without_lv = [&](const std::string& id) {
    return PartySetMembers{.consultation_id = id, .parties = {"EE", "SE"}, .invitees = {}};
  };
  const auto with_lv_asked = [&](const std::string& id) {
    return PartySetMembers{.consultation_id = id, .parties = {"EE", "SE"}, .invitees = {"LV"}};
  };
  answer(lv, with_lv_asked(ids[0]), v1::ANSWER_KIND_DECLINE);
  answer(lv, with_lv_asked(ids[1]), v1::ANSWER_KIND_ACCEPT);
  answer(lv, with_lv_asked(ids[2]), v1::ANSWER_KIND_OTHER_TIME);
  Both(lv, MakeWithin(lv, v1::ACT_KIND_LEAVE,
                      {.consultation_id = ids[1], .parties = {"EE", "LV", "SE"}, .invitees = {}}));
  for (const std::string& id : {ids[0], ids[1]}) {
    Busy(ee, MakeWithin(ee, v1::ACT_KIND_SCHEDULE, without_lv(id)));
    Busy(se, MakeWithin(se, v1::ACT_KIND_POST, without_lv(id)));
    Busy(se, MakeWithin(se, v1::ACT_KIND_MARK_HELD, without_lv(id)));
    Busy(ee, MakeWithin(ee, v1::ACT_KIND_DRAFT_RECORD, without_lv(id)));
    Busy(se, MakeWithin(se, v1::ACT_KIND_FILE_STATEMENT, without_lv(id)));
    Busy(ee, MakeWithin(ee, v1::ACT_KIND_LEAVE, without_lv(id)));
  }
  Busy(ee, MakeWithin(ee, v1::ACT_KIND_POST, with_lv_asked(ids[2])));
  Busy(se, MakeWithin(se, v1::ACT_KIND_POST, with_lv_asked(ids[2])));
  // Whatever woke a follower without cause would come before this.
  Both(se, MakeWithin(se, v1::ACT_KIND_SCHEDULE, with_lv_asked(ids[2])));
  Observe(lv);
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
  // FI asks SE in one run, EE asks FI and LV in the other; one accepts, and writes.
  const auto in_each = [&](const TestOffice& quiet, const v1::PerformActRequest& quietly,
                           const TestOffice& busy, const v1::PerformActRequest& busily) {
    runs_.NextInstant();
    EXPECT_TRUE(Ask(runs_.quiet().KeptChannel(quiet), kPerformAct, quietly).ok());
    EXPECT_TRUE(Ask(runs_.busy().KeptChannel(busy), kPerformAct, busily).ok());
  };
  const TestOffice& ee = Policy("EE");
  const TestOffice& fi = Policy("FI");
  const TestOffice& se = Policy("SE");
  const v1::PerformActRequest fi_asks = MakeRequest(fi, {"SE"});
  const v1::PerformActRequest ee_asks = MakeRequest(ee, {"FI", "LV"});
  const std::string by_fi = IdOf(fi_asks);
  const std::string by_ee = IdOf(ee_asks);
  const PartySetMembers of_fi{.consultation_id = by_fi, .parties = {"FI"}, .invitees = {"SE"}};
  const PartySetMembers of_ee{
      .consultation_id = by_ee, .parties = {"EE"}, .invitees = {"FI", "LV"}};
  const PartySetMembers fi_se{.consultation_id = by_fi, .parties = {"FI", "SE"}, .invitees = {}};
  const PartySetMembers ee_fi{
      .consultation_id = by_ee, .parties = {"EE", "FI"}, .invitees = {"LV"}};
  in_each(fi, fi_asks, ee, ee_asks);
  in_each(se, MakeWithin(se, v1::ACT_KIND_ANSWER, of_fi), fi,
          MakeWithin(fi, v1::ACT_KIND_ANSWER, of_ee));
  in_each(se, MakeWithin(se, v1::ACT_KIND_POST, fi_se), fi,
          MakeWithin(fi, v1::ACT_KIND_POST, ee_fi));
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
