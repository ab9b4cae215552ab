// Profiles: a wrong file must be refused with its name and the remedy, before anything is sent.

#include "client/profile.h"

#include <sys/stat.h>

#include "client/exit_code.h"
#include "client/files.h"
#include "client/keys.h"
#include "core/base/hex.h"
#include "core/evidence/origin.h"
#include "core/log/verifier_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_exchange.h"

namespace cbm {
namespace {

using ::cbm::test::HasCode;
using ::cbm::test::IsOk;
using ::cbm::test::TemporaryFolder;
using ::cbm::test::TestExchange;
using ::testing::HasSubstr;

LogIdentity LogOf(const TestExchange& exchange) {
  return {.exchange_id = exchange.document.exchange_id,
          .epoch = 1,
          .public_key = exchange.log_key.public_key()};
}

ProfileConfig ConfigOf(const TestExchange& exchange) {
  return {.server = "localhost:7443",
          .log_key = FormatVerifierKey(KeyOfAnchor(LogOf(exchange))),
          .party = "EE",
          .office = "duty",
          .ledger = "state/EE"};
}

void WriteProfile(const TestExchange& exchange, const TemporaryFolder& folder) {
  folder.Write("config.toml", FormatProfileConfig(ConfigOf(exchange)));
  folder.Write("ca.pem", exchange.pki.ca_pem());
  folder.Write("cert.pem", exchange.secretariat.chain_pem);
  folder.Write("key.pem", exchange.secretariat.key_pem);
  folder.Write("genesis.json", exchange.document.bytes);
}

TEST(Profile, IsReadAsItWasWritten) {
  const TestExchange exchange;
  const TemporaryFolder folder;
  WriteProfile(exchange, folder);
  const auto profile = OpenProfile(folder.path());
  ASSERT_THAT(profile, IsOk());
  EXPECT_EQ(profile->config.server, "localhost:7443");
  EXPECT_EQ(profile->config.party, "EE");
  EXPECT_EQ(profile->log, LogOf(exchange));
  EXPECT_EQ(profile->certificate(), exchange.secretariat.certificate);
}

TEST(Profile, IsRefusedWithAnotherGenesis) {
  const TestExchange exchange;
  const TestExchange other;
  const TemporaryFolder folder;
  WriteProfile(exchange, folder);
  folder.Write("genesis.json", other.document.bytes);
  EXPECT_THAT(OpenProfile(folder.path()), HasCode(absl::StatusCode::kDataLoss));
}

TEST(Profile, ThatIsNotThereSaysHowToMakeIt) {
  const TemporaryFolder folder;
  const auto profile = OpenProfile(folder.path());
  EXPECT_EQ(ExitCodeOf(profile.status()), ExitCode::kFailedHere);
  EXPECT_THAT(MessageOf(profile.status()), HasSubstr("cbm init"));
}

TEST(Profile, TakesAnotherCredentialAndKeepsTheOneThatItHad) {
  TestExchange exchange;
  const TemporaryFolder folder;
  WriteProfile(exchange, folder);
  ASSERT_EQ(chmod((folder / "key.pem").c_str(), 0600), 0);
  const test::Issued next = exchange.pki.Issue("Next");
  std::string pem = next.key_pem;
  const SecretBytes key = SecretBytes::TakeFrom(pem);
  const auto before = OpenProfile(folder.path());
  ASSERT_THAT(before, IsOk());
  EXPECT_FALSE(FinishReplacing(folder.path(), next.chain_pem, key).value());

  ASSERT_THAT(ReplaceCredential(*before, next.chain_pem, key), IsOk());
  const auto after = OpenProfile(folder.path());
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->certificate(), next.certificate);
  EXPECT_THAT(LoadKeys(after->key(), after->certificate()), IsOk());
  const std::filesystem::path retired =
      folder.path() / "retired" / ToHex(BytesOf(before->certificate().fingerprint()));
  EXPECT_THAT(LoadKeys(retired.string() + ".key.pem", before->certificate()), IsOk());

  // Had it stopped in between.
  folder.Write("key.pem", exchange.secretariat.key_pem);
  ASSERT_EQ(chmod((folder / "key.pem").c_str(), 0600), 0);
  EXPECT_TRUE(FinishReplacing(folder.path(), next.chain_pem, key).value());
  EXPECT_THAT(LoadKeys(after->key(), after->certificate()), IsOk());
}

TEST(ProfileConfig, RefusesUnknownKeysWithTheirLine) {
  const TemporaryFolder folder;
  folder.Write("config.toml", "server = \"a:1\"\nserwer = \"b:2\"\n");
  const auto config = ReadProfileConfig(folder.path() / "config.toml");
  EXPECT_EQ(ExitCodeOf(config.status()), ExitCode::kUsage);
  EXPECT_THAT(MessageOf(config.status()), HasSubstr("line 2: there is no key 'serwer'"));
}

TEST(ProfileConfig, RefusesABadLogKey) {
  const TemporaryFolder folder;
  folder.Write("config.toml", "server = \"a:1\"\nlog_key = \"nonsense\"\n");
  EXPECT_EQ(ExitCodeOf(ReadProfileConfig(folder.path() / "config.toml").status()),
            ExitCode::kUsage);
}

TEST(Keys, AreRefusedIfOthersMayReadThem) {
  const TestExchange exchange;
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.Write("key.pem", exchange.secretariat.key_pem);
  for (const mode_t mode : {0640U, 0604U, 0660U}) {
    ASSERT_EQ(chmod(file.c_str(), mode), 0);
    const auto keys = LoadKeys(file, exchange.secretariat.certificate);
    EXPECT_EQ(ExitCodeOf(keys.status()), ExitCode::kFailedHere);
    EXPECT_THAT(MessageOf(keys.status()), HasSubstr("chmod 600"));
  }
  ASSERT_EQ(chmod(file.c_str(), 0600), 0);
  EXPECT_THAT(LoadKeys(file, exchange.secretariat.certificate), IsOk());
}

TEST(Keys, AreRefusedForAnotherCertificate) {
  TestExchange exchange;
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.Write("key.pem", exchange.secretariat.key_pem);
  ASSERT_EQ(chmod(file.c_str(), 0600), 0);
  EXPECT_EQ(ExitCodeOf(LoadKeys(file, exchange.pki.Issue("Other").certificate).status()),
            ExitCode::kFailedHere);
}

TEST(Files, AreTheOwnersAlone) {
  const TemporaryFolder folder;
  ASSERT_THAT(MakeFolder(folder.path() / "a" / "b"), IsOk());
  ASSERT_THAT(WriteFile(folder.path() / "a" / "b" / "c", "x"), IsOk());
  struct stat facts = {};
  ASSERT_EQ(stat((folder / "a/b").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0700U);
  ASSERT_EQ(stat((folder / "a/b/c").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

}  // namespace
}  // namespace cbm
