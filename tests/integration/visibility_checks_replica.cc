// What a client replays from its ledgers, against what the exchange answers.

#include <memory>
#include <set>
#include <utility>

#include "cbm/v1/consultation_service.pb.h"
#include "cbm/v1/directory_service.pb.h"
#include "cbm/v1/notification_service.pb.h"
#include "client/replica.h"
#include "core/base/hex.h"
#include "core/rules/consultation.h"
#include "core/rules/directory.h"
#include "core/rules/facts.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/visibility_checks.h"
#include "tests/support/entries_api.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_folder.h"

namespace cbm::test {
namespace {

// What the exchange tells on a connection.
EntriesApi EntriesOn(std::shared_ptr<grpc::Channel> channel) {
  return EntriesApi([channel = std::move(channel)](const v1::ListEntriesRequest& request)
                        -> absl::StatusOr<v1::ListEntriesResponse> {
    const Answer answer = Ask(channel, "LedgerService/ListEntries", request);
    if (!answer.ok()) {
      return absl::Status(static_cast<absl::StatusCode>(answer.code), answer.message);
    }
    return ResponseOf<v1::ListEntriesResponse>(answer);
  });
}

}  // namespace

// The client's own copy, verified entry by entry, and the same questions to it.
void VisibilityChecks::CheckReplica(const ModelOffice& reader) {
  const TemporaryFolder folder;
  const rules::Exchange& about = exchange_.store().exchange();
  const LedgerId own = LedgerId::Parse(reader.ledger).value();
  auto replica = Replica::Open(
      folder.path(),
      {.exchange = about, .genesis = exchange_.genesis(), .log = exchange_.trust().log}, own);
  ASSERT_THAT(replica, IsOk());
  EntriesApi entries =
      EntriesOn(exchange_.KeptChannel(exchange_.Office(reader.party, reader.office)));
  ASSERT_THAT(replica->Sync(entries), IsOk());
  CheckReplayedNotifications(reader, *replica);
  CheckReplayedConsultations(reader, *replica);
  CheckReplayedDirectory(reader, *replica);
  CheckReplayedCredentials(reader, *replica);
}

// Of each ledger the list, and of each notification the record in the first ledger that has it.
void VisibilityChecks::CheckReplayedNotifications(const ModelOffice& reader,
                                                  const Replica& replica) {
  std::set<std::string> seen;
  for (const LedgerReplica* const ledger : replica.Ledgers()) {
    const auto facts = ledger->ListFacts(rules::kNotifications, "", rules::Direction::kDescending,
                                         model_.notifications().size() + 1);
    ASSERT_THAT(facts, IsOk());
    const std::vector<v1::NotificationRecord> listed =
        ListNotifications(reader, ledger->id().text());
    ASSERT_EQ(facts->size(), listed.size()) << ledger->id().text();
    for (size_t i = 0; i < listed.size(); ++i) {
      EXPECT_EQ((*facts)[i].value, listed[i].SerializeAsString()) << listed[i].DebugString();
      if (!seen.insert(listed[i].act_digest()).second) {
        continue;
      }
      v1::GetNotificationRequest request;
      request.set_act_digest(listed[i].act_digest());
      v1::GetNotificationResponse expected;
      *expected.mutable_notification() = listed[i];
      EXPECT_EQ(FirstResponseOf(AskAs(reader, "NotificationService/Get", request)),
                expected.SerializeAsString());
    }
  }
}

void VisibilityChecks::CheckReplayedConsultations(const ModelOffice& reader,
                                                  const Replica& replica) {
  const auto facts = replica.own().ListFacts(
      rules::kConsultations, "", rules::Direction::kAscending, model_.consultations().size() + 1);
  ASSERT_THAT(facts, IsOk());
  const std::vector<v1::ConsultationRecord> listed = ListConsultations(reader);
  ASSERT_EQ(facts->size(), listed.size());
  for (size_t i = 0; i < listed.size(); ++i) {
    v1::ConsultationRecord replayed;
    ASSERT_TRUE(replayed.ParseFromString((*facts)[i].value));
    replayed = rules::ShownAt(replayed, history_.Now());
    v1::GetConsultationRequest request;
    request.set_consultation_id(replayed.state().consultation_id());
    v1::GetConsultationResponse expected;
    *expected.mutable_consultation() = replayed;
    EXPECT_EQ(FirstResponseOf(AskAs(reader, "ConsultationService/Get", request)),
              expected.SerializeAsString());
    replayed.clear_history();
    EXPECT_EQ(listed[i].SerializeAsString(), replayed.SerializeAsString());
  }
}

void VisibilityChecks::CheckReplayedDirectory(const ModelOffice& reader, const Replica& replica) {
  v1::ListOfficesRequest list;
  list.set_page_size(200);
  const auto page =
      ResponseOf<v1::ListOfficesResponse>(AskAs(reader, "DirectoryService/ListOffices", list));
  const auto offices = rules::ListOffices(replica, "", "", 200);
  ASSERT_THAT(offices, IsOk());
  ASSERT_EQ(offices->size(), static_cast<size_t>(page.offices_size()));
  for (size_t i = 0; i < offices->size(); ++i) {
    EXPECT_EQ((*offices)[i].SerializeAsString(),
              page.offices(static_cast<int>(i)).SerializeAsString());
  }
  const auto states = rules::ListStates(replica, "", "", 200);
  ASSERT_THAT(states, IsOk());
  const auto answered = ResponseOf<v1::ListStatesResponse>(
      AskAs(reader, "DirectoryService/ListStates", v1::ListStatesRequest()));
  ASSERT_EQ(states->size(), static_cast<size_t>(answered.states_size()));
  for (size_t i = 0; i < states->size(); ++i) {
    EXPECT_EQ((*states)[i].SerializeAsString(),
              answered.states(static_cast<int>(i)).SerializeAsString());
  }
}

// What became of each credential, to those who are told of its office. The auditor is of the
// secretariat's, and has no record of the first one before that is changed.
void VisibilityChecks::CheckReplayedCredentials(const ModelOffice& reader, const Replica& replica) {
  for (const ModelOffice& office : model_.offices()) {
    const bool audited = reader.party == "AUDITOR" && office.party == "SECRETARIAT";
    for (const ModelCredential& credential : office.credentials) {
      SCOPED_TRACE(fmt::format("{}/{}: {}", office.party, office.office, ToHex(credential.digest)));
      const auto found =
          rules::FindCredential(replica, DigestFrom(credential.digest).value()).value();
      if (!found.has_value()) {
        const bool is_first = &credential == &office.credentials.front();
        EXPECT_TRUE(audited ? is_first && credential.is_active() : !model_.Knows(reader, office));
        continue;
      }
      EXPECT_TRUE(audited || model_.Knows(reader, office));
      EXPECT_EQ(found->suspended().party(), credential.suspended_by);
      EXPECT_EQ(found->has_revoked(), credential.is_revoked);
    }
  }
}

}  // namespace cbm::test
