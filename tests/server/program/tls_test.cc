// What cbmd serves with is read and judged as a whole before anything is opened, and a refusal
// names the files. What TLS is made of them is the gate's: tests/server/gate/tls_context_test.cc.

#include "server/program/tls.h"

#include <filesystem>
#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_pki.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::Issued;
using ::cbm::test::TemporaryFolder;
using ::cbm::test::TestPki;
using ::testing::AllOf;
using ::testing::HasSubstr;

class ServerTls : public testing::Test {
 protected:
  ServerTls() {
    config_.certificate = folder_.Write("server.pem", server_.chain_pem);
    config_.key = folder_.Write("server.key", server_.key_pem);
    config_.client_ca = folder_.Write("clients.pem", pki_.ca_pem());
  }

  TestPki pki_;
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
  ServerIdentityFiles files(config_, LoadServerIdentity(config_).value());
  EXPECT_EQ(files.Refresh(false).value(), std::nullopt);
  const Issued next = pki_.Issue("Exchange", {.extended_key_usage = "serverAuth"});
  folder_.Write("server.pem", next.chain_pem);
  EXPECT_THAT(files.Refresh(false),
              HasCode(absl::StatusCode::kInvalidArgument));  // Not yet its key.
  EXPECT_EQ(files.Refresh(false).value(), std::nullopt);     // Said once.
  folder_.Write("server.key", next.key_pem);
  const auto taken = files.Refresh(false);
  ASSERT_THAT(taken, IsOk());
  ASSERT_TRUE(taken->has_value());
  EXPECT_EQ((*taken)->certificate, next.chain_pem);
  EXPECT_EQ((*taken)->key, next.key_pem);
  EXPECT_EQ(files.Refresh(false).value(), std::nullopt);
}

TEST_F(ServerTls, IsNotTakenUpFromFilesThatAreNotWhole) {
  ServerIdentityFiles files(config_, LoadServerIdentity(config_).value());
  const std::string bundle = pki_.ca_pem();
  for (const std::string& damaged :
       {std::string(), bundle.substr(0, bundle.size() / 2), std::string("no PEM")}) {
    folder_.Write("clients.pem", damaged);
    EXPECT_THAT(files.Refresh(false), HasCode(absl::StatusCode::kInvalidArgument)) << damaged;
  }
  std::filesystem::remove(config_.client_ca);
  EXPECT_THAT(files.Refresh(false), HasCode(absl::StatusCode::kInvalidArgument));
  folder_.Write("clients.pem", bundle);
  EXPECT_EQ(files.Refresh(false).value(), std::nullopt);  // As it was served all the time.
}

TEST_F(ServerTls, IsJudgedAnewWhenThatIsAskedFor) {
  ServerIdentityFiles files(config_, LoadServerIdentity(config_).value());
  EXPECT_TRUE(files.Refresh(true).value().has_value());
  folder_.Write("server.key", "no PEM");
  EXPECT_THAT(files.Refresh(false), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(files.Refresh(true), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(ServerTls, NamesAFileThatCannotBeRead) {
  config_.client_ca = folder_ / "nothing.pem";
  const auto refused = LoadServerIdentity(config_);
  ASSERT_THAT(refused, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr(config_.client_ca));
}

}  // namespace
}  // namespace cbm
