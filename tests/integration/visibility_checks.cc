#include "tests/integration/visibility_checks.h"

#include <algorithm>
#include <map>
#include <set>

#include "cbm/v1/act_service.pb.h"
#include "cbm/v1/consultation_service.pb.h"
#include "cbm/v1/directory_service.pb.h"
#include "cbm/v1/exchange_service.pb.h"
#include "cbm/v1/log_service.pb.h"
#include "cbm/v1/notification_service.pb.h"
#include "core/base/hex.h"
#include "core/evidence/domain_hash.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cbm::test {

void VisibilityChecks::CheckAll(const ModelOffice& reader) {
  SCOPED_TRACE(fmt::format("{}/{}", reader.party, reader.office));
  exchange_.clock().Advance(absl::Minutes(1));
  CheckLedgers(reader);
  CheckNotifications(reader);
  CheckConsultations(reader);
  CheckContents(reader);
  CheckReceipts(reader);
  CheckDirectory(reader);
  CheckReplica(reader);
}

Answer VisibilityChecks::AskAs(const ModelOffice& reader, std::string_view method,
                               const google::protobuf::Message& request) {
  return Ask(exchange_.KeptChannel(exchange_.Office(reader.party, reader.office)), method, request);
}

// Commitments are random: what can be said of them is whom they name.
v1::ConsultationState VisibilityChecks::WithoutCommitments(v1::ConsultationState state) {
  for (v1::Invitation& invitation : *state.mutable_invitations()) {
    EXPECT_EQ(history_.StateBehind(invitation.commitment()), invitation.state());
    invitation.clear_commitment();
  }
  return state;
}

Told VisibilityChecks::ToldBy(const v1::LedgerRecord& record) {
  v1::Entry entry;
  EXPECT_TRUE(entry.ParseFromString(record.entry()));
  Told told{.digest = entry.act_digest(),
            .kind = entry.kind(),
            .role = entry.role(),
            .act = !record.act().empty(),
            .content = !entry.given_digest().empty(),
            .states = {entry.effect().states().begin(), entry.effect().states().end()},
            .summary = entry.summary(),
            .consultation = WithoutCommitments(entry.effect().consultation())};
  EXPECT_EQ(told.act, !record.signature().empty());
  EXPECT_EQ(told.content, !record.given().empty());
  EXPECT_EQ(entry.role() == v1::ENTRY_ROLE_OWN, !entry.carrying_credential().empty());
  for (const v1::AddresseeOpening& opening : entry.openings()) {
    told.openings.push_back(opening.state());
  }
  for (const v1::Delivered& delivered : entry.delivered()) {
    told.delivered.push_back(delivered.party());
  }
  if (!entry.summary().commitment().empty()) {
    told.commitment = history_.StateBehind(entry.summary().commitment());
    told.summary.clear_commitment();
  }
  return told;
}

void VisibilityChecks::CheckLedger(const ModelOffice& reader, const std::string& ledger) {
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
  std::vector<std::string> followed;
  while (true) {
    const auto answer =
        ResponseOf<v1::FollowResponse>(AskAs(reader, "LedgerService/Follow", follow));
    for (const v1::LedgerRecord& record : answer.records()) {
      followed.push_back(ToldBy(record).Text());
    }
    if (answer.records().empty() || followed.size() >= expected.size()) {
      break;
    }
    cursor = answer.cursor();
  }
  EXPECT_EQ(followed, expected);
  CheckProofs(reader, ledger, expected.size());
}

void VisibilityChecks::CheckProofs(const ModelOffice& reader, const std::string& ledger,
                                   uint64_t size) {
  v1::GetConsistencyProofRequest consistency;
  consistency.set_ledger(ledger);
  consistency.set_first_size(size + 1);
  EXPECT_FALSE(AskAs(reader, "LogService/GetConsistencyProof", consistency).ok());
  consistency.set_first_size(size);
  EXPECT_TRUE(AskAs(reader, "LogService/GetConsistencyProof", consistency).ok());
  v1::GetInclusionProofRequest inclusion;
  inclusion.set_ledger(ledger);
  inclusion.set_ordinal(size);
  EXPECT_FALSE(AskAs(reader, "LogService/GetInclusionProof", inclusion).ok());
  inclusion.set_ordinal(size - 1);
  EXPECT_TRUE(size == 0 || AskAs(reader, "LogService/GetInclusionProof", inclusion).ok());
  v1::GetCheckpointRequest checkpoint;
  checkpoint.set_ledger(ledger);
  const Answer note = AskAs(reader, "LogService/GetCheckpoint", checkpoint);
  EXPECT_THAT(ResponseOf<v1::GetCheckpointResponse>(note).checkpoint(),
              testing::HasSubstr(fmt::format("/{}\n{}\n", ledger, size)));
}

