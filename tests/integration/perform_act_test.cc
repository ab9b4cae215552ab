// Acts as they are handed in: what is taken is proved by the receipt, and what is refused leaves
// nothing behind. Every refusal compares the size and root of every ledger there is.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cbm/v1/act_service.grpc.pb.h"
#include "core/crypto/cms_signature.h"
#include "core/evidence/verify.h"
#include "core/rules/facts.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::Draft;
using ::cbm::test::EntryOf;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::ServedExchange;
using ::cbm::test::TestOffice;
using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kUnknown = absl::StatusCode::kUnauthenticated;

LimitsConfig WithoutRates() {
  LimitsConfig limits;
  limits.state_acts_burst = 100'000;
  return limits;
}

class PerformAct : public testing::TestWithParam<bool> {
 protected:
  void ExpectRefused(const TestOffice& carrier, const v1::PerformActRequest& request,
                     absl::StatusCode code, const std::string& words) {
    const LedgerHeads before = exchange_.Heads();
    const auto answer = exchange_.Perform(carrier, request);
    EXPECT_THAT(answer, HasCode(code));
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr(words));
    EXPECT_EQ(exchange_.Heads(), before);
  }
  void ExpectRefused(const v1::PerformActRequest& request, absl::StatusCode code,
                     const std::string& words) {
    ExpectRefused(estonia_, request, code, words);
  }

  v1::PerformActRequest SignedByEstonia(const Draft& draft) const {
    return ServedExchange::Sign(estonia_, draft);
  }

  absl::StatusOr<v1::Receipt> GetReceipt(const TestOffice& asks, std::string_view act_id,
                                         std::string_view office = "") {
    v1::GetReceiptRequest request;
    request.set_act_id(std::string(act_id));
    request.set_office(std::string(office));
    const auto response = exchange_.Call(asks, &v1::ActService::Stub::GetReceipt, request);
    return response.ok() ? absl::StatusOr<v1::Receipt>(response->receipt()) : response.status();
  }

  // As somebody does who verified Estonia's registration before.
  absl::StatusOr<VerifiedReceipt> Verify(const v1::Receipt& receipt) const {
    const Certificate& certificate = estonia_.credential.certificate;
    return VerifyReceipt(
        receipt, exchange_.trust(),
        {{certificate.fingerprint(), Registration{.party = estonia_.party,
                                                  .office = estonia_.name,
                                                  .certificate = certificate,
                                                  .registered = absl::InfinitePast()}}});
  }

  ServedExchange exchange_{{.limits = WithoutRates(), .on_sqlite = GetParam()}};
  const TestOffice& estonia_ = exchange_.Office("EE");
  const TestOffice& latvia_ = exchange_.Office("LV");
};

INSTANTIATE_TEST_SUITE_P(Stores, PerformAct, testing::Values(false, true), [](const auto& store) {
  return std::string(store.param ? "OnSqlite" : "InMemory");
});

std::string ActIdOf(const v1::PerformActRequest& request) {
  v1::Act act;
  EXPECT_TRUE(act.ParseFromString(request.signed_act().act()));
  return act.act_id();
}

TEST_P(PerformAct, AnswersAReceiptThatConvinces) {
  const v1::PerformActRequest request = exchange_.MakeSubmit(estonia_, {"LV"});
  const auto answer = exchange_.Perform(estonia_, request);
  ASSERT_THAT(answer, IsOk());
  const auto verified = Verify(answer->receipt());
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->evidence.act.bytes, request.signed_act().act());
  EXPECT_EQ(verified->evidence.ledger, LedgerId::State("EE"));
  EXPECT_EQ(verified->evidence.entry.entry.role(), v1::ENTRY_ROLE_OWN);
  ASSERT_EQ(verified->evidence.entry.entry.delivered_size(), 1);
  EXPECT_EQ(verified->evidence.entry.entry.delivered(0).party(), "LV");
}

TEST_P(PerformAct, AnswersAReceiptThatDoesNotConvinceForAnotherAct) {
  const auto one = exchange_.Perform(estonia_, exchange_.MakeSubmit(estonia_, {"LV"}));
  const auto other = exchange_.Perform(estonia_, exchange_.MakeSubmit(estonia_, {"LV"}));
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(other, IsOk());
  v1::Receipt mixed = one->receipt();
  mixed.mutable_evidence(0)->set_entry(other->receipt().evidence(0).entry());
  EXPECT_THAT(Verify(mixed), HasCode(absl::StatusCode::kDataLoss));
}

