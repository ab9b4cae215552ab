// A credential that is taken out of use, as its holder meets it: the next call is refused and says
// why, the stream and the connection end, and nothing but a renewal is taken from one that merely
// ran out.

#include <memory>
#include <string>

#include "cbm/v1/act_service.grpc.pb.h"
#include "cbm/v1/exchange_service.grpc.pb.h"
#include "cbm/v1/ledger_service.grpc.pb.h"
#include "core/evidence/verify.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::Issued;
using ::cbm::test::ServedExchange;
using ::cbm::test::TestOffice;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kUnknown = absl::StatusCode::kUnauthenticated;

class Credential : public testing::Test {
 protected:
  absl::Status CallOf(const TestOffice& office) {
    return exchange_.Call(office, &v1::ExchangeService::Stub::GetExchange, v1::GetExchangeRequest())
        .status();
  }
  absl::Status CallOn(const std::shared_ptr<grpc::Channel>& channel) {
    return test::CallOn(channel, &v1::ExchangeService::Stub::GetExchange, v1::GetExchangeRequest())
        .status();
  }
  void Do(const TestOffice& author, const v1::PerformActRequest& request) {
    ASSERT_THAT(exchange_.Perform(author, request), IsOk());
  }
  void Pass(absl::Duration duration) { exchange_.clock().Advance(duration); }

  // The gate's sessions that were ended because their credential is out of use.
  int Ended() const {
    const MutexLock lock(mutex_);
    return ended_;
  }

  mutable Mutex mutex_;
  int ended_ ABSL_GUARDED_BY(mutex_) = 0;
  ServedExchange exchange_{{.observer = [this](const GateEvent& event) {
    const MutexLock lock(mutex_);
    ended_ += event.kind == GateEvent::Kind::kEnded ? 1 : 0;
  }}};
  const TestOffice& secretariat_ = exchange_.Office("SECRETARIAT");
  const TestOffice& latvia_ = exchange_.Office("LV");
  const TestOffice& estonia_ = exchange_.Office("EE");
};

TEST_F(Credential, IsRefusedAtTheNextCallOnceItIsSuspended) {
  ASSERT_THAT(CallOf(latvia_), IsOk());
  Do(secretariat_, exchange_.MakeSuspend(secretariat_, latvia_));
  const absl::Status refused = CallOf(latvia_);  // On the connection that it had.
  EXPECT_THAT(refused, HasCode(kUnknown));
  EXPECT_THAT(std::string(refused.message()),
              testing::AllOf(HasSubstr("LV/duty was suspended at"), HasSubstr("key lost"),
                             HasSubstr("call the secretariat")));
  const LedgerHeads before = exchange_.Heads();
  EXPECT_THAT(exchange_.Perform(latvia_, exchange_.MakeSubmit(latvia_, {"EE"})), HasCode(kUnknown));
  EXPECT_THAT(
      exchange_.Perform(latvia_, exchange_.MakeRenew(latvia_, exchange_.IssueCertificate())),
      HasCode(kUnknown));
  EXPECT_EQ(exchange_.Heads(), before);
  EXPECT_THAT(CallOf(estonia_), IsOk());

  Do(secretariat_, exchange_.MakeRestore(secretariat_, latvia_));
  EXPECT_THAT(CallOf(latvia_), IsOk());
  EXPECT_THAT(exchange_.Perform(latvia_, exchange_.MakeSubmit(latvia_, {"EE"})), IsOk());
}

