// The configuration of cbmd: an operator's mistake must be found before anything is opened, at its
// line, with what to do about it. So most of these tests make one mistake in a good file and look
// at the message.

#include "server/config/config.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "tests/server/config/config_world.h"

namespace cbm::test {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(ConfigTest, TakesWhatIsRequiredAndDefaultsForTheRest) {
  const absl::StatusOr<Config> config = Load(kSmallest);
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->exchange.name, "test");
  EXPECT_EQ(config->server.listen, "127.0.0.1:7443");
  EXPECT_EQ(config->limits.page_size_max, 200U);
  EXPECT_EQ(config->log.level, "info");
  EXPECT_EQ(config->log.file, "");
  EXPECT_EQ(config->server.address_file, "");
}

TEST_F(ConfigTest, StartsRelativePathsAtItsOwnFolderAndLeavesAbsoluteOnes) {
  const absl::StatusOr<Config> config =
      LoadWith("\"exchange.db\"", fmt::format("\"{}\"", folder_ / "other.db"));
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->store.database, folder_ / "other.db");
  EXPECT_EQ(config->store.checkpoints, folder_ / "checkpoints");
  EXPECT_THAT(config->exchange.frameworks, testing::ElementsAre(folder_ / "osce.json"));
}

// The example that operators start from, with the files that it names.
TEST_F(ConfigTest, HasTheDefaultsThatTheExampleShows) {
  std::ifstream file("deploy/cbmd.toml");
  std::stringstream example;
  example << file.rdbuf();
  ASSERT_NE(example.str(), "");
  ASSERT_EQ(mkdir((folder_ / "data").c_str(), 0700), 0);
  ASSERT_EQ(mkdir((folder_ / "data/frameworks").c_str(), 0700), 0);
  for (const char* name :
       {"data/frameworks/osce.json", "data/frameworks/un.json", "data/notification_kinds.json",
        "secretariat.pem", "server.pem", "client_ca.pem"}) {
    folder_.Write(name, "x");
  }
  WriteSecret("server.key", "x", 0600);
  const absl::StatusOr<Config> config = Load(example.str());
  ASSERT_THAT(config, IsOk());

  const Config defaults;
  EXPECT_EQ(config->exchange.genesis, folder_ / defaults.exchange.genesis);
  EXPECT_EQ(config->server.listen, defaults.server.listen);
  EXPECT_EQ(config->server.drain_seconds, defaults.server.drain_seconds);
  EXPECT_EQ(config->server.address_file, defaults.server.address_file);
  EXPECT_EQ(config->server.revocation_lists, defaults.server.revocation_lists);
  EXPECT_EQ(config->gate.balancers, defaults.gate.balancers);
  EXPECT_EQ(config->log.level, defaults.log.level);
  EXPECT_EQ(config->log.file, defaults.log.file);
}

TEST_F(ConfigTest, RefusesEachRequiredKeyThatIsMissingAtItsSection) {
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"name = \"test\"\n", "1: exchange.name is missing: add it to section [exchange]"},
      {"frameworks = [\"osce.json\"]\n", "1: exchange.frameworks is missing"},
      {"notification_kinds = \"kinds.json\"\n", "1: exchange.notification_kinds is missing"},
      {"secretariat_certificate = \"cert.pem\"\n",
       "1: exchange.secretariat_certificate is missing"},
      {"certificate = \"cert.pem\"\nkey", "6: server.certificate is missing"},
      {"key = \"key.pem\"\n", "6: server.key is missing"},
      {"client_ca = \"cert.pem\"\n", "6: server.client_ca is missing"},
      {"database = \"exchange.db\"\n", "10: store.database is missing"},
      {"checkpoints = \"checkpoints\"\n", "10: store.checkpoints is missing"},
      {"[log_key]\nseed_file = \"log.seed\"\n", "1: log_key.seed_file is missing"},
  };
  for (const auto& [line, refusal] : lines) {
    EXPECT_THAT(RefusalWith(line, line.ends_with("key") ? "key" : ""), StartsWith(refusal));
  }
}

