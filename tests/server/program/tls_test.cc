// That nothing is served over less than TLS 1.3. gRPC has no setting for it, so it rests on a
// configuration of OpenSSL that anything in the process may replace: the self-test must see that.
//
// The configuration is the process's: each test first puts one of its own in place.

#include "server/program/tls.h"

#include <openssl/bio.h>
#include <openssl/conf.h>

#include <filesystem>
#include <memory>
#include <string>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/run_command.h"
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
using ::testing::HasSubstr;

constexpr absl::StatusCode kNotServed = absl::StatusCode::kFailedPrecondition;

// As a site's own openssl.cnf might.
void ConfigureOpenSsl(const std::string& commands) {
  const std::string text =
      "openssl_conf=a\n[a]\nssl_conf=b\n[b]\nsystem_default=c\n[c]\n" + commands;
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
  const std::unique_ptr<CONF, decltype(&NCONF_free)> configuration(NCONF_new(nullptr), &NCONF_free);
  ASSERT_GT(NCONF_load_bio(configuration.get(), bio.get(), nullptr), 0);
  ASSERT_GT(CONF_modules_load(configuration.get(), nullptr, 0), 0);
}

class ServerTls : public testing::Test {
 protected:
  ServerIdentity Identity() const {
    return {.certificate = server_.chain_pem, .key = server_.key_pem, .client_ca = pki_.ca_pem()};
  }

  TestPki pki_;
  Issued server_ = pki_.Issue("Exchange", {.extended_key_usage = "serverAuth"});
};

TEST_F(ServerTls, IsServedOnceTls13IsTheOnlyOne) {
  ConfigureOpenSsl("MinProtocol=TLSv1.2\n");
  ASSERT_THAT(RequireTls13(), IsOk());
  EXPECT_THAT(MakeServerCredentials(Identity()), IsOk());
}

TEST_F(ServerTls, IsNotServedWhereAClientMaySpeakTls12) {
  ASSERT_THAT(RequireTls13(), IsOk());
  ConfigureOpenSsl("MinProtocol=TLSv1.2\nNumTickets=0\n");
  const auto credentials = MakeServerCredentials(Identity());
  ASSERT_THAT(credentials, HasCode(kNotServed));
  EXPECT_THAT(std::string(credentials.status().message()), HasSubstr("TLS 1.2"));
  EXPECT_THAT(std::string(credentials.status().message()), HasSubstr("OPENSSL_CONF"));
}

TEST_F(ServerTls, IsNotServedWhereTls12OnlyFailsForItsCiphers) {
  // Today's clients might have none of them; tomorrow's one might.
  ConfigureOpenSsl("Options=-SessionTicket\nNumTickets=0\nCipherString=PSK-AES128-GCM-SHA256\n");
  EXPECT_THAT(MakeServerCredentials(Identity()), HasCode(kNotServed));
}

TEST_F(ServerTls, IsNotServedWhereNobodyMaySpeakTls13) {
  ConfigureOpenSsl("Protocol=-TLSv1.2,-TLSv1.3\n");
  EXPECT_THAT(MakeServerCredentials(Identity()), HasCode(kNotServed));
}

TEST_F(ServerTls, IsNotServedWithSessionTickets) {
  ConfigureOpenSsl("Protocol=-TLSv1.2\n");
  const auto credentials = MakeServerCredentials(Identity());
  ASSERT_THAT(credentials, HasCode(kNotServed));
  EXPECT_THAT(std::string(credentials.status().message()), HasSubstr("session tickets"));
}

TEST_F(ServerTls, TakesNoKeyOfAnotherCertificate) {
  ASSERT_THAT(RequireTls13(), IsOk());
  ServerIdentity identity = Identity();
  identity.key = pki_.Issue("Another").key_pem;
  EXPECT_THAT(MakeServerCredentials(identity), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(ServerTls, TakesNoAuthoritiesThatAreNone) {
  ASSERT_THAT(RequireTls13(), IsOk());
  for (const std::string& authorities : {std::string(), server_.certificate_pem}) {
    ServerIdentity identity = Identity();
    identity.client_ca = authorities;
    EXPECT_THAT(MakeServerCredentials(identity), HasCode(absl::StatusCode::kInvalidArgument));
  }
}

TEST_F(ServerTls, LoadsTheFilesOfTheConfigurationAndNamesThemInARefusal) {
  ASSERT_THAT(RequireTls13(), IsOk());
  const TemporaryFolder folder;
  ServerConfig config;
  config.certificate = folder.Write("server.pem", server_.chain_pem);
  config.key = folder.Write("server.key", server_.key_pem);
  config.client_ca = folder.Write("clients.pem", pki_.ca_pem());
  EXPECT_THAT(LoadServerCredentials(config), IsOk());

  folder.Write("server.key", pki_.Issue("Another").key_pem);
  const auto refused = LoadServerCredentials(config);
  ASSERT_THAT(refused, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr(config.key));
}

// What cbmd does: nothing has used OpenSSL before. Also run by the next test.
TEST(ServerTlsAtStart, IsServed) {
  ASSERT_THAT(RequireTls13(), IsOk());
  TestPki pki;
  const Issued server = pki.Issue("Exchange", {.extended_key_usage = "serverAuth"});
  EXPECT_THAT(
      MakeServerCredentials(
          {.certificate = server.chain_pem, .key = server.key_pem, .client_ca = pki.ca_pem()}),
      IsOk());
}

TEST(ServerTlsAtStart, IsServedThoughTheSitesConfigurationOfOpensslWouldAllowTls12) {
  const TemporaryFolder folder;
  const std::string file = folder.Write(
      "openssl.cnf",
      "openssl_conf=a\n[a]\nssl_conf=b\n[b]\nsystem_default=c\n[c]\nMinProtocol=TLSv1.2\n");
  const test::CommandResult result =
      test::RunCommand({std::filesystem::read_symlink("/proc/self/exe").string(),
                        "--gtest_filter=ServerTlsAtStart.IsServed"},
                       {.input = {}, .environment = {"OPENSSL_CONF=" + file}});
  EXPECT_EQ(result.exit_code, 0) << result.output << result.errors;
  EXPECT_THAT(result.output, HasSubstr("1 test from 1 test suite ran"));
}

}  // namespace
}  // namespace cbm
