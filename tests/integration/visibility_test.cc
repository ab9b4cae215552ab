// Over random histories of all acts that there are: what each reader can obtain, through every RPC,
// is what the table of who is told what allows (tests/integration/visibility_model.h, a second
// writing of it), nothing more and nothing missing; every act is taken or refused as the model
// says; and the facts that a client replays from its ledgers are those that the exchange answers
// with.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cbm/v1/directory_service.pb.h"
#include "cbm/v1/exchange_service.pb.h"
#include "cbm/v1/log_service.pb.h"
#include "cbm/v1/notification_service.pb.h"
#include "client/exchange_api.h"
#include "client/replica.h"
#include "core/rules/directory.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/answer.h"
#include "tests/integration/random_history.h"
#include "tests/integration/visibility_model.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_folder.h"

namespace cbm {
namespace {

using ::cbm::test::Answer;
using ::cbm::test::Ask;
using ::cbm::test::IsOk;
using ::cbm::test::ModelNotification;
using ::cbm::test::ModelOffice;
using ::cbm::test::RandomHistory;
using ::cbm::test::ResponseOf;
using ::cbm::test::ServedExchange;
using ::cbm::test::TemporaryFolder;
using ::cbm::test::Told;
using ::cbm::test::VisibilityModel;

constexpr int kSteps = 150;

// What a replica needs of the exchange.
class Entries final : public ExchangeApi {
 public:
  explicit Entries(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)) {}

  absl::StatusOr<v1::ListEntriesResponse> ListEntries(
      const v1::ListEntriesRequest& request) override {
    const Answer answer = Ask(channel_, "LedgerService/ListEntries", request);
    if (!answer.ok()) {
      return absl::Status(static_cast<absl::StatusCode>(answer.code), answer.message);
    }
    return ResponseOf<v1::ListEntriesResponse>(answer);
  }
  absl::StatusOr<v1::GetExchangeResponse> GetExchange() override { return None(); }
  absl::StatusOr<v1::PerformActResponse> PerformAct(const v1::PerformActRequest&) override {
    return None();
  }
  absl::StatusOr<v1::GetReceiptResponse> GetReceipt(const v1::GetReceiptRequest&) override {
    return None();
  }
  absl::StatusOr<v1::GetContentResponse> GetContent(const v1::GetContentRequest&) override {
    return None();
  }
  absl::StatusOr<v1::GetCheckpointResponse> GetCheckpoint(
      const v1::GetCheckpointRequest&) override {
    return None();
  }
  absl::Status Follow(const v1::FollowRequest&,
                      const std::function<absl::Status(const v1::FollowResponse&)>&) override {
    return None();
  }

 private:
  static absl::Status None() { return absl::UnimplementedError("a replica does not ask for it"); }

  std::shared_ptr<grpc::Channel> channel_;
};

class Visibility : public testing::TestWithParam<uint64_t> {
 protected:
  // Everything that `reader` can obtain.
  void CheckLedgers(const ModelOffice& reader);
  void CheckLedger(const ModelOffice& reader, const std::string& ledger);
  void CheckNotRead(const ModelOffice& reader, const std::string& ledger);
  void CheckNotifications(const ModelOffice& reader);
  void CheckContents(const ModelOffice& reader);
  void CheckReceipts(const ModelOffice& reader);
  void CheckDirectory(const ModelOffice& reader);
  void CheckReplica(const ModelOffice& reader);

  Answer AskAs(const ModelOffice& reader, std::string_view method,
               const google::protobuf::Message& request) {
    return Ask(exchange_.KeptChannel(exchange_.Office(reader.party, reader.office)), method,
               request);
  }
  std::vector<v1::NotificationRecord> List(const ModelOffice& reader, const std::string& ledger);
  Told ToldBy(const v1::LedgerRecord& record);