TEST_F(ConfigTest, WantsRevocationListsInAFolder) {
  const std::string server = "client_ca = \"cert.pem\"\n";
  ASSERT_EQ(mkdir((folder_ / "lists").c_str(), 0700), 0);
  const absl::StatusOr<Config> config = LoadWith(server, server + "revocation_lists = \"lists\"\n");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->server.revocation_lists, folder_ / "lists");
  EXPECT_EQ(config->store.revoked(), folder_ / "exchange.db.revoked");
  for (const std::string wrong : {"nothing", "cert.pem"}) {
    EXPECT_THAT(RefusalWith(server, server + "revocation_lists = \"" + wrong + "\"\n"),
                AllOf(StartsWith("10: server.revocation_lists names "), HasSubstr("no folder")));
  }
}

TEST_F(ConfigTest, TakesAKeyOnATokenWithItsPinInAFileAlone) {
  folder_.Write("module.so", "x");
  WriteSecret("pin", "1234", 0600);
  const std::string line = "key = \"key.pem\"\n";
  const std::string module = "key_module = \"module.so\"\n";
  const auto with = [&module](const std::string& uri) {
    return "key = \"" + uri + "\"\n" + module;
  };
  const std::string uri =
      fmt::format("pkcs11:token=cbm;object=server;pin-source=file:{}", folder_ / "pin");
  const absl::StatusOr<Config> config = LoadWith(line, with(uri));
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->server.key, uri);
  EXPECT_EQ(config->server.key_module, folder_ / "module.so");

  EXPECT_THAT(RefusalWith(line, "key = \"" + uri + "\"\n"),
              HasSubstr("server.key_module is missing"));
  EXPECT_THAT(RefusalWith(line, with("pkcs11:object=server")), HasSubstr("add ;pin-source=file:"));
  EXPECT_THAT(RefusalWith(line, with("pkcs11:object=server;pin-source=file:pin")),
              HasSubstr("add ;pin-source=file:"));
  EXPECT_THAT(RefusalWith(line, with(uri + "2")), HasSubstr("pin2, which is not there"));
  const std::string with_pin = RefusalWith(line, with("pkcs11:object=server;pin-value=471147"));
  EXPECT_THAT(with_pin, HasSubstr("put it into a file"));
  EXPECT_THAT(with_pin, testing::Not(HasSubstr("471147")));
  ASSERT_EQ(chmod((folder_ / "pin").c_str(), 0640), 0);
  EXPECT_THAT(RefusalWith(line, with(uri)), HasSubstr("chmod 600 it"));
}

TEST_F(ConfigTest, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(
      RefusalOfAdding("[limits]\npage_size = 5\n"),
      AllOf(StartsWith("16: limits.page_size is no key: remove it, or correct it to one of"),
            HasSubstr("page_size_max")));
  EXPECT_THAT(RefusalOfAdding("[sever]\n"),
              AllOf(StartsWith("15: sever is no section: "), EndsWith("server, store")));
  EXPECT_THAT(RefusalWith("[exchange]", "name = 1\n[exchange]"),
              StartsWith("1: name is no section"));
  EXPECT_THAT(RefusalOfAdding("[log.file]\n"), StartsWith("15: log.file is a section; "));
}

TEST_F(ConfigTest, RefusesWrongTypes) {
  EXPECT_EQ(RefusalWith("\"test\"", "5"),
            "2: exchange.name is a whole number; it must be a text in quotes");
  EXPECT_THAT(RefusalWith("[\"osce.json\"]", "\"osce.json\""),
              StartsWith("3: exchange.frameworks is a text; it must be a list"));
  EXPECT_THAT(RefusalWith("[\"osce.json\"]", "[\"osce.json\", 4]"),
              StartsWith("3: exchange.frameworks has an element that is no text"));
  EXPECT_THAT(RefusalWith("[\"osce.json\"]", "[]"), StartsWith("3: exchange.frameworks is empty"));
  EXPECT_EQ(
      RefusalOfAdding("[limits]\npage_size_max = 7.5\n"),
      "16: limits.page_size_max is a decimal number; it must be a whole number from 1 to 1000");
  EXPECT_THAT(RefusalOfAdding("[limits]\npage_size_max = \"7\"\n"), HasSubstr("is a text"));
  EXPECT_THAT(RefusalOfAdding("[limits]\npage_size_max = true\n"), HasSubstr("is true or false"));
  EXPECT_THAT(RefusalWith("[exchange]", "log = 3\n[exchange]"),
              StartsWith("1: log is a whole number; it must be a section: write [log]"));
}

