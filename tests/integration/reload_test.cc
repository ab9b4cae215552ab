// What TLS is served with is replaced again and again, by good files and by damaged ones, while
// clients call: whoever is believed before and after has every call answered, over connections that
// are open and over new ones.

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <future>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cbm/v1/exchange_service.grpc.pb.h"
#include "core/base/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/program/revocation_files.h"
#include "server/program/tls.h"
#include "server/program/tls_reload.h"
#include "tests/support/served_exchange.h"
#include "tests/support/status_matchers.h"

namespace cbm {
namespace {

using ::cbm::test::CallOn;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::Issued;
using ::cbm::test::IssueOptions;
using ::cbm::test::ServedExchange;
using ::cbm::test::TemporaryFolder;
using ::cbm::test::TestOffice;
using ::cbm::test::TestPki;
using ::testing::Not;

constexpr int kRounds = 6;  // Of ten changes each.
constexpr size_t kCallsOfAConnection = 20;

class ReloadUnderLoad : public testing::Test {
 protected:
  ReloadUnderLoad() {
    std::filesystem::create_directory(folder_ / "lists");
    config_.server.certificate = folder_ / "server.pem";
    config_.server.key = folder_ / "server.key";
    config_.server.client_ca = folder_ / "clients.pem";
    config_.server.revocation_lists = folder_ / "lists";
    config_.store.database = folder_ / "exchange.db";
    EXPECT_THAT(RevocationFiles::Create(config_.store.revoked()), IsOk());
    Put(NewServer());
    folder_.Write("clients.pem", exchange_.ca_pem());
    const absl::StatusOr<ServerIdentity> identity = LoadServerIdentity(config_.server);
    EXPECT_THAT(identity, IsOk());
    absl::StatusOr<NextIdentity> first = exchange_.server().PrepareIdentity(*identity);
    EXPECT_THAT(first, IsOk());
    exchange_.server().SetIdentity(*std::move(first));
    reload_ = std::make_unique<TlsReload>(config_, *identity, exchange_.server(), exchange_.clock(),
                                          log_);
    EXPECT_THAT(reload_->Begin(), IsOk());
    exchange_.server().SetReload([this](TlsReload::Then then) {
      reload_->AskForReport(std::move(then));
      reload_->Refresh(/*anew=*/false);
    });
  }

  Issued NewServer() {
    IssueOptions options = ServedExchange::LongLived();
    options.extended_key_usage = "serverAuth";
    options.alternative_name = "IP:127.0.0.1,DNS:localhost";
    return exchange_.IssueCertificate(options);
  }
  void Put(const Issued& server) const {
    folder_.Write("server.pem", server.chain_pem);
    folder_.Write("server.key", server.key_pem);
  }
  void RefreshWith(const std::string& name, const std::string& bytes) {
    folder_.Write(name, bytes);
    reload_->Refresh(/*anew=*/false);
    reload_->Refresh(/*anew=*/true);
    exchange_.server().Tick();
  }
  // As often as a file is looked at in less than a second, and nobody says that it is whole.
  void TurnWith(const std::string& name, const std::string& bytes) {
    folder_.Write(name, bytes);
    for (int turn = 0; turn < 2; ++turn) {
      reload_->Refresh(/*anew=*/false);
      exchange_.server().Tick();
    }
  }
  static absl::Status CallOver(const std::shared_ptr<grpc::Channel>& channel) {
    return CallOn(channel, &v1::ExchangeService::Stub::GetExchange, v1::GetExchangeRequest())
        .status();
  }
  size_t Said(const std::string& event) {
    const MutexLock lock(mutex_);
    size_t count = 0;
    for (size_t at = said_.find(event); at != std::string::npos; at = said_.find(event, at + 1)) {
      ++count;
    }
    return count;
  }

  // Its clock stands still: what is called here is called at once.
  static LimitsConfig Unlimited() {
    LimitsConfig limits;
    limits.state_reads_burst = 1'000'000;
    limits.office_share_percent = 100;
    return limits;
  }

