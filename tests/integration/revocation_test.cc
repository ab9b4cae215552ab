// Who is no longer believed is out at once: the next call is refused, the open connection and its
// streams end, a new one is told why in the handshake. Nobody else notices.

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "cbm/v1/exchange_service.grpc.pb.h"
#include "cbm/v1/ledger_service.grpc.pb.h"
#include "core/crypto/revocation_list.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls_client.h"

namespace cbm {
namespace {

using ::cbm::test::CallOn;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::Issued;
using ::cbm::test::IssueOptions;
using ::cbm::test::kTls13;
using ::cbm::test::ServedExchange;
using ::cbm::test::SetDeadline;
using ::cbm::test::TestOffice;
using ::cbm::test::TestPki;
using ::cbm::test::TlsClient;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Revocation : public testing::Test {
 protected:
  void Revoke(const Certificate& certificate) {
    ASSERT_THAT(
        exchange_.server().trust().Revoke(std::vector<std::string>{NameInLists(certificate)}),
        IsOk());
  }
  static absl::Status CallOver(const std::shared_ptr<grpc::Channel>& channel) {
    return CallOn(channel, &v1::ExchangeService::Stub::GetExchange, v1::GetExchangeRequest())
        .status();
  }
  std::string AlertFor(const Issued& certificate) {
    TlsClient client(exchange_.address(), {.version = kTls13, .certificate = &certificate});
    static_cast<void>(client.Read());
    return client.alert();
  }
  ServerIdentity IdentityBy(const std::string& authorities) {
    IssueOptions options = ServedExchange::LongLived();
    options.extended_key_usage = "serverAuth";
    options.alternative_name = "IP:127.0.0.1,DNS:localhost";
    const Issued server = exchange_.IssueCertificate(options);
    return {.certificate = server.chain_pem, .key = server.key_pem, .client_ca = authorities};
  }
  void SetIdentity(const ServerIdentity& identity) {
    absl::StatusOr<NextIdentity> next = exchange_.server().PrepareIdentity(identity);
    ASSERT_THAT(next, IsOk());
    exchange_.server().SetIdentity(*std::move(next));
  }

  ServedExchange exchange_;
  const TestOffice& estonia_ = exchange_.Office("EE");
  const Certificate& of_estonia_ = estonia_.credential.certificate;
};

TEST_F(Revocation, RefusesTheNextCallOverAConnectionThatIsOpen) {
  const auto channel = exchange_.Channel(estonia_);
  ASSERT_THAT(CallOver(channel), IsOk());
  Revoke(of_estonia_);  // And the connection is not ended yet.
  const absl::Status refused = CallOver(channel);
  ASSERT_THAT(refused, HasCode(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr(of_estonia_.serial()), HasSubstr("was revoked by its authority"),
                    HasSubstr("call the secretariat")));
}

TEST_F(Revocation, EndsStreamsAndSaysWhoseTheyWere) {
  const auto estonian = exchange_.Channel(estonia_);
  const auto latvian = exchange_.Channel(exchange_.Office("LV"));
  ASSERT_THAT(CallOver(latvian), IsOk());
  v1::FollowRequest request;
  auto& cursor = *request.add_cursors();
  cursor.set_ledger("state/EE");
  cursor.set_epoch(1);
  const auto stub = v1::LedgerService::NewStub(estonian);
  grpc::ClientContext context;
  SetDeadline(context);
  const auto stream = stub->Follow(&context, request);
  v1::FollowResponse response;
  ASSERT_TRUE(stream->Read(&response));
  Revoke(of_estonia_);
  exchange_.server().EndUntrusted();
  while (stream->Read(&response)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(exchange_.LogText(), AllOf(HasSubstr("\"event\":\"sessions_ended\""),
                                         HasSubstr(NameInLists(of_estonia_))));
  EXPECT_THAT(CallOver(latvian), IsOk());
  EXPECT_THAT(exchange_.LogText(),
              Not(HasSubstr(NameInLists(exchange_.Office("LV").credential.certificate))));
}

TEST_F(Revocation, IsToldInTheHandshakeThoughTheHolderIsRegistered) {
  EXPECT_EQ(AlertFor(exchange_.Office("LV").credential), "");
  Revoke(of_estonia_);
  EXPECT_THAT(AlertFor(estonia_.credential), HasSubstr("certificate revoked"));
  EXPECT_THAT(CallOver(exchange_.Channel(estonia_)), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(CallOver(exchange_.Channel(exchange_.Office("LV"))), IsOk());
}

TEST_F(Revocation, RefusesWhatIsSignedWithARevokedKeyWhoeverBringsIt) {
  const TestOffice& signer =
      exchange_.Enrol({.party = "EE", .name = "signer", .purposes = {v1::CREDENTIAL_PURPOSE_SIGN}});
  ASSERT_THAT(exchange_.Perform(estonia_, exchange_.MakeSubmit(signer, {"LV"})), IsOk());
  Revoke(signer.credential.certificate);
  const LedgerHeads before = exchange_.Heads();
  EXPECT_THAT(exchange_.Perform(estonia_, exchange_.MakeSubmit(signer, {"LV"})),
              HasCode(absl::StatusCode::kUnauthenticated));
  EXPECT_EQ(exchange_.Heads(), before);
  EXPECT_THAT(exchange_.Perform(estonia_, exchange_.MakeSubmit(estonia_, {"LV"})), IsOk());
}

TEST_F(Revocation, OfAnAuthorityEndsThoseItVouchedFor) {
  const auto channel = exchange_.Channel(estonia_);
  ASSERT_THAT(CallOver(channel), IsOk());
  // The server's own certificate stays; its clients' authority is another.
  TestPki other("Another CA");
  SetIdentity(IdentityBy(other.ca_pem()));
  EXPECT_THAT(CallOver(channel), Not(IsOk()));
  EXPECT_THAT(exchange_.LogText(),
              AllOf(HasSubstr("\"event\":\"sessions_ended\""), HasSubstr(of_estonia_.serial())));
}

TEST_F(Revocation, DoesNotTouchWhoseAuthorityStays) {
  const auto channel = exchange_.Channel(estonia_);
  ASSERT_THAT(CallOver(channel), IsOk());
  TestPki other("Another CA");
  for (const std::string& authorities : {exchange_.ca_pem() + other.ca_pem(), exchange_.ca_pem()}) {
    SetIdentity(IdentityBy(authorities));
    exchange_.server().Tick();
    EXPECT_THAT(CallOver(channel), IsOk());
  }
  EXPECT_THAT(exchange_.LogText(), Not(HasSubstr("sessions_ended")));
}

}  // namespace
}  // namespace cbm
