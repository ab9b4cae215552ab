// Who gets through the door: only who speaks TLS 1.3 with a certificate by a trusted authority has
// any call answered, and only a registered and active one has it answered with more than why not.
//
// What is refused in the handshake is told by the connection's end alone. So these tests look at
// what came of it: no call was answered, and the server saw none.

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "cbm/v1/exchange_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "tests/support/raw_client.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::CallOn;
using ::cbm::test::ConnectByTls;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::Issued;
using ::cbm::test::IssueOptions;
using ::cbm::test::RawOutcome;
using ::cbm::test::SendPlaintext;
using ::cbm::test::ServedExchange;
using ::cbm::test::TestOffice;
using ::cbm::test::TestPki;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::StatusCode kNotConnected = absl::StatusCode::kUnavailable;
constexpr absl::StatusCode kNotKnown = absl::StatusCode::kUnauthenticated;

class Tls : public testing::Test {
 protected:
  static absl::StatusOr<v1::GetExchangeResponse> CallOver(
      const std::shared_ptr<grpc::Channel>& channel) {
    return CallOn(channel, &v1::ExchangeService::Stub::GetExchange, v1::GetExchangeRequest());
  }

  // No call of this connection is answered, and none reaches a service.
  void ExpectRefused(const std::shared_ptr<grpc::Channel>& channel) {
    const std::string before = exchange_.LogText();
    EXPECT_THAT(CallOver(channel), HasCode(kNotConnected));
    EXPECT_EQ(exchange_.LogText(), before);
  }

  // The call is answered with UNAUTHENTICATED, and the message says this.
  static void ExpectUnknown(const std::shared_ptr<grpc::Channel>& channel,
                            const std::string& reason) {
    const auto answer = CallOver(channel);
    ASSERT_THAT(answer, HasCode(kNotKnown));
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr(reason));
  }

  ServedExchange exchange_;
  const TestOffice& estonia_ = exchange_.Office("EE");
};

TEST_F(Tls, ServesARegisteredCredentialAtTls13) {
  EXPECT_THAT(CallOver(exchange_.Channel(estonia_)), IsOk());
  const RawOutcome outcome = ConnectByTls(
      exchange_.address(), {.version = TLS1_3_VERSION, .certificate = &estonia_.credential});
  EXPECT_TRUE(outcome.completed);
  EXPECT_TRUE(outcome.is_http2());
}

TEST_F(Tls, RefusesTls12ThoughTheCertificateIsRegistered) {
  const RawOutcome outcome = ConnectByTls(
      exchange_.address(), {.version = TLS1_2_VERSION, .certificate = &estonia_.credential});
  EXPECT_FALSE(outcome.completed);
  EXPECT_EQ(outcome.first_bytes, "");
}

TEST_F(Tls, RefusesAClientWithoutACertificate) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = exchange_.ca_pem();
  ExpectRefused(grpc::CreateChannel(exchange_.address(), grpc::SslCredentials(options)));

  const RawOutcome outcome = ConnectByTls(exchange_.address(), {.version = TLS1_3_VERSION});
  EXPECT_FALSE(outcome.is_http2());
}

TEST_F(Tls, RefusesASelfSignedCertificate) {
  const Issued alone = TestPki::SelfSigned("EE duty", ServedExchange::LongLived());
  ExpectRefused(exchange_.Channel(alone));
  EXPECT_FALSE(ConnectByTls(exchange_.address(), {.version = TLS1_3_VERSION, .certificate = &alone})
                   .is_http2());
}

TEST_F(Tls, RefusesACertificateByAnotherAuthority) {
  // Also by one that took the same name: what counts is its key.
  for (const std::string name : {"Another CA", "Test CA"}) {
    SCOPED_TRACE(name);
    TestPki other(name);
    ExpectRefused(exchange_.Channel(other.Issue("EE duty", ServedExchange::LongLived())));
  }
}

TEST_F(Tls, RefusesACertificateThatIsForServersAlone) {
  IssueOptions options = ServedExchange::LongLived();
  options.extended_key_usage = "serverAuth";
  ExpectRefused(exchange_.Channel(exchange_.IssueCertificate(options)));
}

TEST_F(Tls, AnswersNothingWithoutTls) {
  ExpectRefused(grpc::CreateChannel(exchange_.address(), grpc::InsecureChannelCredentials()));

  const std::string answer =
      SendPlaintext(exchange_.address(),
                    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + std::string("\0\0\0\4\0\0\0\0\0", 9));
  constexpr char kTlsAlert = '\x15';
  EXPECT_TRUE(answer.empty() || answer.front() == kTlsAlert) << answer;
}

TEST_F(Tls, GivesNoSessionTicketByWhichAClientWouldComeBackUnchecked) {
  const RawOutcome outcome = ConnectByTls(
      exchange_.address(), {.version = TLS1_3_VERSION, .certificate = &estonia_.credential});
  ASSERT_TRUE(outcome.is_http2());
  EXPECT_EQ(outcome.tickets, 0);
}

// A GOAWAY says why, which cbm reads in a handshake of its own.
TEST_F(Tls, RefusesAnUnregisteredCertificateBeforeAnybodyReadsACall) {
  ExpectRefused(exchange_.Channel(exchange_.IssueCertificate()));
}

TEST_F(Tls, TakesACertificateFromItsRegistrationOn) {
  const TestOffice& office = exchange_.Enrol({.party = "EE", .name = "policy"});
  EXPECT_THAT(CallOver(exchange_.Channel(office)), IsOk());
}

TEST_F(Tls, DoesNotTakeACertificatesNameForItsHolder) {
  // The subject of a registered one, by the same authority, over another key.
  const Issued twin = exchange_.IssueCertificate();
  ASSERT_EQ(twin.certificate.subject(), estonia_.credential.certificate.subject());
  ExpectRefused(exchange_.Channel(twin));
}

TEST_F(Tls, GoesByTheExchangesClockForTheEndOfACredential) {
  const absl::Time end = estonia_.credential.certificate.not_after();
  const auto before = exchange_.Channel(estonia_);
  exchange_.clock().Set(end - absl::Microseconds(1));
  ASSERT_THAT(CallOver(before), IsOk());

  exchange_.clock().Set(end);
  ExpectUnknown(before, "EE/duty ended at");
  ExpectUnknown(exchange_.Channel(estonia_), "EE/duty ended at");
}

TEST_F(Tls, GoesByTheExchangesClockForTheBeginningOfACredential) {
  const auto channel = exchange_.Channel(estonia_);
  exchange_.clock().Set(estonia_.credential.certificate.not_before() - absl::Microseconds(1));
  ExpectUnknown(channel, "and not yet");
}

TEST_F(Tls, DoesNotConnectWithACredentialThatOnlySigns) {
  const TestOffice& signer =
      exchange_.Enrol({.party = "EE", .name = "signer", .purposes = {v1::CREDENTIAL_PURPOSE_SIGN}});
  ExpectUnknown(exchange_.Channel(signer), "not to connect");
}

TEST_F(Tls, TellsAStrangerNothingOfWhomItDoesNotKnow) {
  const auto answer = CallOver(exchange_.Channel(exchange_.IssueCertificate()));
  ASSERT_THAT(answer, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(std::string(answer.status().message()), Not(HasSubstr("EE")));
}

}  // namespace
}  // namespace cbm