  ServedExchange exchange_{{.limits = Unlimited()}};
  const TestOffice& estonia_ = exchange_.Office("EE");
  const TemporaryFolder folder_;
  Config config_;
  Mutex mutex_;
  std::string said_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> on_line_;  // Called as each line of the log is written.
  Log log_{exchange_.clock(), LogLevel::kInfo, [this](std::string_view line) {
             const MutexLock lock(mutex_);
             said_ += line;
             if (on_line_ != nullptr) {
               on_line_();
             }
             return true;
           }};
  std::unique_ptr<TlsReload> reload_;
};

TEST_F(ReloadUnderLoad, FailsNoCallOfWhoIsBelievedBeforeAndAfter) {
  std::atomic<bool> is_over = false;
  std::atomic<size_t> answered = 0;
  Mutex mutex;
  std::vector<std::string> failed;
  const auto call = [&](const TestOffice& office, size_t calls_of_a_connection) {
    std::shared_ptr<grpc::Channel> channel = exchange_.Channel(office);
    for (size_t i = 1; !is_over; ++i) {
      if (const absl::Status status = CallOver(channel); !status.ok()) {
        const MutexLock lock(mutex);
        failed.push_back(status.ToString());
      }
      ++answered;
      if (i % calls_of_a_connection == 0) {
        channel = exchange_.Channel(office);
      }
    }
  };
  constexpr size_t kAlways = std::numeric_limits<size_t>::max();
  std::vector<std::thread> clients;
  clients.emplace_back(call, std::cref(estonia_), kAlways);
  clients.emplace_back(call, std::cref(exchange_.Office("LV")), kAlways);
  clients.emplace_back(call, std::cref(estonia_), kCallsOfAConnection);
  clients.emplace_back(call, std::cref(exchange_.Office("FI")), size_t{1});

  TestPki other("Another CA");
  const std::string bundle = exchange_.ca_pem();
  for (int round = 0; round < kRounds; ++round) {
    const Issued next = NewServer();
    RefreshWith("server.pem", next.chain_pem);  // Not yet with its key.
    RefreshWith("server.key", next.key_pem.substr(0, next.key_pem.size() / 2));
    RefreshWith("server.key", next.key_pem);
    RefreshWith("server.pem", "");
    RefreshWith("server.pem", next.chain_pem.substr(0, next.chain_pem.size() / 2));
    RefreshWith("server.pem", next.chain_pem);
    RefreshWith("clients.pem", bundle.substr(0, bundle.size() / 2));
    RefreshWith("clients.pem", "");
    TurnWith("clients.pem", other.ca_pem());  // Cut between two authorities.
    RefreshWith("clients.pem", round % 2 == 0 ? other.ca_pem() + bundle : bundle);
    RefreshWith("lists/other.crl", round % 2 == 0 ? "" : other.IssueList({}));
    const std::string list = exchange_.IssueList({next.certificate}, round + 1);
    for (const std::string& damaged :
         {std::string(), list.substr(0, list.size() / 2), std::string("no list"), list}) {
      TurnWith("lists/states.crl", damaged);
    }
  }
  const size_t before_the_end = answered;
  while (answered < before_the_end + clients.size()) {
    std::this_thread::yield();
  }
  is_over = true;
  for (std::thread& client : clients) {
    client.join();
  }
  EXPECT_THAT(failed, testing::IsEmpty());
  EXPECT_GE(answered, size_t{kRounds});
  EXPECT_GE(Said("\"tls_reloaded\""), size_t{kRounds});
  EXPECT_GE(Said("\"tls_reload_failed\""), size_t{kRounds});
  EXPECT_GE(Said("\"revocation_list_refused\""), size_t{kRounds});
  EXPECT_EQ(exchange_.server().trust().revoked_count(), size_t{kRounds});
  EXPECT_EQ(exchange_.LogText().find("sessions_ended"), std::string::npos);
  RecordProperty("calls", static_cast<int>(answered.load()));
}

TEST_F(ReloadUnderLoad, IsAskedForByTheSecretariatAlone) {
  for (const std::string_view party : {"EE", "LV"}) {
    EXPECT_THAT(exchange_.Call(exchange_.Office(party), &v1::ExchangeService::Stub::ReloadTls,
                               v1::ReloadTlsRequest()),
                HasCode(absl::StatusCode::kPermissionDenied));
  }
}

TEST_F(ReloadUnderLoad, SaysWhatIsServedAndWhatIsNotGood) {
  const auto ask = [this] {
    const auto answer =
        exchange_.Call(exchange_.Office(kSecretariatParty), &v1::ExchangeService::Stub::ReloadTls,
                       v1::ReloadTlsRequest());
    EXPECT_THAT(answer, IsOk());
    return answer.value_or(v1::ReloadTlsResponse());
  };
  const Issued next = NewServer();
  Put(next);
  const std::string list = exchange_.IssueList({estonia_.credential.certificate}, 3);
  v1::ReloadTlsResponse served = ask();
  EXPECT_EQ(served.serial(), next.certificate.serial());
  EXPECT_EQ(served.issuer(), next.certificate.issuer());
  EXPECT_EQ(served.not_after().seconds(), absl::ToUnixSeconds(next.certificate.not_after()));
  EXPECT_EQ(served.authorities(), 1U);
  EXPECT_EQ(served.revoked(), 0U);
  EXPECT_EQ(served.outcome(), v1::RELOAD_OUTCOME_LISTS_INCOMPLETE);  // There is none.
  folder_.Write("lists/states.crl", list);
  served = ask();
  EXPECT_EQ(served.outcome(), v1::RELOAD_OUTCOME_ALL_GOOD);
  EXPECT_EQ(served.revoked(), 1U);
  ASSERT_EQ(served.revocation_lists_size(), 1);
  EXPECT_EQ(served.revocation_lists(0).issuer(), next.certificate.issuer());
  EXPECT_EQ(served.revocation_lists(0).number(), "03");
  EXPECT_EQ(served.revocation_lists(0).revoked(), 1U);
  EXPECT_TRUE(served.revocation_lists(0).has_next_update());
  folder_.Write("server.key", "no key");
  served = ask();
  EXPECT_EQ(served.outcome(), v1::RELOAD_OUTCOME_NOT_TAKEN_UP);
  EXPECT_EQ(served.serial(), next.certificate.serial());
  Put(next);
  EXPECT_EQ(ask().outcome(), v1::RELOAD_OUTCOME_ALL_GOOD);
}

TEST_F(ReloadUnderLoad, SwapsWholeOrNotAtAll) {
  const std::string bundle = exchange_.ca_pem();
  TestPki other("Another CA");
  const auto channel = exchange_.Channel(estonia_);
  ASSERT_THAT(CallOver(channel), IsOk());
  // A good bundle without the client's authority, beside a key that is not the certificate's.
  folder_.Write("server.key", NewServer().key_pem);
  RefreshWith("clients.pem", other.ca_pem());
  EXPECT_THAT(CallOver(channel), IsOk());
  EXPECT_THAT(CallOver(exchange_.Channel(estonia_)), IsOk());
  const Issued next = NewServer();
  folder_.Write("server.pem", next.chain_pem);
  RefreshWith("server.key", next.key_pem);
  EXPECT_THAT(CallOver(exchange_.Channel(estonia_)), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_EQ(Said(next.certificate.serial()), 1U);  // It says what is served now.
}

TEST_F(ReloadUnderLoad, EndsThoseOfAnAuthorityThatIsGoneAfterASecondAndNamesIt) {
  TestPki other("Another CA");
  const auto channel = exchange_.Channel(estonia_);
  ASSERT_THAT(CallOver(channel), IsOk());
  TurnWith("clients.pem", other.ca_pem());
  EXPECT_THAT(CallOver(channel), IsOk());
  EXPECT_EQ(Said("authority_gone"), 0U);
  exchange_.clock().Advance(absl::Seconds(1));
  TurnWith("clients.pem", other.ca_pem());
  EXPECT_THAT(CallOver(channel), Not(IsOk()));
  const Certificate gone = ParsePemCertificates(exchange_.ca_pem(), 1).value().front();
  EXPECT_EQ(Said("\"authority\":\"" + gone.subject() + "\",\"serial\":\"" + gone.serial() + "\""),
            1U);
}

TEST_F(ReloadUnderLoad, EndsThemAtOnceWhereTheSecretariatAsks) {
  folder_.Write("clients.pem", TestPki("Another CA").ca_pem());
  reload_->AskForReport([](const absl::StatusOr<v1::ReloadTlsResponse>& /*report*/) {});
  reload_->Refresh(/*anew=*/false);
  EXPECT_EQ(Said("authority_gone"), 1U);
}

TEST_F(ReloadUnderLoad, HasABoundForThoseWhoWait) {
  size_t told = 0;
  size_t refused = 0;
  for (int i = 0; i < 100; ++i) {
    reload_->AskForReport([&](const absl::StatusOr<v1::ReloadTlsResponse>& report) {
      ++(report.ok() ? told : refused);
      EXPECT_TRUE(report.ok() || absl::IsResourceExhausted(report.status()));
    });
  }
  EXPECT_EQ(told, 0U);
  EXPECT_EQ(refused, 36U);
  reload_->Refresh(/*anew=*/false);
  EXPECT_EQ(told, 64U);
  reload_->Refresh(/*anew=*/false);
  EXPECT_EQ(told + refused, 100U);
}

// A token that does not answer holds a reload up: nobody else's call, and not the end of the
// server.
TEST_F(ReloadUnderLoad, HoldsUpNobodyElse) {
  std::promise<void> has_asked;
  exchange_.server().SetReload([&](TlsReload::Then then) {
    reload_->AskForReport(std::move(then));
    has_asked.set_value();
  });
  auto told = std::async(std::launch::async, [this] {
    return exchange_.Call(exchange_.Office(kSecretariatParty),
                          &v1::ExchangeService::Stub::ReloadTls, v1::ReloadTlsRequest());
  });
  has_asked.get_future().wait();
  EXPECT_THAT(CallOver(exchange_.Channel(estonia_)), IsOk());
  reload_->Decline();
  EXPECT_THAT(told.get(), HasCode(absl::StatusCode::kUnavailable));
  absl::Status late;
  reload_->AskForReport(
      [&](const absl::StatusOr<v1::ReloadTlsResponse>& report) { late = report.status(); });
  EXPECT_THAT(late, HasCode(absl::StatusCode::kUnavailable));
  reload_->Refresh(/*anew=*/false);  // Nobody waits: nobody is told.
}

TEST_F(ReloadUnderLoad, TakesNoListByABundleThatIsNotServed) {
  TestPki other("Another CA");
  const Issued theirs = other.Issue("FI duty");
  folder_.Write("lists/other.crl", other.IssueList({theirs.certificate}));
  folder_.Write("server.key", NewServer().key_pem);  // It is not the certificate's.
  RefreshWith("clients.pem", exchange_.ca_pem() + other.ca_pem());
  EXPECT_EQ(exchange_.server().trust().revoked_count(), 0U);
  const Issued next = NewServer();
  folder_.Write("server.pem", next.chain_pem);
  RefreshWith("server.key", next.key_pem);
  EXPECT_EQ(exchange_.server().trust().revoked_count(), 1U);
}

// Of a certificate that is by a new authority, and on a list that came with it.
TEST_F(ReloadUnderLoad, BelievesAtNoMomentWhatAListBesideTheBundleRevokes) {
  TestPki other("Another CA");
  const Certificate revoked = other.Issue("FI duty").certificate;
  const Certificate good = other.Issue("LV duty").certificate;
  const auto is_believed = [this](const Certificate& certificate) {
    return exchange_.server().trust().CheckGenuine(certificate, certificate.fingerprint()).ok();
  };
  size_t looked = 0;
  size_t believed = 0;
  on_line_ = [&] {
    ++looked;
    believed += is_believed(revoked) ? 1U : 0U;
  };
  folder_.Write("lists/other.crl", other.IssueList({revoked}));
  RefreshWith("clients.pem", exchange_.ca_pem() + other.ca_pem());
  on_line_ = nullptr;
  EXPECT_GE(looked, 2U);  // List and bundle.
  EXPECT_EQ(believed, 0U);
  EXPECT_FALSE(is_believed(revoked));
  EXPECT_TRUE(is_believed(good));
}

}  // namespace
}  // namespace cbm