TEST_F(ConfigTest, RefusesBadValues) {
  EXPECT_THAT(RefusalWith("\"test\"", "\"Test\""), StartsWith("2: exchange.name must be 1 to 32"));
  EXPECT_THAT(RefusalWith("\"test\"", "\"\""), StartsWith("2: exchange.name is empty"));
  EXPECT_THAT(LoadWith("\"test\"", fmt::format("\"{}\"", std::string(32, 'a'))), IsOk());
  EXPECT_THAT(RefusalWith("\"test\"", fmt::format("\"{}\"", std::string(33, 'a'))),
              StartsWith("2: exchange.name must be"));
  EXPECT_THAT(RefusalWith("\"kinds.json\"", "\"kinds\\u0000.json\""), HasSubstr("zero character"));
  EXPECT_THAT(RefusalOfAdding("[log]\nlevel = \"loud\"\n"),
              StartsWith("16: log.level is \"loud\"; it must be debug, info, warning or error"));
  EXPECT_THAT(RefusalOfAdding("[limits]\npage_size_default = 201\n"),
              StartsWith("16: limits.page_size_default is 201, more than limits.page_size_max"));
  EXPECT_THAT(RefusalWith("\"checkpoints\"", "\"./exchange.db\""),
              StartsWith("12: store.checkpoints is the database itself"));
  for (const int seconds : {0, 601}) {
    EXPECT_THAT(RefusalWith("[store]", fmt::format("drain_seconds = {}\n[store]", seconds)),
                StartsWith("10: server.drain_seconds is"));
  }
}

TEST_F(ConfigTest, TakesAddressesOfHostAndPortAlone) {
  const auto with = [this](std::string_view address) {
    return LoadWith("[store]", fmt::format("listen = \"{}\"\n[store]", address));
  };
  for (const char* good : {"127.0.0.1:0", "cbm.example:65535", "[::1]:7443", "0.0.0.0:1"}) {
    EXPECT_THAT(with(good), IsOk()) << good;
  }
  for (const char* bad : {"", "127.0.0.1", ":7443", "host:", "host:65536", "host:99999999999999999",
                          "host:-1", "host:7x", "::1:7443", "a b:1", "[]:1"}) {
    EXPECT_THAT(RefusalOf(with(bad)), StartsWith("10: server.listen is ")) << bad;
  }
}

TEST_F(ConfigTest, TakesBalancersByTheirLiteralAddressesAlone) {
  const auto with = [this](std::string_view balancers) {
    return Load(fmt::format("{}[gate]\nbalancers = {}\n", kSmallest, balancers));
  };
  const absl::StatusOr<Config> both = with("[\"192.0.2.7\", \"2001:db8::7\"]");
  ASSERT_THAT(both, IsOk());
  EXPECT_THAT(both->gate.balancers, testing::ElementsAre("192.0.2.7", "2001:db8::7"));
  const absl::StatusOr<Config> none = with("[]");
  ASSERT_THAT(none, IsOk());
  EXPECT_THAT(none->gate.balancers, testing::IsEmpty());
  EXPECT_THAT(Load(kSmallest)->gate.balancers, testing::IsEmpty());
  for (const char* bad : {"balancer.example", "192.0.2.7:7443", "192.0.2.0/24", "192.0.2",
                          "[2001:db8::7]", "fe80::7%eth0", " 192.0.2.7", "*"}) {
    EXPECT_THAT(RefusalOf(with(fmt::format("[\"192.0.2.7\", \"{}\"]", bad))),
                AllOf(StartsWith(fmt::format("16: gate.balancers has \"{}\", which is no ", bad)),
                      HasSubstr("write each as \"192.0.2.7\"")));
  }
  EXPECT_THAT(RefusalOf(with("\"192.0.2.7\"")), HasSubstr("it must be a list of texts"));
}