TEST_F(Credential, StaysRevoked) {
  Do(secretariat_, exchange_.MakeRevoke(secretariat_, latvia_));
  EXPECT_THAT(CallOf(latvia_), HasCode(kUnknown));
  EXPECT_THAT(exchange_.Perform(secretariat_, exchange_.MakeRestore(secretariat_, latvia_)),
              HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(CallOf(latvia_), HasCode(kUnknown));
}

TEST_F(Credential, IsAnsweredWhenItRevokesItself) {
  const TestOffice& admin = exchange_.Enrol(
      {.party = "LV", .name = "admin", .scopes = {v1::SCOPE_READ, v1::SCOPE_DIRECTORY}});
  EXPECT_THAT(exchange_.Perform(admin, exchange_.MakeRevoke(admin, admin)), IsOk());
  EXPECT_THAT(CallOf(admin), HasCode(kUnknown));
}

TEST_F(Credential, LosesItsConnectionWithinTwoTicksAndMayComeAgainToBeToldWhy) {
  const auto channel = exchange_.Channel(latvia_);
  ASSERT_THAT(CallOn(channel), IsOk());
  ASSERT_THAT(CallOf(estonia_), IsOk());
  Pass(absl::Milliseconds(1));
  Do(secretariat_, exchange_.MakeSuspend(secretariat_, latvia_));
  Pass(absl::Milliseconds(1));
  exchange_.server().Tick();
  exchange_.server().Tick();
  // gRPC connects again by itself, and is told by each call; that connection stays.
  grpc_connectivity_state state = channel->GetState(false);
  while (state == GRPC_CHANNEL_READY &&
         channel->WaitForStateChange(state,
                                     std::chrono::system_clock::now() + std::chrono::seconds(30))) {
    state = channel->GetState(false);
  }
  EXPECT_NE(state, GRPC_CHANNEL_READY);
  EXPECT_EQ(Ended(), 1);
  EXPECT_THAT(CallOn(channel), HasCode(kUnknown));
  for (int i = 0; i < 5; ++i) {
    Pass(absl::Seconds(1));
    exchange_.server().Tick();
    EXPECT_THAT(CallOn(channel), HasCode(kUnknown));
  }
  EXPECT_EQ(Ended(), 1);
  EXPECT_THAT(CallOf(estonia_), IsOk());
}

TEST_F(Credential, LosesItsStreamAtOnce) {
  v1::LedgerService::Stub stub(exchange_.Channel(latvia_));
  grpc::ClientContext context;
  test::SetDeadline(context);
  v1::FollowRequest request;
  request.add_cursors()->set_ledger("state/LV");
  request.mutable_cursors(0)->set_epoch(1);
  const auto stream = stub.Follow(&context, request);
  v1::FollowResponse response;
  ASSERT_TRUE(stream->Read(&response));
  Do(secretariat_, exchange_.MakeSuspend(secretariat_, latvia_));
  while (stream->Read(&response)) {
    for (const v1::LedgerRecord& record : response.records()) {
      v1::Entry entry;
      ASSERT_TRUE(entry.ParseFromString(record.entry()));
      EXPECT_NE(entry.kind(), v1::ACT_KIND_SUSPEND_CREDENTIAL);  // It is not read any more.
    }
  }
  const grpc::Status end = stream->Finish();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(end.error_message(), HasSubstr("was suspended at"));
}

// A store that keeps what it read must not keep it for longer than it is true.
TEST(CredentialOnDisk, IsReadAnewAfterEachChange) {
  ServedExchange exchange({.on_sqlite = true});
  const TestOffice& secretariat = exchange.Office("SECRETARIAT");
  const TestOffice& latvia = exchange.Office("LV");
  const auto call = [&] {
    return exchange.Call(latvia, &v1::ExchangeService::Stub::GetExchange, v1::GetExchangeRequest())
        .status();
  };
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(call(), IsOk());
    ASSERT_THAT(exchange.Perform(secretariat, exchange.MakeSuspend(secretariat, latvia)), IsOk());
    EXPECT_THAT(call(), HasCode(kUnknown));
    ASSERT_THAT(exchange.Perform(secretariat, exchange.MakeRestore(secretariat, latvia)), IsOk());
  }
  ASSERT_THAT(exchange.Perform(secretariat, exchange.MakeRevoke(secretariat, latvia)), IsOk());
  EXPECT_THAT(call(), HasCode(kUnknown));
}

// --- Renewal ---

class Renewal : public Credential {
 protected:
  static test::IssueOptions AnHour() {
    test::IssueOptions options = ServedExchange::LongLived();
    *options.not_after -= absl::Hours(24 * 365);
    return options;
  }

  const TestOffice& ending_ = exchange_.Enrol({.party = "LV",
                                               .name = "ending",
                                               .scopes = {v1::SCOPE_READ, v1::SCOPE_DIRECTORY},
                                               .certificate = AnHour()});
  const absl::Time end_ = ending_.credential.certificate.not_after();
  const TestOffice next_{
      .party = "LV", .name = "ending", .credential = exchange_.IssueCertificate()};
};

TEST_F(Renewal, GivesTheOfficeTheNewOneBesideTheOld) {
  Do(ending_, exchange_.MakeRenew(ending_, next_.credential));
  const auto channel = exchange_.Channel(next_);
  EXPECT_THAT(CallOn(channel), IsOk());
  EXPECT_THAT(CallOf(ending_), IsOk());
  // What the new one may, the old one might.
  const auto suspended = test::CallOn(channel, &v1::ActService::Stub::PerformAct,
                                      exchange_.MakeSuspend(next_, latvia_));
  EXPECT_THAT(suspended, IsOk());
}

TEST_F(Renewal, IsProvenByItsReceipt) {
  Do(ending_, exchange_.MakeRenew(ending_, next_.credential));
  const auto channel = exchange_.Channel(next_);
  const v1::PerformActRequest act = exchange_.MakeSuspend(next_, latvia_);
  ASSERT_THAT(test::CallOn(channel, &v1::ActService::Stub::PerformAct, act), IsOk());
  v1::Act parsed;
  ASSERT_TRUE(parsed.ParseFromString(act.signed_act().act()));
  v1::GetReceiptRequest ask;
  ask.set_act_id(parsed.act_id());
  const auto answer = test::CallOn(channel, &v1::ActService::Stub::GetReceipt, ask);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->receipt().evidence_size(), 3);  // The act, the renewal, the enrolment.
  EXPECT_THAT(VerifyReceipt(answer->receipt(), exchange_.trust(), {}), IsOk());
}

