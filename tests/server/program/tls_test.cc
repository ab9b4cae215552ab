// What cbmd serves with is read and judged as a whole before anything is opened, and a refusal
// names the files. What TLS is made of them is the gate's: tests/server/gate/tls_context_test.cc.

#include "server/program/tls.h"

#include <filesystem>
#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_pki.h"

namespace cbm {
namespace {

using ::cbm::test::FakeClock;
using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::Issued;
using ::cbm::test::TemporaryFolder;
using ::cbm::test::TestPki;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ServerTls : public testing::Test {
 protected:
  ServerTls() {
    config_.certificate = folder_.Write("server.pem", server_.chain_pem);
    config_.key = folder_.Write("server.key", server_.key_pem);
    config_.client_ca = folder_.Write("clients.pem", pki_.ca_pem());
  }

  ServerIdentityFiles Files() { return {config_, LoadServerIdentity(config_).value(), clock_}; }
  absl::StatusOr<std::optional<ServerIdentity>> Refresh(ServerIdentityFiles& files,
                                                        Look look = Look::kInTurn) {
    return files.Refresh(look, bundle_);
  }
  // Whether it is taken up now, and says so.
  bool IsTakenUp(ServerIdentityFiles& files, Look look = Look::kInTurn) {
    const auto taken = Refresh(files, look);
    EXPECT_THAT(taken, IsOk());
    const bool is_taken = taken.ok() && taken->has_value();
    EXPECT_TRUE(!is_taken || files.is_good());
    return is_taken;
  }

  FakeClock clock_;
  TestPki pki_;
  TestPki other_{"Other CA"};
  const std::string both_ = other_.ca_pem() + pki_.ca_pem();
  std::string bundle_ = pki_.ca_pem();  // That is served.
  const Issued server_ = pki_.Issue("Exchange", {.extended_key_usage = "serverAuth"});
  const TemporaryFolder folder_;
  ServerConfig config_;
};

TEST_F(ServerTls, IsReadFromTheFilesOfTheConfiguration) {
  const auto identity = LoadServerIdentity(config_);
  ASSERT_THAT(identity, IsOk());
  EXPECT_EQ(identity->certificate, server_.chain_pem);
  EXPECT_EQ(identity->key, server_.key_pem);
  EXPECT_EQ(identity->client_ca, pki_.ca_pem());
}

TEST_F(ServerTls, NamesTheFilesOfWhatDoesNotBelongTogether) {
  folder_.Write("server.key", pki_.Issue("Another").key_pem);
  const auto refused = LoadServerIdentity(config_);
  ASSERT_THAT(refused, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(refused.status().message()),
              AllOf(HasSubstr(config_.key), HasSubstr("not that of its certificate")));
}

TEST_F(ServerTls, IsTakenUpOnceWhenItsFilesChange) {
  ServerIdentityFiles files = Files();
  EXPECT_EQ(Refresh(files).value(), std::nullopt);
  const Issued next = pki_.Issue("Exchange", {.extended_key_usage = "serverAuth"});
  folder_.Write("server.pem", next.chain_pem);
  EXPECT_THAT(Refresh(files),
              HasCode(absl::StatusCode::kInvalidArgument));  // Not yet its key.
  EXPECT_EQ(Refresh(files).value(), std::nullopt);           // Said once.
  folder_.Write("server.key", next.key_pem);
  const auto taken = Refresh(files);
  ASSERT_THAT(taken, IsOk());
  ASSERT_TRUE(taken->has_value());
  EXPECT_EQ((*taken)->certificate, next.chain_pem);
  EXPECT_EQ((*taken)->key, next.key_pem);
  EXPECT_EQ(Refresh(files).value(), std::nullopt);
}

TEST_F(ServerTls, IsNotTakenUpFromFilesThatAreNotWhole) {
  ServerIdentityFiles files = Files();
  const std::string bundle = pki_.ca_pem();
  for (const std::string& damaged :
       {std::string(), bundle.substr(0, bundle.size() / 2), std::string("no PEM")}) {
    folder_.Write("clients.pem", damaged);
    EXPECT_THAT(Refresh(files), HasCode(absl::StatusCode::kInvalidArgument)) << damaged;
  }
  std::filesystem::remove(config_.client_ca);
  EXPECT_THAT(Refresh(files), HasCode(absl::StatusCode::kInvalidArgument));
  folder_.Write("clients.pem", bundle);
  EXPECT_EQ(Refresh(files).value(), std::nullopt);  // As it was served all the time.
}

// As `cat a b >bundle` leaves it for a moment, or a copy that is slow.
TEST_F(ServerTls, IsNotTakenUpFromABundleThatIsCutBetweenTwoAuthorities) {
  folder_.Write("clients.pem", bundle_ = both_);
  ServerIdentityFiles files = Files();
  for (int i = 0; i < 3; ++i) {
    folder_.Write("clients.pem", other_.ca_pem());
    EXPECT_FALSE(IsTakenUp(files));
    clock_.Advance(absl::Milliseconds(900));
    EXPECT_FALSE(IsTakenUp(files));
    // It grows, and stands still for less than a second again.
    folder_.Write("clients.pem", other_.ca_pem() + "----");
    EXPECT_FALSE(IsTakenUp(files));
    clock_.Advance(absl::Milliseconds(900));
    EXPECT_FALSE(IsTakenUp(files));
    folder_.Write("clients.pem", both_);
    EXPECT_FALSE(IsTakenUp(files));  // As it was served all the time.
    clock_.Advance(absl::Seconds(2));
    EXPECT_FALSE(IsTakenUp(files));
  }
}

TEST_F(ServerTls, IsTakenUpWithoutAnAuthorityOnceItHasStoodForASecond) {
  folder_.Write("clients.pem", bundle_ = both_);
  ServerIdentityFiles files = Files();
  folder_.Write("clients.pem", other_.ca_pem());
  EXPECT_FALSE(IsTakenUp(files));
  clock_.Advance(absl::Milliseconds(999));
  EXPECT_FALSE(IsTakenUp(files));
  clock_.Advance(-absl::Hours(1));  // Set back: it takes another second, and no hour.
  EXPECT_FALSE(IsTakenUp(files));
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(IsTakenUp(files));
  EXPECT_FALSE(IsTakenUp(files));
}

TEST_F(ServerTls, IsTakenUpWithoutAnAuthorityAtOnceWhereSomebodySaysSo) {
  for (const Look look : {Look::kAsked, Look::kAnew}) {
    folder_.Write("clients.pem", bundle_ = both_);
    ServerIdentityFiles files = Files();
    folder_.Write("clients.pem", other_.ca_pem());
    EXPECT_TRUE(IsTakenUp(files, look));
    folder_.Write("clients.pem", both_);
    EXPECT_TRUE(IsTakenUp(files));
    folder_.Write("clients.pem", other_.ca_pem());
    EXPECT_FALSE(IsTakenUp(files));
    EXPECT_TRUE(IsTakenUp(files, look));  // Though it was met before.
  }
}

TEST_F(ServerTls, IsTakenUpAtOnceWithAnotherAuthority) {
  ServerIdentityFiles files = Files();
  folder_.Write("clients.pem", both_);
  EXPECT_TRUE(IsTakenUp(files));
}

TEST_F(ServerTls, IsRefusedOnceWhereItLacksAnAuthorityAndIsNotGoodEither) {
  folder_.Write("clients.pem", bundle_ = both_);
  ServerIdentityFiles files = Files();
  folder_.Write("clients.pem", other_.ca_pem());
  folder_.Write("server.key", pki_.Issue("Another").key_pem);
  EXPECT_FALSE(IsTakenUp(files));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(Refresh(files), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_FALSE(IsTakenUp(files));
}

TEST_F(ServerTls, NamesTheAuthoritiesThatAreGone) {
  EXPECT_THAT(AuthoritiesGone(both_, pki_.ca_pem()), ElementsAre(other_.root()));
  EXPECT_THAT(AuthoritiesGone(pki_.ca_pem(), both_), IsEmpty());
  EXPECT_THAT(AuthoritiesGone(both_, "no PEM"), IsEmpty());
  EXPECT_THAT(AuthoritiesGone("no PEM", both_), IsEmpty());
}

TEST_F(ServerTls, IsJudgedAnewWhenThatIsAskedFor) {
  ServerIdentityFiles files = Files();
  EXPECT_TRUE(Refresh(files, Look::kAnew).value().has_value());
  folder_.Write("server.key", "no PEM");
  EXPECT_THAT(Refresh(files), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Refresh(files, Look::kAnew), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(ServerTls, NamesAFileThatCannotBeRead) {
  config_.client_ca = folder_ / "nothing.pem";
  const auto refused = LoadServerIdentity(config_);
  ASSERT_THAT(refused, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr(config_.client_ca));
}

}  // namespace
}  // namespace cbm
