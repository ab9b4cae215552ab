// Consultations over the wire: what ConsultationService shows to whom, in pages, and that what is
// not the caller's is not there.

#include "cbm/v1/consultation_service.grpc.pb.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "cbm/v1/ledger_service.grpc.pb.h"
#include "core/evidence/domain_hash.h"
#include "core/rules/facts.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/served_consultations.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::Draft;
using ::cbm::test::DraftConsultationRequest;
using ::cbm::test::DraftInConsultation;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::ServedExchange;
using ::cbm::test::TestOffice;
using ::testing::ElementsAre;

const std::string kNone(kDigestBytes, 'n');  // An id of no consultation.

class ConsultationServiceTest : public ::testing::Test {
 protected:
  ConsultationServiceTest() {
    for (const std::string state : {"EE", "FI", "LV"}) {
      exchange_.Enrol({.party = state,
                       .name = "policy",
                       .type = v1::OFFICE_TYPE_POLICY,
                       .scopes = {v1::SCOPE_READ, v1::SCOPE_CONSULT}});
    }
  }

  const TestOffice& Policy(const std::string& state) { return exchange_.Office(state, "policy"); }

  absl::StatusOr<v1::PerformActResponse> Send(const TestOffice& office, const Draft& draft) {
    exchange_.clock().Advance(absl::Minutes(1));
    return exchange_.Perform(office, ServedExchange::Sign(office, draft));
  }

  // EE asks FI.
  Draft Request() { return DraftConsultationRequest(exchange_, Policy("EE"), {"FI"}); }

  // The same, sent: the consultation's id.
  std::string Ask() {
    exchange_.clock().Advance(absl::Minutes(1));
    const v1::PerformActRequest request = ServedExchange::Sign(Policy("EE"), Request());
    EXPECT_THAT(exchange_.Perform(Policy("EE"), request), IsOk());
    return std::string(BytesOf(test::DigestOf(request)));
  }

  Draft AcceptBy(const std::string& state, const std::string& id) {
    return DraftInConsultation(exchange_, Policy(state), v1::ACT_KIND_ANSWER,
                               {.consultation_id = id, .parties = {"EE"}, .invitees = {"FI"}});
  }

  absl::StatusOr<v1::GetConsultationResponse> Get(const TestOffice& office, const std::string& id) {
    v1::GetConsultationRequest request;
    request.set_consultation_id(id);
    return exchange_.Call(office, &v1::ConsultationService::Stub::Get, request);
  }

  absl::StatusOr<v1::ListConsultationsResponse> List(const TestOffice& office, int page_size = 0,
                                                     const std::string& token = "") {
    v1::ListConsultationsRequest request;
    request.set_page_size(page_size);
    request.set_page_token(token);
    return exchange_.Call(office, &v1::ConsultationService::Stub::List, request);
  }

  ServedExchange exchange_;
};

TEST_F(ConsultationServiceTest, ShowsEachStateItsOwnSide) {
  const std::string id = Ask();
  ASSERT_THAT(Send(Policy("FI"), AcceptBy("FI", id)), IsOk());
  const auto at_ee = Get(Policy("EE"), id);
  const auto at_fi = Get(Policy("FI"), id);
  ASSERT_THAT(at_ee, IsOk());
  ASSERT_THAT(at_fi, IsOk());
  EXPECT_EQ(at_ee->consultation().standing(), v1::STANDING_REQUESTER);
  EXPECT_EQ(at_fi->consultation().standing(), v1::STANDING_PARTY);
  EXPECT_EQ(at_fi->consultation().ledger(), "state/FI");
  EXPECT_EQ(at_fi->consultation().state().SerializeAsString(),
            at_ee->consultation().state().SerializeAsString());
  EXPECT_EQ(at_fi->consultation().state().state(), "agreed");
  EXPECT_THAT(at_fi->consultation().state().parties(), ElementsAre("EE", "FI"));
  EXPECT_EQ(at_fi->consultation().history_size(), 2);
}