TEST_P(PerformAct, GivesTheReceiptAgainWithAllThatLeadsToTheGenesisDocument) {
  const v1::PerformActRequest request = exchange_.MakeSubmit(estonia_, {"LV"});
  const auto answer = exchange_.Perform(estonia_, request);
  ASSERT_THAT(answer, IsOk());
  ASSERT_THAT(exchange_.Perform(estonia_, exchange_.MakeSubmit(estonia_, {"FI"})), IsOk());

  const auto receipt = GetReceipt(estonia_, ActIdOf(request));
  ASSERT_THAT(receipt, IsOk());
  EXPECT_EQ(receipt->evidence(0).entry(), answer->receipt().evidence(0).entry());
  EXPECT_EQ(receipt->evidence(0).act(), request.signed_act().act());
  EXPECT_EQ(receipt->evidence(0).signature(), request.signed_act().signature());
  EXPECT_THAT(VerifyReceipt(*receipt, exchange_.trust(), {}), IsOk());
}

TEST_P(PerformAct, GivesNoReceiptOfAnActThatIsNotTheCallers) {
  const v1::PerformActRequest request = exchange_.MakeSubmit(estonia_, {"LV"});
  ASSERT_THAT(exchange_.Perform(estonia_, request), IsOk());
  const auto others = GetReceipt(latvia_, ActIdOf(request));
  const auto nobodys = GetReceipt(latvia_, exchange_.NewAct(latvia_).act_id());
  EXPECT_THAT(others, HasCode(absl::StatusCode::kNotFound));
  EXPECT_EQ(others.status(), nobodys.status());
}

TEST_P(PerformAct, TakesTheActOfAnotherOfficeOfTheStateAndSaysWhoCarriedIt) {
  const TestOffice& policy = exchange_.Enrol({.party = "EE", .name = "policy"});
  const v1::PerformActRequest request = exchange_.MakeSubmit(policy, {"LV"});
  const auto answer = exchange_.Perform(estonia_, request);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(EntryOf(answer->receipt()).carrying_credential(),
            BytesOf(estonia_.credential.certificate.fingerprint()));
  EXPECT_THAT(GetReceipt(estonia_, ActIdOf(request), "policy"), IsOk());
  EXPECT_THAT(GetReceipt(estonia_, ActIdOf(request)), HasCode(absl::StatusCode::kNotFound));
}

// ---- What it says ----

TEST_P(PerformAct, TakesANotificationInTheFormOfItsKindAlone) {
  const auto event = [&](const std::vector<std::pair<std::string, std::string>>& fields) {
    Draft draft = exchange_.DraftSubmit(estonia_, {"LV"});
    draft.act.mutable_submit()->mutable_notification()->set_kind("EVT");
    v1::Manifest manifest;
    manifest.set_body("An exercise.");
    for (const auto& [name, value] : fields) {
      v1::Field& field = *manifest.add_fields();
      field.set_name(name);
      field.set_value(value);
    }
    exchange_.SetManifest(manifest, draft);
    return SignedByEstonia(draft);
  };
  ExpectRefused(event({}), kInvalid, "day must be there: Which day?");
  ExpectRefused(event({}), kInvalid, "title must be there: Which title?");
  ExpectRefused(event({{"day", "2026-02-29"}, {"title", "T"}}), kInvalid, "day must be 1 dates");
  EXPECT_THAT(exchange_.Perform(estonia_, event({{"day", "2026-02-28"}, {"title", "T"}})), IsOk());
}

// ---- The same act again ----

TEST_P(PerformAct, AnswersARetryWithTheSameEntryAndWritesNothing) {
  const v1::PerformActRequest request = exchange_.MakeSubmit(estonia_, {"LV"});
  const auto first = exchange_.Perform(estonia_, request);
  ASSERT_THAT(first, IsOk());
  const LedgerHeads heads = exchange_.Heads();
  const auto again = exchange_.Perform(estonia_, request);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->receipt().evidence(0).entry(), first->receipt().evidence(0).entry());
  EXPECT_THAT(Verify(again->receipt()), IsOk());
  EXPECT_EQ(exchange_.Heads(), heads);
}

