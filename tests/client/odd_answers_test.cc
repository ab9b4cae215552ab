// What a person is told when the exchange gives what is no answer, or none in time.

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cbm/v1/act_service.grpc.pb.h"
#include "cbm/v1/exchange_service.grpc.pb.h"
#include "cbm/v1/ledger_service.grpc.pb.h"
#include "client/diagnose.h"
#include "client/exit_code.h"
#include "client/perform.h"
#include "client/workplace.h"
#include "core/evidence/domain_hash.h"
#include "core/evidence/open_content.h"
#include "core/evidence/origin.h"
#include "core/log/verifier_key.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_exchange.h"

namespace cbm {
namespace {

using ::cbm::test::FakeClock;
using ::cbm::test::FakeRandom;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::Issued;
using ::cbm::test::IssueOptions;
using ::cbm::test::TemporaryFolder;
using ::cbm::test::TestExchange;
using ::testing::EndsWith;
using ::testing::HasSubstr;

// As gRPC says it on either side when a call's time is over.
const grpc::Status kOutOfTime(grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded");

// TLS goes by the system's time, whatever that is.
IssueOptions LongLived() {
  IssueOptions options;
  options.not_after = test::kTestStart + absl::Hours(24 * 365 * 50);
  return options;
}

struct OddActs final : v1::ActService::Service {
  grpc::Status PerformAct(grpc::ServerContext*, const v1::PerformActRequest* request,
                          v1::PerformActResponse* response) override {
    return perform(*request, *response);
  }
  grpc::Status GetReceipt(grpc::ServerContext*, const v1::GetReceiptRequest*,
                          v1::GetReceiptResponse*) override {
    return receipt;
  }

  grpc::Status receipt = kOutOfTime;
  std::function<grpc::Status(const v1::PerformActRequest&, v1::PerformActResponse&)> perform;
};

struct OddContents final : v1::LedgerService::Service {
  grpc::Status GetContent(grpc::ServerContext*, const v1::GetContentRequest*,
                          v1::GetContentResponse* response) override {
    *response->mutable_content() = content;
    return grpc::Status::OK;
  }

  v1::Content content;
};

struct SilentExchange final : v1::ExchangeService::Service {
  grpc::Status GetExchange(grpc::ServerContext*, const v1::GetExchangeRequest*,
                           v1::GetExchangeResponse*) override {
    return kOutOfTime;
  }
};

// An office's workplace, and an exchange that answers as a test wants.
class OddAnswers : public ::testing::Test {
 protected:
  OddAnswers() {
    Serve();
    const LogIdentity log{.exchange_id = exchange_.document.exchange_id,
                          .epoch = 1,
                          .public_key = exchange_.log_key.public_key()};
    folder_.Write("config.toml",
                  FormatProfileConfig({.server = address_,
                                       .log_key = FormatVerifierKey(KeyOfAnchor(log)),
                                       .party = "EE",
                                       .office = "duty",
                                       .ledger = "state/EE"}));
    const Issued office = exchange_.pki.Issue("EE duty", LongLived());
    folder_.Write("ca.pem", exchange_.pki.ca_pem());
    folder_.Write("cert.pem", office.chain_pem);
    chmod(folder_.Write("key.pem", office.key_pem).c_str(), 0600);
    folder_.Write("genesis.json", exchange_.document.bytes);
    workplace_ = Workplace::Open(folder_.path(), clock_, random_).value();
  }

  absl::Status Fetch(const Digest& content = {}) {
    return workplace_->FetchContent(Digest{}, std::string(BytesOf(content))).status();
  }

  static void ExpectDamagedOrFalse(const absl::Status& refused) {
    EXPECT_EQ(ExitCodeOf(refused), ExitCode::kEvidence);
    EXPECT_EQ(MessageOf(refused),
              "what the exchange gave as a content of the act 000000000000 is not that content: "
              "the exchange's copy is damaged or false; tell its operator, who finds more with "
              "cbmd check");
  }

  std::string NotAnswered() const {
    return fmt::format(
        "the exchange at {} did not answer within 30 s: if it does not the next time either, call "
        "who runs it",
        address_);
  }

  // Acknowledges something, in vain: why.
  absl::Status Acknowledge(Unsent unsent = Unsent::kKeep) {
    Proposal proposal;
    proposal.unsent = unsent;
    proposal.act.mutable_acknowledge()->set_manner(v1::OPEN_MANNER_BY_HAND);
    proposal.act.mutable_audience()->mutable_own();
    proposal.act.add_references()->set_act_digest(std::string(kDigestBytes, 'x'));
    return Perform(*workplace_, std::move(proposal)).status();
  }

  std::string address_;
  OddActs acts_;
  OddContents contents_;
  std::unique_ptr<Workplace> workplace_;

 private:
  void Serve() {
    IssueOptions options = LongLived();
    options.extended_key_usage = "serverAuth";
    options.alternative_name = "IP:127.0.0.1";
    const Issued credential = exchange_.pki.Issue("Exchange", options);
    grpc::SslServerCredentialsOptions tls(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    tls.pem_root_certs = exchange_.pki.ca_pem();
    tls.pem_key_cert_pairs.push_back({credential.key_pem, credential.chain_pem});
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(tls), &port);
    builder.RegisterService(&acts_);
    builder.RegisterService(&contents_);
    builder.RegisterService(&silent_);
    server_ = builder.BuildAndStart();
    address_ = fmt::format("127.0.0.1:{}", port);
  }

  TestExchange exchange_{test::TestGenesis(), LongLived()};
  TemporaryFolder folder_;
  FakeClock clock_;
  FakeRandom random_{20'260'310};
  SilentExchange silent_;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(OddAnswers, AContentThatIsNoneIsDamagedOrFalse) { ExpectDamagedOrFalse(Fetch()); }

TEST_F(OddAnswers, AContentThatIsAnotherIsDamagedOrFalse) {
  contents_.content.mutable_open()->set_salt(std::string(kContentSaltBytes, 's'));
  contents_.content.mutable_open()->set_plaintext("another");
  ExpectDamagedOrFalse(Fetch());
}

TEST_F(OddAnswers, ASealedContentIsForALaterVersion) {
  contents_.content.mutable_sealed()->set_envelope("sealed");
  EXPECT_THAT(Fetch(BlobDigest("sealed")), HasCode(absl::StatusCode::kUnimplemented));
  contents_.content.mutable_blob()->set_ciphertext("sealed");
  const absl::Status refused = Fetch(BlobDigest("sealed"));
  EXPECT_THAT(refused, HasCode(absl::StatusCode::kUnimplemented));
  EXPECT_THAT(MessageOf(refused), HasSubstr("sealed, which this version cannot open"));
}

// A bit of damage makes an open content look like a blob.
TEST_F(OddAnswers, WhatLooksSealedAndIsAnotherIsDamagedOrFalse) {
  contents_.content.mutable_sealed()->set_envelope("another");
  ExpectDamagedOrFalse(Fetch(BlobDigest("sealed")));
  contents_.content.mutable_blob()->set_ciphertext("another");
  ExpectDamagedOrFalse(Fetch(BlobDigest("sealed")));
}

TEST_F(OddAnswers, ACallThatIsNotAnsweredInTimeSaysWhoDidNotAnswerAndWhomToCall) {
  const absl::Status failed = workplace_->Sync();
  EXPECT_THAT(failed, HasCode(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(ExitCodeOf(failed), ExitCode::kTryAgain);
  EXPECT_TRUE(IsUnanswered(failed));
  EXPECT_EQ(MessageOf(failed), NotAnswered());
}

TEST_F(OddAnswers, AnActThatIsNotAnsweredInTimeIsKeptAndMayHaveBeenTaken) {
  acts_.perform = [](const auto&, auto&) { return kOutOfTime; };
  const absl::Status failed = Acknowledge();
  EXPECT_EQ(ExitCodeOf(failed), ExitCode::kTryAgain);
  const std::vector<OutboxItem> kept = workplace_->outbox().List().value();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(
      MessageOf(failed),
      fmt::format("{}; the act is kept and not lost, and may have been taken already; to find "
                  "out, and to send it if it was not: cbm outbox send {}",
                  NotAnswered(), kept.front().act_id));
}

// As where the line breaks, or the exchange is killed, after it took the act.
TEST_F(OddAnswers, AnActWhoseConnectionIsLostIsKeptAndMayHaveBeenTaken) {
  acts_.perform = [](const auto&, auto&) {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "Socket closed");
  };
  const std::string said = MessageOf(Acknowledge());
  EXPECT_THAT(said, HasSubstr("was lost"));
  EXPECT_THAT(said, HasSubstr("kept and not lost, and may have been taken already"));
}

// An opening is made anew whenever somebody reads: nothing is said of the outbox.
TEST_F(OddAnswers, AnActThatNobodyKeepsIsNotSaidToBeKept) {
  acts_.perform = [](const auto&, auto&) { return kOutOfTime; };
  const absl::Status failed = Acknowledge(Unsent::kForget);
  EXPECT_EQ(MessageOf(failed), NotAnswered());
}

// The receipt alone does not lead to the office's registration, and nobody answers who has more.
TEST_F(OddAnswers, AnActWhoseReceiptIsNotAnsweredInTimeWasTakenAndIsNotMadeAgain) {
  acts_.perform = [](const v1::PerformActRequest& request, v1::PerformActResponse& response) {
    v1::Evidence& evidence = *response.mutable_receipt()->add_evidence();
    evidence.set_act(request.signed_act().act());
    evidence.set_signature(request.signed_act().signature());
    return grpc::Status::OK;
  };
  const absl::Status failed = Acknowledge();
  EXPECT_EQ(ExitCodeOf(failed), ExitCode::kTryAgain);
  const std::vector<OutboxItem> kept = workplace_->outbox().List().value();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(MessageOf(failed), fmt::format("{}; the exchange has taken the act, and its receipt is "
                                           "still to be fetched: cbm outbox send {}",
                                           NotAnswered(), kept.front().act_id));
  EXPECT_EQ(MessageOf(Acknowledge(Unsent::kForget)), NotAnswered());
}

TEST_F(OddAnswers, AnActWithoutAGoodReceiptMayHaveBeenTakenAndIsNotMadeAgain) {
  acts_.receipt = grpc::Status(grpc::StatusCode::NOT_FOUND, "no such act");
  v1::Receipt other;
  other.add_evidence()->set_act("another act");
  for (const v1::Receipt& given : {v1::Receipt(), other}) {
    SCOPED_TRACE(given.ShortDebugString());
    acts_.perform = [&given](const auto&, v1::PerformActResponse& response) {
      *response.mutable_receipt() = given;
      return grpc::Status::OK;
    };
    const absl::Status failed = Acknowledge();
    EXPECT_THAT(failed, HasCode(absl::StatusCode::kDataLoss));
    const std::vector<OutboxItem> kept = workplace_->outbox().List().value();
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_THAT(
        MessageOf(failed),
        EndsWith(fmt::format("; the act is kept, may have been taken, and is not to be made "
                             "again; to ask for its receipt again: cbm outbox send {}",
                             kept.front().act_id)));
    ASSERT_THAT(workplace_->outbox().Remove(kept.front().act_id), IsOk());
  }
}

// As the kernel is for a process that hangs: it takes one connection, and no second.
class SilentListener {
 public:
  SilentListener() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(socket_, name, size), 0);
    EXPECT_EQ(listen(socket_, 0), 0);
    EXPECT_EQ(getsockname(socket_, name, &size), 0);
    address_ = fmt::format("127.0.0.1:{}", ntohs(address.sin_port));
  }
  ~SilentListener() { close(socket_); }
  SilentListener(const SilentListener&) = delete;
  SilentListener& operator=(const SilentListener&) = delete;

  const std::string& address() const { return address_; }

 private:
  const int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string address_;
};

TEST_F(OddAnswers, WhoTakesAConnectionAndSaysNothingIsNotSaidToSpeakNoTls) {
  const SilentListener listener;
  ProfileConfig config = workplace_->profile().config;
  config.server = listener.address();
  const Profile profile = OpenNewProfile(workplace_->profile().folder, config).value();
  const auto diagnose = [&] {
    const absl::Status why = Diagnose(profile, workplace_->keys(), absl::Milliseconds(1));
    EXPECT_EQ(ExitCodeOf(why), ExitCode::kTryAgain);
    return MessageOf(why);
  };
  EXPECT_EQ(diagnose(),
            fmt::format("{} takes the connection and says nothing: if that is so the next time "
                        "too, call who runs it",
                        config.server));
  EXPECT_EQ(diagnose(), fmt::format("nobody answers at {}: Connection timed out", config.server));
}

}  // namespace
}  // namespace cbm