TEST_F(ConsultationServiceTest, TakesNoRequestWithoutASubject) {
  Draft draft = Request();
  v1::Manifest silent;
  silent.set_body("Why we ask.");
  exchange_.SetManifest(silent, draft);
  EXPECT_THAT(Send(Policy("EE"), draft), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(List(Policy("EE"))->consultations_size(), 0);
}

TEST_F(ConsultationServiceTest, ShowsTheSecretariatNoContent) {
  const std::string id = Ask();
  const auto seen = Get(exchange_.Office("SECRETARIAT", "main"), id);
  ASSERT_THAT(seen, IsOk());
  EXPECT_FALSE(seen->consultation().has_request());
  EXPECT_THAT(seen->consultation().state().invitees(), ElementsAre("FI"));
  EXPECT_EQ(seen->consultation().history(0).manifest_digest(), "");
}

TEST_F(ConsultationServiceTest, AnswersTheSameForWhatIsNotTheCallersAndWhatIsNotThere) {
  const std::string id = Ask();
  exchange_.Enrol({.party = "FI", .name = "siem", .type = v1::OFFICE_TYPE_INTEGRATION});
  const auto unknown = Get(Policy("FI"), kNone);
  ASSERT_THAT(unknown, HasCode(absl::StatusCode::kNotFound));
  for (const TestOffice* const other : {&Policy("LV"), &exchange_.Office("FI", "siem")}) {
    const auto answer = Get(*other, id);
    EXPECT_EQ(answer.status(), unknown.status());
    const auto list = List(*other);
    ASSERT_THAT(list, IsOk());
    EXPECT_EQ(list->SerializeAsString(), "");
  }
  EXPECT_THAT(Get(Policy("EE"), "short"), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(ConsultationServiceTest, ListsInPagesEachOnceAndWithoutHistory) {
  std::set<std::string> expected;
  while (expected.size() < 5) {
    ASSERT_TRUE(expected.insert(Ask()).second);
  }
  std::multiset<std::string> seen;
  std::vector<int> sizes;
  std::string token;
  do {
    const auto page = List(Policy("FI"), 2, token);
    ASSERT_THAT(page, IsOk());
    sizes.push_back(page->consultations_size());
    for (const v1::ConsultationRecord& record : page->consultations()) {
      EXPECT_EQ(record.history_size(), 0);
      seen.insert(record.state().consultation_id());
    }
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_THAT(sizes, ElementsAre(2, 2, 1));
  EXPECT_TRUE(std::equal(seen.begin(), seen.end(), expected.begin(), expected.end()));
  EXPECT_EQ(List(Policy("FI"), 5)->next_page_token(), "") << "a full page may be the last";
  EXPECT_THAT(List(Policy("FI"), -1), HasCode(absl::StatusCode::kInvalidArgument));
  const std::string of_fi = List(Policy("FI"), 2)->next_page_token();
  EXPECT_THAT(List(Policy("EE"), 2, of_fi), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(ConsultationServiceTest, SaysThatARequestLapsedOnceItsTimeIsOver) {
  const std::string id = Ask();
  const LedgerHeads before = exchange_.Heads();
  const absl::Time due =
      rules::FromTimestamp(Get(Policy("EE"), id)->consultation().state().answer_by());
  exchange_.clock().Advance(due - exchange_.clock().Now());
  EXPECT_EQ(Get(Policy("EE"), id)->consultation().state().state(), "requested");
  exchange_.clock().Advance(absl::Seconds(1));
  for (const std::string state : {"EE", "FI"}) {
    EXPECT_EQ(Get(Policy(state), id)->consultation().state().state(), "lapsed");
    EXPECT_EQ(List(Policy(state))->consultations(0).state().state(), "lapsed");
  }
  EXPECT_EQ(exchange_.Heads(), before) << "nothing is written for it";
  EXPECT_THAT(Send(Policy("FI"), AcceptBy("FI", id)),
              HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST_F(ConsultationServiceTest, NeedsTheScopeToRead) {
  const TestOffice& blind =
      exchange_.Enrol({.party = "EE", .name = "blind", .scopes = {v1::SCOPE_CONSULT}});
  EXPECT_THAT(Get(blind, kNone), HasCode(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(List(blind), HasCode(absl::StatusCode::kPermissionDenied));
}

TEST_F(ConsultationServiceTest, ContentIsGivenWithoutAnOpenAndToThePartiesAlone) {
  const Draft draft = Request();
  ASSERT_THAT(Send(Policy("EE"), draft), IsOk());
  v1::GetContentRequest request;
  request.set_act_digest(
      std::string(BytesOf(test::DigestOf(ServedExchange::Sign(Policy("EE"), draft)))));
  request.set_content_digest(draft.act.manifest_digest());
  const auto get = [&](const TestOffice& office) {
    return exchange_.Call(office, &v1::LedgerService::Stub::GetContent, request);
  };
  EXPECT_THAT(get(Policy("FI")), IsOk());
  EXPECT_THAT(get(exchange_.Office("FI", "duty")), IsOk());
  for (const TestOffice* const other : {&Policy("LV"), &exchange_.Office("SECRETARIAT", "main")}) {
    EXPECT_THAT(get(*other), HasCode(absl::StatusCode::kNotFound));
  }
}

}  // namespace
}  // namespace cbm