  RandomHistory history_{GetParam()};
  ServedExchange& exchange_ = history_.exchange();
  const VisibilityModel& model_ = history_.model();
};

Told Visibility::ToldBy(const v1::LedgerRecord& record) {
  v1::Entry entry;
  EXPECT_TRUE(entry.ParseFromString(record.entry()));
  const v1::Summary& summary = entry.summary();
  Told told{.digest = entry.act_digest(),
            .kind = entry.kind(),
            .role = entry.role(),
            .act = !record.act().empty(),
            .content = !entry.given_digest().empty(),
            .states = {entry.effect().states().begin(), entry.effect().states().end()},
            .party = summary.party(),
            .acted_on = summary.acted_on(),
            .manner = summary.manner() != v1::OPEN_MANNER_UNSPECIFIED};
  EXPECT_EQ(told.act, !record.signature().empty());
  EXPECT_EQ(told.content, !record.given().empty());
  EXPECT_EQ(entry.role() == v1::ENTRY_ROLE_OWN, !entry.carrying_credential().empty());
  for (const v1::AddresseeOpening& opening : entry.openings()) {
    told.openings.push_back(opening.state());
  }
  for (const v1::Delivered& delivered : entry.delivered()) {
    told.delivered.push_back(delivered.party());
  }
  if (!summary.commitment().empty()) {
    told.commitment = history_.StateBehind(summary.commitment());
  }
  return told;
}

void Visibility::CheckLedger(const ModelOffice& reader, const std::string& ledger) {
  SCOPED_TRACE(ledger);
  std::vector<std::string> told;
  v1::ListEntriesRequest request;
  request.mutable_cursor()->set_ledger(ledger);
  request.mutable_cursor()->set_epoch(1);
  request.set_page_size(200);
  while (true) {
    const auto page =
        ResponseOf<v1::ListEntriesResponse>(AskAs(reader, "LedgerService/ListEntries", request));
    for (const v1::LedgerRecord& record : page.records()) {
      told.push_back(ToldBy(record).Text());
    }
    if (page.records().empty()) {
      break;
    }
    *request.mutable_cursor() = page.next();
  }
  std::vector<std::string> expected;
  for (const Told& one : model_.Ledger(ledger)) {
    expected.push_back(one.Text());
  }
  ASSERT_EQ(told, expected);
  v1::FollowRequest follow;
  v1::Cursor& cursor = *follow.add_cursors();
  cursor.set_ledger(ledger);
  cursor.set_epoch(1);
  const auto followed =
      ResponseOf<v1::FollowResponse>(AskAs(reader, "LedgerService/Follow", follow));
  ASSERT_EQ(followed.records_size(), std::min<size_t>(expected.size(), 200));
  for (int i = 0; i < followed.records_size(); ++i) {
    EXPECT_EQ(ToldBy(followed.records(i)).Text(), expected[static_cast<size_t>(i)]);
  }
  v1::GetConsistencyProofRequest proof;
  proof.set_ledger(ledger);
  proof.set_first_size(expected.size() + 1);
  EXPECT_FALSE(AskAs(reader, "LogService/GetConsistencyProof", proof).ok());
  proof.set_first_size(expected.size());
  EXPECT_TRUE(AskAs(reader, "LogService/GetConsistencyProof", proof).ok());
}

void Visibility::CheckNotRead(const ModelOffice& reader, const std::string& ledger) {
  SCOPED_TRACE(ledger);
  const auto refused = [&](std::string_view method, auto request) {
    EXPECT_EQ(AskAs(reader, method, request).code, grpc::StatusCode::NOT_FOUND) << method;
  };
  v1::ListEntriesRequest list;
  list.mutable_cursor()->set_ledger(ledger);
  list.mutable_cursor()->set_epoch(1);
  refused("LedgerService/ListEntries", list);
  v1::FollowRequest follow;
  *follow.add_cursors() = list.cursor();
  refused("LedgerService/Follow", follow);
  v1::GetCheckpointRequest checkpoint;
  checkpoint.set_ledger(ledger);
  refused("LogService/GetCheckpoint", checkpoint);
  v1::GetInclusionProofRequest inclusion;
  inclusion.set_ledger(ledger);
  refused("LogService/GetInclusionProof", inclusion);
  v1::GetConsistencyProofRequest consistency;
  consistency.set_ledger(ledger);
  refused("LogService/GetConsistencyProof", consistency);
  v1::ListNotificationsRequest notifications;
  notifications.set_ledger(ledger);
  refused("NotificationService/List", notifications);
}

void Visibility::CheckLedgers(const ModelOffice& reader) {
  const std::vector<std::string> readable = model_.Readable(reader);
  const auto about = ResponseOf<v1::GetExchangeResponse>(
      AskAs(reader, "ExchangeService/GetExchange", v1::GetExchangeRequest()));
  EXPECT_THAT(about.ledgers(), testing::ElementsAreArray(readable));
  for (const std::string& ledger : readable) {
    CheckLedger(reader, ledger);
  }
  for (const std::string& ledger : model_.Ledgers()) {
    if (std::count(readable.begin(), readable.end(), ledger) == 0) {
      CheckNotRead(reader, ledger);
    }
  }
}

std::vector<v1::NotificationRecord> Visibility::List(const ModelOffice& reader,
                                                     const std::string& ledger) {
  std::vector<v1::NotificationRecord> records;
  v1::ListNotificationsRequest request;
  request.set_ledger(ledger);
  request.set_page_size(7);
  do {
    const auto page = ResponseOf<v1::ListNotificationsResponse>(
        AskAs(reader, "NotificationService/List", request));
    records.insert(records.end(), page.notifications().begin(), page.notifications().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return records;
}

void Visibility::CheckNotifications(const ModelOffice& reader) {
  for (const ModelNotification& notification : model_.notifications()) {
    v1::GetNotificationRequest request;
    request.set_act_digest(notification.digest);
    const int expected =
        model_.Has(reader, notification) ? grpc::StatusCode::OK : grpc::StatusCode::NOT_FOUND;
    EXPECT_EQ(AskAs(reader, "NotificationService/Get", request).code, expected);
  }
  for (const std::string& ledger : model_.Readable(reader)) {
    std::vector<std::string> expected;
    for (const Told& told : model_.Ledger(ledger)) {
      if (told.kind == v1::ACT_KIND_SUBMIT || told.kind == v1::ACT_KIND_REPLY) {
        expected.insert(expected.begin(), told.digest);
      }
    }
    std::vector<std::string> listed;
    for (const v1::NotificationRecord& record : List(reader, ledger)) {
      listed.push_back(record.act_digest());
    }
    EXPECT_EQ(listed, expected) << ledger;
  }
}

void Visibility::CheckContents(const ModelOffice& reader) {
  for (const ModelNotification& notification : model_.notifications()) {
    v1::GetContentRequest request;
    request.set_act_digest(notification.digest);
    request.set_content_digest(notification.content);
    EXPECT_EQ(AskAs(reader, "LedgerService/GetContent", request).code,
              static_cast<int>(model_.ContentFor(reader, notification)));
  }
}

void Visibility::CheckReceipts(const ModelOffice& reader) {
  for (const auto& [author, id] : history_.acts()) {
    v1::GetReceiptRequest request;
    request.set_act_id(id);
    request.set_office(author.office);
    const bool has = model_.LedgerOfAct(reader.party, author.office, id) == reader.ledger;
    EXPECT_EQ(AskAs(reader, "ActService/GetReceipt", request).code,
              has ? grpc::StatusCode::OK : grpc::StatusCode::NOT_FOUND);
  }
}

void Visibility::CheckDirectory(const ModelOffice& reader) {
  std::vector<std::string> expected;
  for (const ModelOffice& office : model_.offices()) {
    const bool knows = model_.Knows(reader, office);
    v1::GetOfficeRequest request;
    request.set_party(office.party);
    request.set_office(office.office);
    const Answer answer = AskAs(reader, "DirectoryService/GetOffice", request);
    EXPECT_EQ(answer.code, knows ? grpc::StatusCode::OK : grpc::StatusCode::NOT_FOUND);
    if (!knows) {
      continue;
    }
    expected.push_back(office.party + "/" + office.office);
    const bool is_told_grant = reader.ledger == office.ledger ||
                               (reader.party == office.party && !reader.is_integration());
    EXPECT_EQ(ResponseOf<v1::GetOfficeResponse>(answer).office().has_grant(),
              is_told_grant && office.ceiling.has_value())
        << expected.back();
  }
  std::sort(expected.begin(), expected.end());
  v1::ListOfficesRequest list;
  list.set_page_size(200);
  std::vector<std::string> listed;
  const auto page =
      ResponseOf<v1::ListOfficesResponse>(AskAs(reader, "DirectoryService/ListOffices", list));
  for (const v1::OfficeRecord& office : page.offices()) {
    listed.push_back(office.party() + "/" + office.office());
  }
  EXPECT_EQ(listed, expected);
}

// The client's own copy, verified entry by entry, and the same questions to it.
void Visibility::CheckReplica(const ModelOffice& reader) {
  const TemporaryFolder folder;
  const rules::Exchange& about = exchange_.store().exchange();
  const LedgerId own = LedgerId::Parse(reader.ledger).value();
  auto replica = Replica::Open(
      folder.path(),
      {.exchange = about, .genesis = exchange_.genesis(), .log = exchange_.trust().log}, own);
  ASSERT_THAT(replica, IsOk());
  Entries entries(exchange_.KeptChannel(exchange_.Office(reader.party, reader.office)));
  ASSERT_THAT(replica->Sync(entries), IsOk());
  for (const LedgerReplica* const ledger : replica->Ledgers()) {
    const auto facts = ledger->ListFacts(rules::kNotifications, "", rules::Direction::kDescending,
                                         model_.notifications().size() + 1);
    ASSERT_THAT(facts, IsOk());
    const std::vector<v1::NotificationRecord> listed = List(reader, ledger->id().text());
    ASSERT_EQ(facts->size(), listed.size()) << ledger->id().text();
    for (size_t i = 0; i < listed.size(); ++i) {
      EXPECT_EQ((*facts)[i].value, listed[i].SerializeAsString()) << listed[i].DebugString();
    }
  }
  v1::ListOfficesRequest list;
  list.set_page_size(200);
  const auto page =
      ResponseOf<v1::ListOfficesResponse>(AskAs(reader, "DirectoryService/ListOffices", list));
  const auto offices = rules::ListOffices(*replica, "", "", 200);
  ASSERT_THAT(offices, IsOk());
  ASSERT_EQ(offices->size(), static_cast<size_t>(page.offices_size()));
  for (size_t i = 0; i < offices->size(); ++i) {
    EXPECT_EQ((*offices)[i].SerializeAsString(),
              page.offices(static_cast<int>(i)).SerializeAsString());
  }
  const auto states = rules::ListStates(*replica, "", "", 200);
  ASSERT_THAT(states, IsOk());
  const auto answered = ResponseOf<v1::ListStatesResponse>(
      AskAs(reader, "DirectoryService/ListStates", v1::ListStatesRequest()));
  ASSERT_EQ(states->size(), static_cast<size_t>(answered.states_size()));
  for (size_t i = 0; i < states->size(); ++i) {
    EXPECT_EQ((*states)[i].SerializeAsString(),
              answered.states(static_cast<int>(i)).SerializeAsString());
  }
}

TEST_P(Visibility, IsWhatTheTableSays) {
  SCOPED_TRACE(fmt::format("seed {}", GetParam()));
  for (int i = 0; i < kSteps && !HasFatalFailure(); ++i) {
    history_.Step();
  }
  for (const ModelOffice& reader : model_.offices()) {
    SCOPED_TRACE(fmt::format("{}/{}", reader.party, reader.office));
    exchange_.clock().Advance(absl::Minutes(1));
    CheckLedgers(reader);
    CheckNotifications(reader);
    CheckContents(reader);
    CheckReceipts(reader);
    CheckDirectory(reader);
    CheckReplica(reader);
  }
}

INSTANTIATE_TEST_SUITE_P(OfRandomHistories, Visibility, testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace cbm
