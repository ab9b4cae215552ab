// Receipts of an office that renewed its credential: each registration leads to the one before it,
// and a renewal gives no more than what renewed it had. As in verify_test.cc, nearly all is
// refusal.

#include <string>
#include <vector>

#include "core/base/renewal.h"
#include "core/evidence/verify.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/core/evidence/small_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::IssueOptions;
using ::cbm::test::SmallExchange;
using ::cbm::test::TestOffice;
using ::testing::HasSubstr;

class VerifyRenewal : public testing::Test {
 protected:
  // Of an act by `signer`, with these registrations behind it.
  absl::StatusOr<VerifiedReceipt> Verify(const TestOffice& signer,
                                         std::vector<v1::Evidence> registrations) {
    registrations.insert(registrations.begin(),
                         exchange_.Record(exchange_.Sign(signer), "state/EE"));
    return VerifyReceipt(exchange_.ReceiptOf(std::move(registrations), signer), exchange_.trust(),
                         {});
  }
  void ExpectDoubt(const absl::StatusOr<VerifiedReceipt>& verified, const std::string& says) {
    EXPECT_THAT(verified, HasCode(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(verified.status().message()), HasSubstr(says));
  }

  SmallExchange exchange_;
  TestOffice duty_ = exchange_.NewOffice("EE", "duty");
  TestOffice next_ = exchange_.NewOffice("EE", "duty");
  v1::Evidence enrolment_ = exchange_.Enrol(duty_, exchange_.secretariat);
  v1::Evidence renewal_ = exchange_.Renew(next_, duty_);
};

TEST_F(VerifyRenewal, LeadsFromTheNewCredentialToTheEnrolment) {
  const auto verified = Verify(next_, {renewal_, enrolment_});
  ASSERT_THAT(verified, IsOk());
  ASSERT_EQ(verified->registrations.size(), 3U);
  EXPECT_EQ(verified->registrations[0].certificate, next_.credential.certificate);
  EXPECT_EQ(verified->registrations[0].office, "duty");
  EXPECT_TRUE(verified->registrations[0].may_enrol);
  EXPECT_EQ(verified->registrations[1].certificate, duty_.credential.certificate);
  EXPECT_EQ(verified->registrations[2].party, "SECRETARIAT");
}

TEST_F(VerifyRenewal, MayBeOfTheSecretariat) {
  const TestOffice next = exchange_.NewOffice("SECRETARIAT", "main");
  const v1::Evidence renewal = exchange_.Renew(next, exchange_.secretariat);
  const TestOffice tech = exchange_.NewOffice("EE", "tech");
  const v1::Evidence enrolment = exchange_.Enrol(tech, next);
  EXPECT_THAT(Verify(tech, {enrolment, renewal}), IsOk());
  ExpectDoubt(Verify(tech, {enrolment}), "do not lead to");
}

TEST_F(VerifyRenewal, ConvincesOfItselfToo) {
  EXPECT_THAT(
      VerifyReceipt(exchange_.ReceiptOf({renewal_, enrolment_}, duty_), exchange_.trust(), {}),
      IsOk());
}

TEST_F(VerifyRenewal, GivesNoMoreThanWhatRenewedItHad) {
  const TestOffice weak = exchange_.NewOffice("EE", "weak");
  const v1::Evidence enrolment = exchange_.Enrol(weak, exchange_.secretariat, [](v1::Act& act) {
    act.mutable_enrol()->mutable_credential()->clear_scopes();
  });
  const TestOffice next = exchange_.NewOffice("EE", "weak");
  const v1::Evidence renewal = exchange_.Renew(next, weak);
  ASSERT_THAT(Verify(next, {renewal, enrolment}), IsOk());
  const TestOffice night = exchange_.NewOffice("EE", "night");
  ExpectDoubt(Verify(night, {exchange_.Enrol(night, next), renewal, enrolment}), "may not enrol");
}

TEST_F(VerifyRenewal, IsRefusedUnlessTheOfficesOwnCredentialSignedIt) {
  const TestOffice tech = exchange_.NewOffice("EE", "tech");
  const v1::Evidence of_tech = exchange_.Enrol(tech, exchange_.secretariat);
  // Another office of the same State, in the name of the first.
  const v1::Evidence by_tech =
      exchange_.Renew(next_, tech, [](v1::Act& act) { act.set_office("duty"); });
  ExpectDoubt(Verify(next_, {by_tech, of_tech}), "belongs to another office");
  // Somebody who has no key of the office.
  const TestOffice impostor{"EE", "duty", exchange_.pki.Issue("Impostor")};
  const v1::Evidence forged = exchange_.Renew(next_, impostor, [this](v1::Act& act) {
    act.set_signing_credential(std::string(BytesOf(duty_.credential.certificate.fingerprint())));
  });
  ExpectDoubt(Verify(next_, {forged, enrolment_}), "the registration's signature");
}

TEST_F(VerifyRenewal, IsRefusedWithoutPossession) {
  const v1::Evidence renewal = exchange_.Renew(
      next_, duty_, [](v1::Act& act) { act.mutable_renew_credential()->clear_possession(); });
  ExpectDoubt(Verify(next_, {renewal, enrolment_}), "possession");
}

TEST_F(VerifyRenewal, IsRefusedWhereNobodyConcernedSeesIt) {
  const EncodedAct act = exchange_.SignRenewal(next_, duty_);
  for (const char* const ledger : {"secretariat", "ALL/FAKE", "state/EE"}) {
    ExpectDoubt(Verify(next_, {exchange_.Record(act, ledger), enrolment_}),
                "the registration is in");
  }
}

TEST_F(VerifyRenewal, IsRefusedAfterTheAct) {
  const v1::Evidence early = exchange_.Record(exchange_.Sign(next_), "state/EE");
  const v1::Evidence late = exchange_.Renew(next_, duty_);
  ExpectDoubt(
      VerifyReceipt(exchange_.ReceiptOf({early, late, enrolment_}, next_), exchange_.trust(), {}),
      "registered only later");
}

TEST_F(VerifyRenewal, IsNotMadeOfAnotherAct) {
  const v1::Evidence suspension = exchange_.Record(
      exchange_.Sign(duty_,
                     [](v1::Act& act) {
                       act.mutable_suspend_credential()->set_reason(v1::CREDENTIAL_REASON_OTHER);
                     }),
      "ALL/OSCE");
  ExpectDoubt(Verify(next_, {suspension, enrolment_}), "neither an enrolment nor a renewal");
}

// Its signer's certificate may have run out, at most seven days before.
TEST_F(VerifyRenewal, IsProvenForSevenDaysAfterTheEndAndNothingElseIs) {
  const absl::Time end = exchange_.now + absl::Hours(1);
  const TestOffice ending = exchange_.NewOffice("EE", "ending", {.not_after = end});
  const v1::Evidence enrolment = exchange_.Enrol(ending, exchange_.secretariat);
  const TestOffice next = exchange_.NewOffice("EE", "ending");
  const auto verify_at = [&](absl::Time time, bool renews) {
    exchange_.now = time - absl::Seconds(1);  // Record lets a second pass.
    const v1::Evidence act = renews ? exchange_.Renew(next, ending)
                                    : exchange_.Record(exchange_.Sign(ending), "state/EE");
    return VerifyReceipt(exchange_.ReceiptOf({act, enrolment}, ending), exchange_.trust(), {});
  };
  EXPECT_THAT(verify_at(end - absl::Seconds(1), true), IsOk());
  EXPECT_THAT(verify_at(end - absl::Seconds(1), false), IsOk());
  EXPECT_THAT(verify_at(end + absl::Seconds(1), true), IsOk());
  EXPECT_THAT(verify_at(end + kRenewalAfterEndMax - absl::Seconds(1), true), IsOk());
  ExpectDoubt(verify_at(end + absl::Seconds(1), false), "the signer's certificate");
  ExpectDoubt(verify_at(end + kRenewalAfterEndMax, true), "the signer's certificate");
}

}  // namespace
}  // namespace cbm