TEST_P(PerformAct, AnswersARetryThoughTheActIsStaleByNow) {
  const v1::PerformActRequest request = exchange_.MakeSubmit(estonia_, {"LV"});
  ASSERT_THAT(exchange_.Perform(estonia_, request), IsOk());
  exchange_.clock().Advance(absl::Hours(25));
  EXPECT_THAT(exchange_.Perform(estonia_, request), IsOk());
}

TEST_P(PerformAct, AnswersTheSameActUnderANewSignatureWithTheReceiptOfTheFirst) {
  const Draft draft = exchange_.DraftSubmit(estonia_, {"LV"});
  const v1::PerformActRequest first = SignedByEstonia(draft);
  const v1::PerformActRequest again = SignedByEstonia(draft);
  ASSERT_NE(first.signed_act().signature(), again.signed_act().signature());
  ASSERT_THAT(exchange_.Perform(estonia_, first), IsOk());
  const LedgerHeads heads = exchange_.Heads();
  const auto answer = exchange_.Perform(estonia_, again);
  ASSERT_THAT(answer, IsOk());
  ASSERT_EQ(answer->receipt().evidence_size(), 1);
  EXPECT_TRUE(answer->receipt().evidence(0).signature() == first.signed_act().signature());
  EXPECT_THAT(Verify(answer->receipt()), IsOk());
  EXPECT_EQ(exchange_.Heads(), heads);
}

TEST_P(PerformAct, RefusesOtherBytesUnderTheSameActId) {
  Draft draft = exchange_.DraftSubmit(estonia_, {"LV"});
  ASSERT_THAT(exchange_.Perform(estonia_, SignedByEstonia(draft)), IsOk());
  draft.act.mutable_submit()->mutable_notification()->set_precedence(v1::PRECEDENCE_ROUTINE);
  ExpectRefused(SignedByEstonia(draft), absl::StatusCode::kAlreadyExists, "act id");
}

TEST_P(PerformAct, LetsAnotherOfficeHaveTheSameActId) {
  const Draft draft = exchange_.DraftSubmit(estonia_, {"FI"});
  ASSERT_THAT(exchange_.Perform(estonia_, SignedByEstonia(draft)), IsOk());
  Draft latvian = exchange_.DraftSubmit(latvia_, {"FI"});
  latvian.act.set_act_id(draft.act.act_id());
  EXPECT_THAT(exchange_.Perform(latvia_, ServedExchange::Sign(latvia_, latvian)), IsOk());
}

// ---- Who signed ----

TEST_P(PerformAct, RefusesAnActForAnotherExchange) {
  const ServedExchange other;
  Draft draft = exchange_.DraftSubmit(estonia_, {"LV"});
  draft.act.set_exchange_id(other.exchange_id());
  ExpectRefused(SignedByEstonia(draft), kInvalid, "exchange_id");
}

TEST_P(PerformAct, RefusesASignatureByAnotherOfficesKey) {
  const TestOffice& policy = exchange_.Enrol({.party = "EE", .name = "policy"});
  const Draft draft = exchange_.DraftSubmit(estonia_, {"LV"});
  for (const TestOffice* other : {&policy, &latvia_}) {
    ExpectRefused(ServedExchange::Sign(*other, draft), kInvalid, "signature");
  }
}

TEST_P(PerformAct, RefusesTheNameOfAnotherOfficeThoughItIsOfTheSameState) {
  const TestOffice& policy = exchange_.Enrol({.party = "EE", .name = "policy"});
  Draft draft = exchange_.DraftSubmit(policy, {"LV"});
  draft.act.set_office("duty");
  ExpectRefused(ServedExchange::Sign(policy, draft), kInvalid, "party and office");
}

TEST_P(PerformAct, RefusesTheNameOfAnotherState) {
  Draft draft = exchange_.DraftSubmit(latvia_, {"FI"});
  draft.act.set_party("EE");
  ExpectRefused(latvia_, ServedExchange::Sign(latvia_, draft), kInvalid, "party and office");
  ExpectRefused(estonia_, ServedExchange::Sign(latvia_, draft), kUnknown, "signing credential");
}

TEST_P(PerformAct, RefusesToCarryTheActOfAnotherState) {
  ExpectRefused(latvia_, exchange_.MakeSubmit(estonia_, {"LV"}), kUnknown, "signing credential");
}