TEST_F(ConfigTest, RefusesFilesThatAreNotThere) {
  EXPECT_THAT(RefusalWith("osce.json", "un.json"),
              AllOf(StartsWith("3: exchange.frameworks names "),
                    HasSubstr("un.json, which is not there: correct the path")));
  EXPECT_THAT(RefusalWith("key.pem", "."), HasSubstr("which is no file"));
  EXPECT_THAT(
      RefusalWith("exchange.db", "no/exchange.db"),
      AllOf(StartsWith("11: store.database names "), HasSubstr("whose folder is not there")));
  EXPECT_THAT(RefusalWith("exchange.db", "."), HasSubstr("name a file in it"));
  EXPECT_THAT(RefusalOfAdding("[log]\nfile = \"no/log\"\n"), StartsWith("16: log.file names "));
}

TEST_F(ConfigTest, RefusesSecretsThatOthersMayRead) {
  const std::string seed(64, 'a');
  EXPECT_THAT(Load(kSmallest), IsOk());  // `cbmd init` makes the seed.
  WriteSecret("log.seed", seed, 0600);
  EXPECT_THAT(Load(kSmallest), IsOk());
  WriteSecret("log.seed", seed + "\n", 0400);
  EXPECT_THAT(Load(kSmallest), IsOk());
  for (const mode_t mode : {0604U, 0640U, 0620U, 0601U}) {
    WriteSecret("log.seed", seed, mode);
    EXPECT_THAT(RefusalOf(Load(kSmallest)),
                AllOf(StartsWith("14: log_key.seed_file names "), HasSubstr("chmod 600")));
    WriteSecret("log.seed", seed, 0600);
  }
  WriteSecret("key.pem", "x", 0640);
  EXPECT_THAT(Load(kSmallest), IsOk());
  WriteSecret("key.pem", "x", 0644);
  EXPECT_THAT(RefusalOf(Load(kSmallest)), StartsWith("8: server.key names "));
}

TEST_F(ConfigTest, RefusesASeedOfAnotherLength) {
  for (const size_t length : {0U, 63U, 66U}) {
    WriteSecret("log.seed", std::string(length, 'a'), 0600);
    EXPECT_THAT(RefusalOf(Load(kSmallest)), HasSubstr("64 hexadecimal digits")) << length;
  }
}

TEST_F(ConfigTest, TellsAllMistakesAtOnceInTheOrderOfTheirLines) {
  const std::string refusal = RefusalWith("name = \"test\"\nframeworks = [\"osce.json\"]",
                                          "nane = \"test\"\nframeworks = 3");
  std::istringstream text(refusal);
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    lines.push_back(line);
  }
  ASSERT_EQ(lines.size(), 3U) << refusal;
  EXPECT_THAT(lines[0], StartsWith("1: exchange.name is missing"));
  EXPECT_THAT(lines[1], HasSubstr("cbmd.toml:2: exchange.nane is no key"));
  EXPECT_THAT(lines[2], HasSubstr("cbmd.toml:3: exchange.frameworks is a whole number"));
}

TEST_F(ConfigTest, RefusesWhatIsNotToml) {
  EXPECT_THAT(RefusalOf(Load("[exchange]\nname = \n")), StartsWith("2: this is not TOML"));
  EXPECT_THAT(RefusalWith("key = ", "certificate = "), StartsWith("8: this is not TOML"));
  EXPECT_THAT(RefusalOf(Load("\xFF\xFE")), StartsWith("1: this is not TOML"));
  EXPECT_THAT(RefusalOf(Load(std::string(300'000, '#'))), HasSubstr("more than 262144 bytes"));
}

TEST_F(ConfigTest, RefusesAFileThatCannotBeRead) {
  for (const std::string& path : {folder_ / "none.toml", folder_.path().string()}) {
    const absl::StatusOr<Config> config = LoadConfig(path);
    EXPECT_THAT(config, HasCode(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(std::string(config.status().message()),
                StartsWith(path + ":1: the configuration cannot be read"));
  }
}

}  // namespace
}  // namespace cbm::test