void VisibilityChecks::CheckNotRead(const ModelOffice& reader, const std::string& ledger) {
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

void VisibilityChecks::CheckLedgers(const ModelOffice& reader) {
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

std::vector<v1::NotificationRecord> VisibilityChecks::ListNotifications(const ModelOffice& reader,
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

void VisibilityChecks::CheckNotifications(const ModelOffice& reader) {
  for (const ModelNotification& notification : model_.notifications()) {
    v1::GetNotificationRequest request;
    request.set_act_digest(notification.digest);
    const int expected =
        model_.Has(reader, notification) ? grpc::StatusCode::OK : grpc::StatusCode::NOT_FOUND;
    EXPECT_EQ(AskAs(reader, "NotificationService/Get", request).code, expected);
  }
  for (const std::string& ledger : model_.Readable(reader)) {
    std::vector<std::string> listed;
    for (const v1::NotificationRecord& record : ListNotifications(reader, ledger)) {
      std::vector<std::string> to;
      for (const v1::Delivery& delivery : record.deliveries()) {
        to.push_back(delivery.state());
      }
      listed.push_back(fmt::format("{} from '{}' to {}, thread '{}', answers '{}'",
                                   ToHex(record.act_digest()), record.from_party(), to,
                                   ToHex(record.thread()), ToHex(record.in_reply_to())));
    }
    EXPECT_EQ(listed, model_.Notifications(ledger)) << ledger;
  }
}

std::vector<v1::ConsultationRecord> VisibilityChecks::ListConsultations(const ModelOffice& reader) {
  std::vector<v1::ConsultationRecord> records;
  v1::ListConsultationsRequest request;
  request.set_page_size(3);
  do {
    const auto page = ResponseOf<v1::ListConsultationsResponse>(
        AskAs(reader, "ConsultationService/List", request));
    records.insert(records.end(), page.consultations().begin(), page.consultations().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return records;
}

void VisibilityChecks::CheckConsultations(const ModelOffice& reader) {
  SCOPED_TRACE(fmt::format("{}/{}", reader.party, reader.office));
  std::map<std::string, std::string> expected;
  std::set<std::string> ids;
  for (const ModelConsultation& consultation : model_.consultations()) {
    ids.insert(consultation.id());
  }
  for (const std::string& id : ids) {
    v1::GetConsultationRequest request;
    request.set_consultation_id(id);
    const Answer answer = AskAs(reader, "ConsultationService/Get", request);
    auto known = model_.Consultation(reader, id, history_.Now());
    if (!known.has_value()) {
      EXPECT_EQ(answer.code, grpc::StatusCode::NOT_FOUND);
      continue;
    }
    ASSERT_EQ(answer.code, grpc::StatusCode::OK);
    auto shown = ResponseOf<v1::GetConsultationResponse>(answer).consultation();
    *shown.mutable_state() = WithoutCommitments(shown.state());
    EXPECT_EQ(shown.DebugString(), known->DebugString());
    known->clear_history();
    expected[id] = known->DebugString();
  }
  std::map<std::string, std::string> listed;
  for (v1::ConsultationRecord record : ListConsultations(reader)) {
    *record.mutable_state() = WithoutCommitments(record.state());
    EXPECT_TRUE(listed.emplace(record.state().consultation_id(), record.DebugString()).second);
  }
  EXPECT_EQ(listed, expected);
}

// Each content by the act that says it, and by another.
void VisibilityChecks::CheckContents(const ModelOffice& reader) {
  const std::vector<ModelContent>& contents = model_.contents();
  for (size_t i = 0; i < contents.size(); ++i) {
    v1::GetContentRequest request;
    request.set_act_digest(contents[i].act);
    request.set_content_digest(contents[i].content);
    const Answer answer = AskAs(reader, "LedgerService/GetContent", request);
    EXPECT_EQ(answer.code, static_cast<int>(model_.ContentFor(reader, contents[i].act)));
    if (answer.ok()) {
      const auto given = ResponseOf<v1::GetContentResponse>(answer).content().open();
      EXPECT_EQ(BytesOf(ContentDigest(given.salt(), given.plaintext())), contents[i].content);
    }
    const std::string& other = contents[(i + contents.size() / 2) % contents.size()].act;
    request.set_act_digest(other);
    // Of what is still to be opened, the same is said whatever is asked for.
    EXPECT_EQ(AskAs(reader, "LedgerService/GetContent", request).code,
              model_.ContentFor(reader, other) == absl::StatusCode::kFailedPrecondition
                  ? grpc::StatusCode::FAILED_PRECONDITION
                  : grpc::StatusCode::NOT_FOUND);
  }
}

void VisibilityChecks::CheckReceipts(const ModelOffice& reader) {
  for (const auto& [author, id] : history_.acts()) {
    v1::GetReceiptRequest request;
    request.set_act_id(id);
    request.set_office(author.office);
    const bool has = model_.LedgerOfAct(reader.party, author.office, id) == reader.ledger;
    const Answer answer = AskAs(reader, "ActService/GetReceipt", request);
    ASSERT_EQ(answer.code, has ? grpc::StatusCode::OK : grpc::StatusCode::NOT_FOUND);
    if (has) {
      const v1::Entry entry = EntryOf(ResponseOf<v1::GetReceiptResponse>(answer).receipt());
      EXPECT_EQ(entry.ledger(), reader.ledger);
      EXPECT_EQ(entry.role(), v1::ENTRY_ROLE_OWN);
    }
  }
}

void VisibilityChecks::CheckDirectory(const ModelOffice& reader) {
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

}  // namespace cbm::test