// Else a State could ask which certificates the others have registered.
TEST_P(PerformAct, AnswersTheSameOfAnothersCredentialAndOfNobodys) {
  std::vector<absl::Status> answers;
  for (const Digest& credential : {estonia_.credential.certificate.fingerprint(),
                                   exchange_.IssueCertificate().certificate.fingerprint()}) {
    Draft draft = exchange_.DraftSubmit(latvia_, {"FI"});
    draft.act.set_signing_credential(std::string(BytesOf(credential)));
    answers.push_back(exchange_.Perform(latvia_, ServedExchange::Sign(latvia_, draft)).status());
  }
  EXPECT_THAT(answers[0], HasCode(kUnknown));
  EXPECT_EQ(answers[0], answers[1]);
}

TEST_P(PerformAct, RefusesASigningCredentialThatIsNobodys) {
  TestOffice stranger{.party = "EE", .name = "duty", .credential = exchange_.IssueCertificate()};
  ExpectRefused(exchange_.MakeSubmit(stranger, {"LV"}), kUnknown, "signing credential");
}

TEST_P(PerformAct, RefusesASigningCredentialThatIsNoDigest) {
  Draft draft = exchange_.DraftSubmit(estonia_, {"LV"});
  draft.act.mutable_signing_credential()->pop_back();
  ExpectRefused(SignedByEstonia(draft), kInvalid, "signing_credential");
}

TEST_P(PerformAct, RefusesASigningCredentialThatMayNotSign) {
  const TestOffice& connector = exchange_.Enrol(
      {.party = "EE", .name = "connector", .purposes = {v1::CREDENTIAL_PURPOSE_CONNECT}});
  ExpectRefused(exchange_.MakeSubmit(connector, {"LV"}), kUnknown, "signing credential");
}

TEST_P(PerformAct, RefusesASigningCredentialOnceItHasEnded) {
  test::IssueOptions short_lived;
  short_lived.not_after = exchange_.clock().Now() + absl::Hours(1);
  const TestOffice& ending =
      exchange_.Enrol({.party = "EE", .name = "ending", .certificate = short_lived});
  exchange_.clock().Set(ending.credential.certificate.not_after() - absl::Seconds(1));
  ASSERT_THAT(exchange_.Perform(estonia_, exchange_.MakeSubmit(ending, {"LV"})), IsOk());
  exchange_.clock().Set(ending.credential.certificate.not_after());
  ExpectRefused(exchange_.MakeSubmit(ending, {"LV"}), kUnknown, "not valid now");
}

// ---- When ----

TEST_P(PerformAct, TakesAnActUntilTheInstantItNames) {
  Draft draft = exchange_.DraftSubmit(estonia_, {"LV"});
  const absl::Time until = exchange_.clock().Now() + absl::Hours(1);
  *draft.act.mutable_valid_until() = rules::ToTimestamp(until);
  exchange_.clock().Set(until + absl::Microseconds(1));
  ExpectRefused(SignedByEstonia(draft), absl::StatusCode::kFailedPrecondition, "sign it anew");
  exchange_.clock().Set(until);
  EXPECT_THAT(exchange_.Perform(estonia_, SignedByEstonia(draft)), IsOk());
}

TEST_P(PerformAct, TakesAnAuthorsTimeFiveMinutesAheadAndNotAMicrosecondMore) {
  const absl::Time bound = exchange_.clock().Now() + absl::Hours(1) + absl::Minutes(5);
  exchange_.clock().Advance(absl::Hours(1));
  Draft draft = exchange_.DraftSubmit(estonia_, {"LV"});
  *draft.act.mutable_author_time() = rules::ToTimestamp(bound + absl::Microseconds(1));
  ExpectRefused(SignedByEstonia(draft), kInvalid, "author_time");
  *draft.act.mutable_author_time() = rules::ToTimestamp(bound);
  EXPECT_THAT(exchange_.Perform(estonia_, SignedByEstonia(draft)), IsOk());
}

TEST_P(PerformAct, DatesEntriesByItsOwnClockAlone) {
  Draft draft = exchange_.DraftSubmit(estonia_, {"LV"});
  *draft.act.mutable_author_time() = rules::ToTimestamp(exchange_.clock().Now() - absl::Hours(12));
  const auto answer = exchange_.Perform(estonia_, SignedByEstonia(draft));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(rules::FromTimestamp(EntryOf(answer->receipt()).time()), exchange_.clock().Now());
}

}  // namespace
}  // namespace cbm