TEST_F(Renewal, IsTakenForSevenDaysAfterTheEndAndNothingElse) {
  exchange_.clock().Set(end_ + absl::Hours(24 * 7) - absl::Seconds(1));
  EXPECT_THAT(std::string(CallOf(ending_).message()), HasSubstr("cbm directory renew"));
  const LedgerHeads before = exchange_.Heads();
  EXPECT_THAT(exchange_.Perform(ending_, exchange_.MakeSubmit(ending_, {"EE"})), HasCode(kUnknown));
  EXPECT_THAT(exchange_.Perform(ending_, exchange_.MakeRevoke(ending_, ending_)),
              HasCode(kUnknown));
  // Not even a renewal that another signed, nor what is no act at all.
  EXPECT_THAT(exchange_.Perform(ending_, exchange_.MakeRenew(latvia_, next_.credential)),
              HasCode(kUnknown));
  v1::PerformActRequest nothing;
  nothing.mutable_signed_act()->set_act("no act");
  EXPECT_THAT(exchange_.Perform(ending_, nothing), HasCode(kUnknown));
  v1::GetReceiptRequest ask;
  ask.set_act_id(std::string(16, 'i'));
  EXPECT_THAT(exchange_.Call(ending_, &v1::ActService::Stub::GetReceipt, ask), HasCode(kUnknown));
  EXPECT_EQ(exchange_.Heads(), before);

  const auto taken = exchange_.Perform(ending_, exchange_.MakeRenew(ending_, next_.credential));
  ASSERT_THAT(taken, IsOk());
  EXPECT_NE(exchange_.Heads(), before);
  EXPECT_THAT(CallOn(exchange_.Channel(next_)), IsOk());
  EXPECT_THAT(CallOf(ending_), HasCode(kUnknown));
}

TEST_F(Renewal, IsNotTakenAfterSevenDays) {
  exchange_.clock().Set(end_ + absl::Hours(24 * 7));
  const LedgerHeads before = exchange_.Heads();
  EXPECT_THAT(exchange_.Perform(ending_, exchange_.MakeRenew(ending_, next_.credential)),
              HasCode(kUnknown));
  EXPECT_EQ(exchange_.Heads(), before);
  EXPECT_THAT(std::string(CallOf(ending_).message()), Not(HasSubstr("renew")));
}

TEST_F(Renewal, IsNotTakenOnceItWasSuspended) {
  Do(secretariat_, exchange_.MakeSuspend(secretariat_, ending_));
  exchange_.clock().Set(end_);
  EXPECT_THAT(exchange_.Perform(ending_, exchange_.MakeRenew(ending_, next_.credential)),
              HasCode(kUnknown));
}

TEST_F(Renewal, NeedsACertificateThatIsNewAndPossessionOfItsKey) {
  const LedgerHeads before = exchange_.Heads();
  EXPECT_THAT(exchange_.Perform(ending_, exchange_.MakeRenew(ending_, latvia_.credential)),
              HasCode(absl::StatusCode::kInvalidArgument));
  v1::PerformActRequest request = exchange_.MakeRenew(ending_, next_.credential);
  test::Draft draft;
  ASSERT_TRUE(draft.act.ParseFromString(request.signed_act().act()));
  draft.act.mutable_renew_credential()->set_certificate(
      exchange_.IssueCertificate().certificate.der());
  EXPECT_THAT(exchange_.Perform(ending_, ServedExchange::Sign(ending_, draft)),
              HasCode(absl::StatusCode::kInvalidArgument));
  draft.act.mutable_renew_credential()->set_certificate("no certificate");
  EXPECT_THAT(exchange_.Perform(ending_, ServedExchange::Sign(ending_, draft)),
              HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(exchange_.Heads(), before);
}

// Where one was lost, the office goes on under its name with another.
TEST_F(Renewal, IsNotNeededToBeEnrolledAgain) {
  Do(secretariat_, exchange_.MakeSuspend(secretariat_, ending_));
  const auto again = ServedExchange::Sign(
      secretariat_,
      exchange_.DraftEnrol(secretariat_, {.party = "LV", .name = "ending"}, next_.credential));
  Do(secretariat_, again);
  EXPECT_THAT(CallOn(exchange_.Channel(next_)), IsOk());
  EXPECT_THAT(CallOf(ending_), HasCode(kUnknown));
}

}  // namespace
}  // namespace cbm
